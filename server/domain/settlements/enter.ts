import assert from 'node:assert/strict';
import type { Bus } from '../../bus.ts';
import { acting, type Db, isUniqueViolation, type Tx } from '../../db/open.ts';
import type { PaymentMark, SettlingPayment, ShareRow } from '../../db/settlements.ts';
import type { SettlementRequest, SettlementView } from '../../protocol/settlements.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { dayBegins, mustHaveBegun } from '../days.ts';
import { gatewayClearing } from '../ledger/chart.ts';
import { coverOf, type Fee, feesOf, platformFeesOf, settlementOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { lockPurses, type Purse } from '../ledger/purse.ts';
import { suspenseKey } from '../ledger/suspense.ts';
import { Refusal } from '../refusal.ts';
import { settlementChanged } from './news.ts';
import { settlementView } from './present.ts';
import { between, shareOut } from './share-out.ts';

/** Most references that a refusal names. */
const NAMED_MAX = 5;

type House = { db: Db; bus: Bus; platformFeeBp: number; now(): Date };

/**
 * What a gateway says it owes us for some payments: their clearing is emptied into the gateway's balance, and what it kept
 * is borne by the campaigns, or by the platform where the gift went back. `id` is the caller's, so that a retry after a
 * crash meets what it has entered. Throws Refusal: forbidden, invalid-input, conflict, settlement-mismatch.
 */
export async function enterSettlement(
  house: House,
  user: User,
  { id, request }: { id: string; request: SettlementRequest },
): Promise<SettlementView> {
  const { db, bus, now } = house;
  onlyFinance(user);
  mustHaveBegun('settledOn', request.settledOn, now());
  const known = await db.settlements.find(id);
  if (known) return settlementView(known);
  try {
    const { row, news } = await acting(db, user.userId, 'settlements.enter', (tx) =>
      enter(tx, house, user, { id, request }),
    );
    bus.publish(news);
    return settlementView(row);
  } catch (fault) {
    if (!isUniqueViolation(fault, 'settlements_once')) throw fault;
    throw new Refusal('conflict', 'A settlement of this gateway with this number is entered already.');
  }
}

async function enter(
  tx: Tx,
  { platformFeeBp, now }: House,
  user: User,
  { id, request }: { id: string; request: SettlementRequest },
) {
  const { gateway } = request;
  const keptMinor = BigInt(request.fee.amount) + BigInt(request.vat.amount);
  const grossMinor = BigInt(request.amount.amount) + keptMinor;
  // Before anything is locked, so that whoever enters the same number again waits with empty hands.
  const row = await tx.settlements.insert({
    id,
    gateway,
    bankReference: request.bankReference,
    settledOn: request.settledOn,
    grossMinor,
    feeMinor: BigInt(request.fee.amount),
    vatMinor: BigInt(request.vat.amount),
    payments: request.references.length,
    enteredBy: user.userId,
    enteredAt: now(),
  });

  const payments = await tx.settlements.lockPayments(gateway, request.references);
  mustBeKnown(payments, request.references);
  const ids = payments.map((payment) => payment.id);
  const outstanding = await tx.settlements.outstanding(gatewayClearing(gateway), ids);
  const feeMinorOf = shareFees(payments, outstanding, { grossMinor, keptMinor });
  // Money that answers no gift: no campaign ever had it, and none pays for it.
  const suspended = await tx.ledger.keysBooked(ids.map(suspenseKey));
  const isGift = (payment: SettlingPayment): boolean => !suspended.has(suspenseKey(payment.id));

  const { fees, marks, shares } = weigh(payments, { id, feeMinorOf, isGift, platformFeeBp });

  const at = dayBegins(request.settledOn);
  const purseOf = await pursesOf(tx, payments);
  const platformFees = shares.flatMap(({ campaignId, platformFeeMinor }) =>
    platformFeeMinor > 0n ? [{ campaignId, feeMinor: platformFeeMinor }] : [],
  );
  const settled = payments.map((payment) => ({
    paymentId: payment.id,
    outstandingMinor: (outstanding.get(payment.id) ?? 0n) - (feeMinorOf.get(payment.id) ?? 0n),
  }));
  const isNothing = settled.every((one) => one.outstandingMinor === 0n);
  await post(tx, [
    ...(fees.length > 0 ? [feesOf({ id, gateway, at, fees }, purseOf)] : []),
    ...(isNothing ? [] : [settlementOf({ id, gateway, at, payments: settled })]),
    ...(platformFees.length > 0 ? [platformFeesOf({ id, at, fees: platformFees }, purseOf)] : []),
  ]);
  await tx.settlements.markPayments(marks);
  await tx.settlements.insertShares(id, shares);
  await tx.settlements.addToMoney(
    shares.map((share) => ({
      campaignId: share.campaignId,
      settledMinor: share.giftMinor,
      feesMinor: share.feeMinor + share.platformFeeMinor,
    })),
  );
  return { row, news: await tx.feeds.append([settlementChanged(row)]) };
}

/** Who bears which fee, what each payment then says of itself, and each campaign's part of the settlement. */
function weigh(
  payments: SettlingPayment[],
  of: {
    id: string;
    feeMinorOf: ReadonlyMap<string, bigint>;
    isGift(payment: SettlingPayment): boolean;
    platformFeeBp: number;
  },
): { fees: Fee[]; marks: PaymentMark[]; shares: ShareRow[] } {
  const { id, feeMinorOf, isGift, platformFeeBp } = of;
  const shares = new Map<string, ShareRow>();
  const fees: Fee[] = [];
  const marks: PaymentMark[] = [];
  for (const payment of payments) {
    const feeMinor = feeMinorOf.get(payment.id) ?? 0n;
    const feeInAll = (payment.fee_minor ?? 0n) + feeMinor;
    const coverMinor = isGift(payment)
      ? between(
          0n,
          coverOf({
            feeMinor: feeInAll,
            giftMinor: payment.gift_minor,
            returnedMinor: payment.returned_gift_minor,
            coveredMinor: payment.covered_minor,
          }),
          feeMinor,
        )
      : feeMinor;
    if (feeMinor !== 0n) {
      fees.push({ paymentId: payment.id, campaignId: payment.campaign_id, feeMinor, coverMinor });
    }
    marks.push({
      id: payment.id,
      feeMinor: feeInAll,
      coveredMinor: payment.covered_minor + coverMinor,
      settlementId: payment.settlement_id ?? id,
    });
    if (!isGift(payment)) continue;
    const share = shares.get(payment.campaign_id) ?? nothingOf(payment.campaign_id);
    if (payment.settlement_id === null) share.giftMinor += payment.gift_minor - payment.returned_gift_minor;
    share.feeMinor += feeMinor - coverMinor;
    shares.set(payment.campaign_id, share);
  }
  for (const share of shares.values()) {
    share.platformFeeMinor = (share.giftMinor * BigInt(platformFeeBp)) / BASIS_POINTS;
  }
  return { fees, marks, shares: [...shares.values()] };
}

/** Locks the accounts of the payments' campaigns, all at once, and answers each by the campaign's id. */
export async function pursesOf(tx: Tx, payments: SettlingPayment[]): Promise<(campaignId: string) => Purse> {
  const purses = await lockPurses(tx, [...new Set(payments.map((payment) => payment.campaign_id))]);
  return (campaignId) => {
    const purse = purses.get(campaignId);
    assert(purse, 'a campaign without a purse');
    return purse;
  };
}

const BASIS_POINTS = 10_000n;

const nothingOf = (campaignId: string): ShareRow => ({
  campaignId,
  giftMinor: 0n,
  feeMinor: 0n,
  platformFeeMinor: 0n,
});

function mustBeKnown(payments: SettlingPayment[], references: string[]): void {
  const known = new Set(payments.map((payment) => payment.reference));
  const unknown = references.filter((reference) => !known.has(reference));
  if (unknown.length === 0) return;
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path: 'references', message: `no payment has the reference ${named(unknown)}` }],
  });
}

/**
 * The fee of each payment, in proportion to what it has outstanding. What is said must be what the books say, to the
 * rupiah. Throws Refusal 'settlement-mismatch' with the difference.
 */
function shareFees(
  payments: SettlingPayment[],
  outstanding: ReadonlyMap<string, bigint>,
  { grossMinor, keptMinor }: { grossMinor: bigint; keptMinor: bigint },
): Map<string, bigint> {
  const empty = payments.filter((payment) => (outstanding.get(payment.id) ?? 0n) === 0n);
  if (empty.length > 0) {
    const references = named(empty.map((payment) => payment.reference));
    throw mismatch(`Nothing is outstanding of ${references}.`);
  }
  const sumMinor = [...outstanding.values()].reduce((sum, one) => sum + one, 0n);
  if (sumMinor !== grossMinor) {
    const difference = grossMinor - sumMinor;
    throw mismatch(
      `Amount, fee and VAT are ${rp(grossMinor)} together, but ${rp(sumMinor)} is outstanding: a difference of ${rp(difference)}.`,
    );
  }
  const bearing = payments.flatMap(({ id }) => {
    const weightMinor = outstanding.get(id) ?? 0n;
    return weightMinor > 0n ? [{ id, weightMinor }] : [];
  });
  const bearingMinor = bearing.reduce((sum, one) => sum + one.weightMinor, 0n);
  if (keptMinor > bearingMinor) {
    throw mismatch(`Fee and VAT are ${rp(keptMinor)}, but only ${rp(bearingMinor)} was paid.`);
  }
  return shareOut(keptMinor, bearing);
}

const mismatch = (message: string): Refusal => new Refusal('settlement-mismatch', message);
const rp = (amountMinor: bigint): string => `Rp${amountMinor}`;
const named = (references: string[]): string =>
  references.length > NAMED_MAX
    ? `${references.slice(0, NAMED_MAX).join(', ')} and ${references.length - NAMED_MAX} more`
    : references.join(', ');
