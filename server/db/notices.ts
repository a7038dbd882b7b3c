import type { IBaseProtocol } from 'pg-promise';
import { prepared, sql } from './sql.ts';

export type NewNotice = {
  gateway: string;
  dedupeKey: string;
  reference: string | null;
  kind: string;
  rawBody: Buffer;
};

/** One that a person had to look at. */
export type NoticeRow = {
  id: bigint;
  gateway: string;
  kind: string;
  reference: string | null;
  reason: string;
  received_at: Date;
  note: string | null;
  handled_at: Date | null;
  handled_by: string | null;
};

const insert = prepared('notices/insert.sql');
const decide = prepared('notices/decide.sql');
const setAside = sql('notices/set-aside.sql');
const list = sql('notices/list.sql');
const handle = sql('notices/handle.sql');
const quarantined = sql('notices/quarantined.sql');
const countForAPerson = sql('notices/count-for-a-person.sql');

export const notices = (q: IBaseProtocol<unknown>) => ({
  /** Those that were not there before, by `gateway dedupe_key`, with their ids. */
  async insert(rows: NewNotice[]): Promise<Map<string, bigint>> {
    const fresh = await q.any<{ id: bigint; gateway: string; dedupe_key: string }>(
      insert([
        rows.map((r) => r.gateway),
        rows.map((r) => r.dedupeKey),
        rows.map((r) => r.reference),
        rows.map((r) => r.kind),
        rows.map((r) => r.rawBody),
      ]),
    );
    return new Map(fresh.map((row) => [`${row.gateway} ${row.dedupe_key}`, row.id]));
  },

  /** Corrects what became of notices of this same transaction. */
  async decide(rows: { id: bigint; outcome: string; detail: string | null }[]): Promise<void> {
    if (rows.length === 0) return;
    await q.none(decide([rows.map((r) => r.id), rows.map((r) => r.outcome), rows.map((r) => r.detail)]));
  },

  /** Keeps a notice that could not be booked. */
  setAside: (row: NewNotice & { detail: string }) => q.none(setAside, row),

  /** Newest first; read as 'system', for it names people. */
  list: (page: { handled: boolean | null; before: bigint | null; limit: number }) =>
    q.any<NoticeRow>(list, { ...page, id: null }),
  find: (id: bigint) => q.oneOrNone<NoticeRow>(list, { handled: null, before: null, limit: 1, id }),
  /** False if it waits for nobody. */
  handle: async (deed: { id: bigint; note: string; by: string; now: Date }) =>
    (await q.oneOrNone(handle, deed)) !== null,

  quarantined: (limit: number) =>
    q.any<{ gateway: string; reference: string | null; reason: string; at: Date }>(quarantined, { limit }),

  /** Those that `quarantined` lists, all of them. */
  countForAPerson: () => q.one(countForAPerson, undefined, (row: { notices: number }) => row.notices),
});
