import type { AttemptRow } from '../../db/donations.ts';
import type { Db } from '../../db/open.ts';
import { rupiah } from '../../protocol/money.ts';
import type {
  DisputePage,
  PaidGiftQuery,
  PaidGiftView,
  RefundListQuery,
  RefundPage,
} from '../../protocol/refunds.ts';
import type { PageQuery } from '../../protocol/settlements.ts';
import { onlyBookReaders } from '../accounts/finance.ts';
import type { Principal } from '../accounts/principal.ts';
import { cursorOf, readCursor, UUID } from '../cursor.ts';
import type { Gateways } from '../donations/pledge.ts';
import { Refusal } from '../refusal.ts';
import { disputeView, refundView } from './present.ts';
import { refundableBy } from './refund.ts';

/** Newest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listRefunds(
  db: Db,
  reader: Principal,
  { status, cursor, limit }: RefundListQuery,
): Promise<RefundPage> {
  onlyBookReaders(reader);
  const [before = null] = cursor === undefined ? [] : readCursor(cursor, UUID);
  const rows = await db.refunds.list({ status: status ?? null, before, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(refundView),
    nextCursor: rows.length > limit && last ? cursorOf(last.id) : null,
  };
}

/** Newest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listDisputes(
  db: Db,
  reader: Principal,
  { cursor, limit }: PageQuery,
): Promise<DisputePage> {
  onlyBookReaders(reader);
  const [before = null] = cursor === undefined ? [] : readCursor(cursor, UUID);
  const rows = await db.disputes.list({ before, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(disputeView),
    nextCursor: rows.length > limit && last ? cursorOf(last.id) : null,
  };
}

/** One gift by its id or a payment's reference, with what can go back of it. Throws Refusal 'forbidden' or 'not-found'. */
export async function findPaidGift(
  { db, gateways }: { db: Db; gateways: Gateways },
  reader: Principal,
  { id, reference }: PaidGiftQuery,
): Promise<PaidGiftView> {
  onlyBookReaders(reader);
  const rows = await db.donations.attempts({ id: id ?? null, reference: reference ?? null });
  const [gift] = rows;
  if (!gift) throw new Refusal('not-found', 'There is no such donation.');
  return {
    id: gift.donation_id,
    campaign: { id: gift.campaign_id, slug: gift.campaign_slug, title: gift.campaign_title },
    status: gift.donation_status,
    gift: rupiah(gift.donation_gift_minor),
    tip: rupiah(gift.donation_tip_minor),
    returned: rupiah(gift.returned_minor),
    paidAt: gift.donation_paid_at?.toISOString() ?? null,
    payments: rows.map((row) => paymentOf(row, gateways)),
  };
}

const paymentOf = (row: AttemptRow, gateways: Gateways): PaidGiftView['payments'][number] => ({
  id: row.id,
  gateway: row.gateway,
  method: row.method,
  reference: row.reference,
  status: row.status,
  amount: rupiah(row.amount_minor),
  returnedGift: rupiah(row.returned_gift_minor),
  returnedTip: rupiah(row.returned_tip_minor),
  refundable: refundableBy(gateways, row) ?? 'by transfer',
  settled: row.settled,
  suspense: row.suspense,
});
