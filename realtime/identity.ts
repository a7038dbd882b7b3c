import type { Principal } from '../server/domain/accounts/principal.ts';
import { hangUp, type LiveSocket } from './session.ts';

/** setTimeout takes no more; a token that lives longer is looked at again after this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** From now on the socket speaks for `principal`. When the token runs out unrenewed, the connection ends. */
export function becomes(socket: LiveSocket, principal: Principal): void {
  const session = socket.data;
  session.principal = principal;
  session.version++;
  clearTimeout(session.expiry);
  session.expiry = undefined;
  if (principal.kind === 'user') expire(socket, principal.expiresAt);
}

function expire(socket: LiveSocket, expiresAt: number): void {
  const left = expiresAt - Date.now();
  socket.data.expiry = setTimeout(
    () => (left > TIMER_MS_MAX ? expire(socket, expiresAt) : hangUp(socket.conn)),
    Math.min(Math.max(left, 0), TIMER_MS_MAX),
  );
}
