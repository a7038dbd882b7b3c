import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

export type NewPicture = { id: string; width: number; height: number; bytes: Buffer; now: Date };

const insert = sql('pictures/insert.sql');
const read = sql('pictures/read.sql');
const purge = sql('pictures/purge.sql');

/** Pictures as WebP. A row never changes: another picture is another id. */
export const pictures = (q: IBaseProtocol<unknown>) => ({
  insert: (picture: NewPicture) => q.none(insert, picture),
  read: (id: string) => q.oneOrNone<{ bytes: Buffer }>(read, { id }),
  /** How many were deleted of those that no campaign shows any more. */
  purge: async (which: { before: Date; limit: number }) => (await q.result(purge, which)).rowCount,
});
