import type { Bus } from '../../bus.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import type { PaymentMark, SettlementRow } from '../../db/settlements.ts';
import type { CorrectionRequest, SettlementView } from '../../protocol/settlements.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { dayBegins } from '../days.ts';
import { gatewayClearing } from '../ledger/chart.ts';
import {
  arrivalOf,
  correctionOf,
  type Fee,
  feesCorrectedOf,
  platformFeesCorrectedOf,
  settlementOf,
} from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { suspenseKey } from '../ledger/suspense.ts';
import { Refusal } from '../refusal.ts';
import { pursesOf } from './enter.ts';
import { settlementChanged } from './news.ts';
import { netOf, settlementView, statusOf } from './present.ts';
import { between } from './share-out.ts';

/**
 * Takes a settlement back that was entered wrongly, by journals that reverse its own; afterwards its number may be entered
 * again. By a second person. Throws Refusal: forbidden, not-found, own-approval, wrong-state.
 */
export async function correctSettlement(
  { db, bus, now }: { db: Db; bus: Bus; now(): Date },
  user: User,
  id: string,
  { reason }: CorrectionRequest,
): Promise<SettlementView> {
  onlyFinance(user);
  const { row, news } = await acting(db, user.userId, 'settlements.correct', async (tx) => {
    const settlement = await tx.settlements.lock(id);
    if (!settlement) throw new Refusal('not-found', 'There is no such settlement.');
    if (settlement.entered_by === user.userId) {
      throw new Refusal(
        'own-approval',
        'Whoever entered a settlement leaves its correction to somebody else.',
      );
    }
    if (settlement.corrected_at) throw new Refusal('wrong-state', 'The settlement is corrected already.');
    const at = now();
    await reverse(tx, settlement, at);
    const corrected = await tx.settlements.correct({
      id,
      correctedAt: at,
      correctedBy: user.userId,
      reason,
    });
    return { row: corrected, news: await tx.feeds.append([settlementChanged(corrected)]) };
  });
  bus.publish(news);
  return settlementView(row);
}

async function reverse(tx: Tx, settlement: SettlementRow, at: Date): Promise<void> {
  const { id, gateway } = settlement;
  const cleared = await tx.settlements.cleared(id, gatewayClearing(gateway));
  const clearedOf = new Map(cleared.map((row) => [row.payment_id, row]));
  const payments = await tx.settlements.lockSettled([...clearedOf.keys()]);
  const suspended = await tx.ledger.keysBooked(payments.map((payment) => suspenseKey(payment.id)));
  const shares = await tx.settlements.shares(id);

  const changes = new Map(
    shares.map((share) => [
      share.campaignId,
      { campaignId: share.campaignId, settledMinor: 0n, feesMinor: -share.platformFeeMinor },
    ]),
  );
  const fees: Fee[] = [];
  const marks: PaymentMark[] = [];
  for (const payment of payments) {
    const feeMinor = clearedOf.get(payment.id)?.fee_minor ?? 0n;
    const feeLeft = (payment.fee_minor ?? 0n) - feeMinor;
    const isGift = !suspended.has(suspenseKey(payment.id));
    const coverLeft = isGift ? (feeLeft * payment.returned_gift_minor) / payment.gift_minor : feeLeft;
    const coverMinor = between(0n, payment.covered_minor - coverLeft, feeMinor);
    if (feeMinor !== 0n) {
      fees.push({ paymentId: payment.id, campaignId: payment.campaign_id, feeMinor, coverMinor });
    }
    const isFirst = payment.settlement_id === id;
    const settlementId = isFirst ? null : payment.settlement_id;
    marks.push({
      id: payment.id,
      feeMinor: settlementId === null && feeLeft === 0n ? null : feeLeft,
      coveredMinor: payment.covered_minor - coverMinor,
      settlementId,
    });
    const change = changes.get(payment.campaign_id);
    if (!isGift || !change) continue;
    if (isFirst) change.settledMinor -= payment.gift_minor - payment.returned_gift_minor;
    change.feesMinor -= feeMinor - coverMinor;
  }

  const purseOf = await pursesOf(tx, payments);
  const platformFees = shares
    .filter((share) => share.platformFeeMinor > 0n)
    .map((share) => ({ campaignId: share.campaignId, feeMinor: share.platformFeeMinor }));
  const settled = cleared
    .filter((row) => row.settled_minor !== 0n)
    .map((row) => ({ paymentId: row.payment_id, outstandingMinor: row.settled_minor }));
  const settledAt = dayBegins(settlement.settled_on);
  const amountMinor = netOf(settlement);
  await post(tx, [
    ...(fees.length > 0 ? [feesCorrectedOf({ id, gateway, at, fees }, purseOf)] : []),
    ...(settled.length > 0
      ? [correctionOf(settlementOf({ id, gateway, at: settledAt, payments: settled }), at)]
      : []),
    ...(platformFees.length > 0 ? [platformFeesCorrectedOf({ id, at, fees: platformFees }, purseOf)] : []),
    ...(statusOf(settlement) === 'arrived' && amountMinor !== 0n
      ? [correctionOf(arrivalOf({ id, gateway, amountMinor, at }), at)]
      : []),
  ]);
  await tx.settlements.markPayments(marks);
  await tx.settlements.addToMoney([...changes.values()]);
}
