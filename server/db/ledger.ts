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
  journalId: string;
  line: number;
  account: string;
  side: 'D' | 'C';
  amountMinor: bigint;
  paymentId: string | null;
};

const openAccounts = prepared('ledger/open-accounts.sql');
const lockBalances = prepared('ledger/lock-balances.sql');
const keysBooked = prepared('ledger/keys-booked.sql');
const insertJournals = prepared('ledger/insert-journals.sql');
const insertPostings = prepared('ledger/insert-postings.sql');

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

  insertJournals: (rows: JournalRow[]) =>
    q.none(
      insertJournals([
        rows.map((r) => r.id),
        rows.map((r) => r.kind),
        rows.map((r) => r.clientKey),
        rows.map((r) => r.bodyHash),
        rows.map((r) => r.effectiveAt),
        rows.map((r) => r.commitment),
        rows.map((r) => r.salt),
        rows.map((r) => r.private),
      ]),
    ),

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

  /** All postings of the journals at once: the database checks the balance of each journal per statement. */
  insertPostings: (rows: PostingRow[]) =>
    q.none(
      insertPostings([
        rows.map((r) => r.journalId),
        rows.map((r) => r.line),
        rows.map((r) => r.account),
        rows.map((r) => r.side),
        rows.map((r) => r.amountMinor),
        rows.map((r) => r.paymentId),
      ]),
    ),
});
