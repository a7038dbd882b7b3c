import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IBaseProtocol } from 'pg-promise';
import { root } from '../root.ts';
import { prepared } from './sql.ts';

export type AccountType = 'asset' | 'liability' | 'income' | 'expense';
export type JournalRow = {
  id: string;
  kind: string;
  clientKey: string;
  bodyHash: Buffer;
  effectiveAt: Date;
  commitment: Buffer;
  salt: Buffer;
  /** Canonical JSON, as it was committed to. */
  private: string;
};
export type PostingRow = {
  /** Which of the journals it is of, from 1. */
  journal: number;
  line: number;
  account: string;
  side: 'D' | 'C';
  amountMinor: bigint;
  paymentId: string | null;
};

const openAccounts = prepared('ledger/open-accounts.sql');
const lockBalances = prepared('ledger/lock-balances.sql');
const keysBooked = prepared('ledger/keys-booked.sql');
const insert = prepared('ledger/insert.sql');

/** Rows counted that break one check: enough to see how bad it is. */
const BROKEN_MAX = 1_000;
const checks = readdirSync(join(root, 'sql/checks'))
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => ({
    check: file.replace(/\.sql$/, ''),
    query: `select * from (\n${readFileSync(join(root, 'sql/checks', file), 'utf8')}\n) as broken limit ${BROKEN_MAX}`,
  }));
/** A check may read every row there is; it runs apart from requests. */
const CHECK_MS_MAX = 60_000;

export const ledger = (q: IBaseProtocol<unknown>) => ({
  /** Makes accounts that do not exist yet. */
  openAccounts: (rows: { code: string; type: AccountType; campaignId: string | null }[]) =>
    q.none(openAccounts([rows.map((r) => r.code), rows.map((r) => r.type), rows.map((r) => r.campaignId)])),

  /** Locks guarded accounts, before anything is posted to them, and says what is in each by its code. */
  async lockBalances(codes: string[]): Promise<Map<string, bigint>> {
    const rows = await q.any<{ code: string; balance_minor: bigint }>(lockBalances([codes]));
    return new Map(rows.map((row) => [row.code, row.balance_minor]));
  },

  /** Those of the client keys under which a journal stands. */
  async keysBooked(clientKeys: string[]): Promise<Set<string>> {
    const rows = await q.any<{ client_key: string }>(keysBooked([clientKeys]));
    return new Set(rows.map((row) => row.client_key));
  },

  /**
   * Journals with all their postings at once: the database checks per statement that none is empty and that each balances.
   */
  insert(journals: JournalRow[], postings: PostingRow[]) {
    const places = new Map<string, number>();
    const accounts = postings.map(({ account }) => {
      const place = places.get(account) ?? places.size + 1;
      places.set(account, place);
      return place;
    });
    return q.none(
      insert([
        journals.map((j) => j.id),
        journals.map((j) => j.kind),
        journals.map((j) => j.clientKey),
        journals.map((j) => j.bodyHash),
        journals.map((j) => j.effectiveAt),
        journals.map((j) => j.commitment),
        journals.map((j) => j.salt),
        journals.map((j) => j.private),
        [...places.keys()],
        postings.map((p) => p.journal),
        postings.map((p) => p.line),
        accounts,
        postings.map((p) => p.side),
        postings.map((p) => p.amountMinor),
        postings.map((p) => p.paymentId),
      ]),
    );
  },

  /**
   * Rows that break an invariant, at most BROKEN_MAX of them by check, among all rows or those of deeds since a time.
   * Inside a transaction, whose time limit it widens.
   */
  async checks(since: Date | null): Promise<{ check: string; rows: unknown[] }[]> {
    await q.none(`set local statement_timeout = ${CHECK_MS_MAX}`);
    const found: { check: string; rows: unknown[] }[] = [];
    for (const { check, query } of checks)
      found.push({ check, rows: await q.any(query, { since: since ?? '-infinity' }) });
    return found;
  },
});
