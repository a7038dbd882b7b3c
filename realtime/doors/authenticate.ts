import type { Principal } from '../../server/domain/accounts/principal.ts';
import { authenticate as schema } from '../../server/protocol/schemas/sockets.ts';
import { type Door, door } from '../door.ts';
import type { Followers } from '../followers.ts';
import { becomes } from '../identity.ts';
import type { Revocations } from '../revocations.ts';
import { leave } from './watch.ts';

/**
 * Renews a token, signs in or, with null, out, on a socket that stays open. Private feeds stay joined only for the
 * same person with the same roles; everyone else leaves them here, and asks for each one anew.
 */
export function authenticate({
  followers,
  revocations,
  identify,
}: {
  followers: Followers;
  revocations: Revocations;
  identify(token: string | null): Promise<Principal>;
}): Door {
  return door(schema, async (socket, { token }, answer) => {
    const session = socket.data;
    const before = session.version;
    const principal = await revocations.identified(identify, token);
    // Of two requests at once the first to be answered stands; the other one may ask again.
    if (session.version !== before || !socket.connected || !revocations.stands(principal)) {
      answer({ ok: false, code: 'unavailable', retryAfterMs: 0 });
      return;
    }
    const isSame = isSamePerson(session.principal, principal);
    becomes(socket, principal);
    if (!isSame) {
      for (const feed of [...session.wanted.keys()]) {
        if (!feed.startsWith('campaign:') && session.joined.has(feed)) leave(socket, followers, feed);
      }
    }
    answer({ ok: true });
  });
}

function isSamePerson(a: Principal, b: Principal): boolean {
  if (a.kind === 'guest' || b.kind === 'guest') return a.kind === b.kind;
  return a.userId === b.userId && [...a.roles].sort().join() === [...b.roles].sort().join();
}
