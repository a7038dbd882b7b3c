import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

const insert = sql('resets/insert.sql');
const use = sql('resets/use.sql');
const forget = sql('resets/forget.sql');
const purge = sql('resets/purge.sql');

export const resets = (q: IBaseProtocol<unknown>) => ({
  insert: (reset: { tokenHash: Buffer; userId: string; expiresAt: Date }) => q.none(insert, reset),
  /** Whose password it changes; null if it is unknown, used or too old. From then on it is used. */
  use: async (tokenHash: Buffer, now: Date) =>
    (await q.oneOrNone<{ user_id: string }>(use, { tokenHash, now }))?.user_id ?? null,
  /** Those that were not used, so that the newest link alone works. */
  forget: (userId: string) => q.none(forget, { userId }),
  purge: (before: Date) => q.none(purge, { before }),
});
