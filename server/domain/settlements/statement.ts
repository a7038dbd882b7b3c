import { type Db, snapshot } from '../../db/open.ts';
import type { ItemRow, SummaryRow } from '../../db/statements.ts';
import { rupiah } from '../../protocol/money.ts';
import type { PageQuery } from '../../protocol/settlements.ts';
import {
  STATEMENT_KINDS,
  type StatementItem,
  type StatementPage,
  type StatementQuality,
  type StatementSummary,
} from '../../protocol/statement.ts';
import type { Principal } from '../accounts/principal.ts';
import { maySee, notFound } from '../campaigns/access.ts';
import { cursorOf, MICROSECONDS, readCursor, UUID } from '../cursor.ts';

/** Before every item of a statement: a time, an id and a kind behind all. */
const START = ['253402300799000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '~'] as const;
const KIND = new RegExp(`^(${STATEMENT_KINDS.join('|')})$`);

/**
 * What became of a campaign's money, for whoever may see the campaign, newest first. No donor, no account number.
 * Throws Refusal 'not-found' or 'invalid-input'.
 */
export async function readStatement(
  db: Db,
  viewer: Principal,
  { campaignId, cursor, limit }: PageQuery & { campaignId: string },
): Promise<StatementPage> {
  const viewerId = viewer.kind === 'user' ? viewer.userId : null;
  const campaign = await db.campaigns.find({ id: campaignId, slug: null, viewerId });
  if (!campaign || !maySee(campaign, viewer)) throw notFound();
  const [before = '', beforeId = '', beforeKind = ''] =
    cursor === undefined ? START : readCursor(cursor, MICROSECONDS, UUID, KIND);
  const { summary, rows } = await snapshot(db, 'system', 'statements.read', async (tx) => ({
    summary: await tx.statements.summary(campaignId),
    rows: await tx.statements.items({
      campaignId,
      before: BigInt(before),
      beforeId,
      beforeKind,
      limit: limit + 1,
    }),
  }));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    summary: summaryView(summary),
    quality: qualityOf(summary),
    items: shown.map(itemView),
    nextCursor: rows.length > limit && last ? cursorOf(String(last.key), last.id, last.kind) : null,
  };
}

const paidOf = (row: SummaryRow): bigint => row.raised_minor + row.refunded_minor + row.clawed_back_minor;

const summaryView = (row: SummaryRow): StatementSummary => ({
  paid: rupiah(paidOf(row)),
  settled: rupiah(row.settled_minor),
  refunded: rupiah(row.refunded_minor),
  clawedBack: rupiah(row.clawed_back_minor),
  fees: rupiah(row.fees_minor),
  paidOut: rupiah(row.paid_out_minor),
  pending: rupiah(row.pending_minor),
  left: rupiah(row.has_minor),
  owed: rupiah(row.owes_minor),
});

function qualityOf(row: SummaryRow): StatementQuality {
  const whole = Number(paidOf(row));
  const share = (minor: bigint): number | null => (whole === 0 ? null : Number(minor) / whole);
  return {
    paid: share(row.raised_minor - row.settled_minor),
    settled: share(row.settled_minor),
    refunded: share(row.refunded_minor + row.clawed_back_minor),
  };
}

const itemView = (row: ItemRow): StatementItem => ({
  id: row.id,
  kind: row.kind,
  amount: rupiah(row.amount_minor),
  at: row.at.toISOString(),
  ...(row.fees_minor === null ? {} : { fees: rupiah(row.fees_minor) }),
});
