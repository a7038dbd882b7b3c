import type { StaffRole } from '../../protocol/accounts.ts';

/** Who is asking: a guest, or a user as their access token says. `expiresAt` in milliseconds since 1970. */
export type Principal =
  | { kind: 'guest' }
  | { kind: 'user'; userId: string; roles: StaffRole[]; family: string; expiresAt: number };

export const GUEST: Principal = { kind: 'guest' };

/** True if the user holds one of the roles; an admin holds them all. */
export const holds = (principal: Principal, ...roles: StaffRole[]): boolean =>
  principal.kind === 'user' && principal.roles.some((role) => role === 'admin' || roles.includes(role));
