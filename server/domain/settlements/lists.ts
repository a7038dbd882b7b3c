import { acting, type Db } from '../../db/open.ts';
import { rupiah } from '../../protocol/money.ts';
import type {
  FinanceOverview,
  PageQuery,
  SettlementPage,
  SuspensePage,
  UnsettledPage,
  UnsettledQuery,
} from '../../protocol/settlements.ts';
import { onlyBookReaders } from '../accounts/finance.ts';
import type { Principal } from '../accounts/principal.ts';
import { cursorOf, readCursor, readTimeCursor, UUID } from '../cursor.ts';
import { dayBegins } from '../days.ts';
import { settlementView } from './present.ts';

const DAY_MS = 86_400_000;

/** Newest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listSettlements(
  db: Db,
  reader: Principal,
  { cursor, limit }: PageQuery,
): Promise<SettlementPage> {
  onlyBookReaders(reader);
  const [before = null] = cursor === undefined ? [] : readCursor(cursor, UUID);
  const rows = await db.settlements.list({ before, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(settlementView),
    nextCursor: rows.length > limit && last ? cursorOf(last.id) : null,
  };
}

/** What a gateway has not settled, oldest first; `from` a day. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listUnsettled(
  db: Db,
  reader: Principal,
  { gateway, from, cursor, limit }: UnsettledQuery,
): Promise<UnsettledPage> {
  onlyBookReaders(reader);
  const start = readTimeCursor(cursor);
  // The instant before the day, so that its first payment is among them.
  const fromUs = from === undefined ? 0n : BigInt(dayBegins(from).getTime()) * 1_000n - 1n;
  const after = start.after < fromUs ? { ...start, after: fromUs } : start;
  const rows = await db.settlements.unsettled({ gateway, ...after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => ({
      paymentId: row.id,
      reference: row.reference,
      method: row.method,
      paidAt: row.paid_at.toISOString(),
      outstanding: rupiah(row.outstanding_minor),
    })),
    nextCursor: rows.length > limit && last ? cursorOf(String(last.key), last.id) : null,
  };
}

/** Money that answers no open gift, oldest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listSuspense(
  { db, now }: { db: Db; now(): Date },
  reader: Principal,
  { cursor, limit }: PageQuery,
): Promise<SuspensePage> {
  onlyBookReaders(reader);
  const rows = await db.settlements.suspense({ ...readTimeCursor(cursor), limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const at = now().getTime();
  return {
    items: shown.map((row) => ({
      paymentId: row.payment_id,
      donationId: row.donation_id,
      reference: row.reference,
      gateway: row.gateway,
      amount: rupiah(row.amount_minor),
      since: row.since.toISOString(),
      days: Math.max(0, Math.floor((at - row.since.getTime()) / DAY_MS)),
    })),
    nextCursor: rows.length > limit && last ? cursorOf(String(last.key), last.payment_id) : null,
  };
}

/** What waits for finance. Throws Refusal 'forbidden'. */
export async function readOverview(db: Db, reader: Principal): Promise<FinanceOverview> {
  onlyBookReaders(reader);
  const row = await acting(db, 'system', 'finance.overview', (tx) => tx.settlements.overview());
  return {
    counts: {
      payoutsRequested: row.payouts_requested,
      payoutsUnderWay: row.payouts_under_way,
      refundsRequested: row.refunds_requested,
      offlineEntered: row.offline_entered,
      quarantined: row.quarantined,
      suspense: row.suspense,
      brokenChecks: row.broken_checks,
    },
  };
}
