import type { IBaseProtocol } from 'pg-promise';
import type { Locale, StaffRole } from '../protocol/accounts.ts';
import { sql } from './sql.ts';

export type UserRow = {
  id: string;
  email: string;
  name: string;
  password_hash: string;
  roles: StaffRole[];
  banned_at: Date | null;
  locale: Locale;
  email_verified_at: Date | null;
  created_at: Date;
};
export type NewUser = { id: string; email: string; name: string; passwordHash: string; locale?: Locale };

/** Name of the constraint that a second account for one e-mail breaks. */
export const EMAIL_UNIQUE = 'users_email_key';

const insert = sql('users/insert.sql');
const byEmail = sql('users/by-email.sql');
const byId = sql('users/by-id.sql');
const lock = sql('users/lock.sql');
const lockByToken = sql('users/lock-by-token.sql');
const setRoles = sql('users/set-roles.sql');
const setPassword = sql('users/set-password.sql');
const verifyEmail = sql('users/verify-email.sql');

export const users = (q: IBaseProtocol<unknown>) => ({
  /** Fails with 23505 on EMAIL_UNIQUE if the e-mail has an account. */
  insert: (user: NewUser) => q.one<UserRow>(insert, { locale: 'id', ...user }),
  byEmail: (email: string) => q.oneOrNone<UserRow>(byEmail, { email }),
  byId: (id: string) => q.oneOrNone<UserRow>(byId, { id }),
  /** Taken before anything is done to the user's sessions. */
  lock: (id: string) => q.oneOrNone<UserRow>(lock, { id }),
  /** The same for whoever owns this refresh token, also if it is rotated, revoked or past its end. */
  lockByToken: (tokenHash: Buffer) => q.oneOrNone<UserRow>(lockByToken, { tokenHash }),
  /** Under the user's lock. */
  setPassword: (id: string, passwordHash: string) => q.none(setPassword, { id, passwordHash }),
  /** If it is still the address of that account. */
  verifyEmail: (user: { id: string; email: string; now: Date }) => q.none(verifyEmail, user),
  setRoles: (id: string, roles: StaffRole[]) => q.none(setRoles, { id, roles }),
});
