import type { IBaseProtocol } from 'pg-promise';
import type { RevocationEvents } from '../protocol/feeds.ts';
import { sql } from './sql.ts';

/** One refresh token of a family. */
export type SessionRow = {
  id: string;
  user_id: string;
  family: string;
  token_hash: Buffer;
  created_at: Date;
  expires_at: Date;
  rotated_at: Date | null;
  revoked_at: Date | null;
  user_agent: string | null;
};
export type NewSession = {
  id: string;
  userId: string;
  family: string;
  tokenHash: Buffer;
  createdAt: Date;
  expiresAt: Date;
  userAgent: string | null;
};
export type RevocationRow = { at: Date; data: RevocationEvents['session.revoked'] };

const insert = sql('sessions/insert.sql');
const find = sql('sessions/find.sql');
const rotate = sql('sessions/rotate.sql');
const revokeFamilies = sql('sessions/revoke-families.sql');
const liveFamilies = sql('sessions/live-families.sql');
const purge = sql('sessions/purge.sql');
const revocationsSince = sql('sessions/revocations-since.sql');

/** All but `find`, `purge` and `revocationsSince` are called under `users.lock`. */
export const sessions = (q: IBaseProtocol<unknown>) => ({
  insert: (session: NewSession) => q.none(insert, session),
  find: (tokenHash: Buffer) => q.oneOrNone<SessionRow>(find, { tokenHash }),
  /** Marks a token as exchanged; the number of rows is 0 if it already was, or is revoked. */
  rotate: (id: string, at: Date) => q.result(rotate, { id, at }, (result) => result.rowCount),
  /** Ends whole families; the number of tokens that this ended. */
  revokeFamilies: (families: string[], at: Date) =>
    q.result(revokeFamilies, { families, at }, (result) => result.rowCount),
  /** Families that can still be refreshed, the oldest sign-in first. */
  liveFamilies: (userId: string, at: Date) =>
    q.map<string>(liveFamilies, { userId, at }, (row) => row.family),
  /** Deletes up to `limit` tokens whose family ended before `before`; the number deleted. */
  purge: (old: { before: Date; limit: number }) => q.result(purge, old, (result) => result.rowCount),
  /** What was said on the revocations feed after `since`, in order, looking at the newest `limit` events. */
  revocationsSince: (since: Date, limit: number) => q.any<RevocationRow>(revocationsSince, { since, limit }),
});
