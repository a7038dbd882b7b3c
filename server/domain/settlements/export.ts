import type { Db } from '../../db/open.ts';
import type { ExportRow, PostingKey } from '../../db/statements.ts';
import type { LedgerExportQuery } from '../../protocol/settlements.ts';
import { onlyBookReaders, readsBooks } from '../accounts/finance.ts';
import { maySee, notFound, type User } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';

/** Postings in one read: some 300 kB of rows, the most that an export holds at a time. */
export const EXPORT_PAGE = 1_000;

const DAY_MS = 86_400_000;
const START: PostingKey = { afterJournal: '00000000-0000-0000-0000-000000000000', afterLine: 0 };
const END = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const EXPORT_HEAD = [
  'journal',
  'line',
  'kind',
  'effectiveAt',
  'createdAt',
  'account',
  'side',
  'amount',
  'currency',
  'payment',
] as const;

/** Lines of a file, page after page, each read by itself when it is asked for. */
export type Pages = AsyncGenerator<string[][], void, undefined>;

/** Postings to a campaign's accounts, for its team and for finance. Throws Refusal 'not-found' or 'forbidden'. */
export async function exportCampaign(
  { db, pageSize = EXPORT_PAGE }: { db: Db; pageSize?: number },
  reader: User,
  campaignId: string,
): Promise<Pages> {
  const campaign = await db.campaigns.find({ id: campaignId, slug: null, viewerId: reader.userId });
  if (!campaign || !(maySee(campaign, reader) || readsBooks(reader))) throw notFound();
  if (campaign.role === null && !readsBooks(reader)) {
    throw new Refusal('forbidden', "Only the campaign's team and finance may have its postings.");
  }
  return pagesOf(
    (after) => db.statements.campaignPostings({ campaignId, ...after, limit: pageSize }),
    pageSize,
  );
}

/** All postings of the books, or those booked on some days (UTC, both included). Throws Refusal 'forbidden'. */
export async function exportLedger(
  { db, pageSize = EXPORT_PAGE }: { db: Db; pageSize?: number },
  reader: User,
  { from, to }: LedgerExportQuery,
): Promise<Pages> {
  onlyBookReaders(reader);
  const begin = new Date(`${from ?? '2000-01-01'}T00:00:00Z`);
  const end = new Date(Date.parse(`${to ?? '2099-12-30'}T00:00:00Z`) + DAY_MS);
  const start = from === undefined ? START : { afterJournal: idAt(begin.getTime() - DAY_MS), afterLine: 0 };
  const until = to === undefined ? END : idAt(end.getTime() + DAY_MS);
  return pagesOf(
    (after) => db.statements.postings({ ...after, until, from: begin, to: end, limit: pageSize }),
    pageSize,
    start,
  );
}

/**
 * Each page is a statement of its own: a transaction over a long export would keep every old version of the rows that
 * each gift changes. What is booked meanwhile may or may not be in the file.
 */
async function* pagesOf(
  read: (after: PostingKey) => Promise<ExportRow[]>,
  pageSize: number,
  start: PostingKey = START,
): Pages {
  let after = start;
  for (;;) {
    const rows = await read(after);
    const last = rows.at(-1);
    if (!last) return;
    const wanted = rows.filter((row) => row.wanted);
    if (wanted.length > 0) yield wanted.map(lineOf);
    if (rows.length < pageSize) return;
    after = { afterJournal: last.journal_id, afterLine: last.line };
  }
}

const lineOf = (row: ExportRow): string[] => [
  row.journal_id,
  String(row.line),
  row.kind,
  row.effective_at.toISOString(),
  row.created_at.toISOString(),
  row.account,
  row.side,
  String(row.amount_minor),
  row.currency,
  row.payment_id ?? '',
];

/** The least UUIDv7 of a millisecond. */
function idAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
