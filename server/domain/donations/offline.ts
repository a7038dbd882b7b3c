import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import type { LockedOffline, OfflineRow } from '../../db/offline.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import { donationFeed, FINANCE, type FinanceEvents } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type {
  OfflineApproval,
  OfflinePage,
  OfflineQuery,
  OfflineRejection,
  OfflineRequest,
  OfflineView,
} from '../../protocol/offline.ts';
import { onlyBookReaders, onlyFinance } from '../accounts/finance.ts';
import type { Principal } from '../accounts/principal.ts';
import { isPublic, notFound, type User } from '../campaigns/access.ts';
import { cursorOf, readCursor, UUID } from '../cursor.ts';
import { dayBegins, mustHaveBegun } from '../days.ts';
import { isFitName } from '../fraud/messages.ts';
import { offlineOf, repaymentsOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { lockPurses } from '../ledger/purse.ts';
import { Refusal } from '../refusal.ts';
import { paidNews } from './news.ts';
import { newReference } from './pledge.ts';

type House = { db: Db; bus: Bus; now(): Date };

/**
 * A gift that came past every gateway, as finance found it on a bank statement or in a cash box. It counts once a second
 * person has seen the proof. `donationId` is the caller's, so that a retry after a crash meets what it has entered.
 * Throws Refusal: forbidden, not-found, not-open, invalid-input.
 */
export async function enterOffline(
  { db, bus, now }: House,
  user: User,
  { donationId, campaignId, request }: { donationId: string; campaignId: string; request: OfflineRequest },
): Promise<OfflineView> {
  onlyFinance(user);
  const at = now();
  mustHaveBegun('receivedOn', request.receivedOn, at);
  const name = request.donor?.name ?? null;
  if (name !== null && !isFitName(name)) {
    throw new Refusal('invalid-input', 'Some fields need attention.', {
      errors: [{ path: 'donor.name', message: 'a name holds no links, handles or long numbers' }],
    });
  }
  const { row, news } = await acting(db, 'system', 'offline.enter', async (tx) => {
    const known = await tx.offline.find(donationId);
    if (known) return { row: known, news: [] };
    const campaign = await tx.campaigns.find({ id: campaignId, slug: null, viewerId: user.userId });
    if (!campaign) throw notFound();
    if (!isPublic(campaign.status)) throw new Refusal('not-open', 'This campaign has not been published.');
    const anonymous = request.donor?.anonymous ?? name === null;
    await tx.donations.insert({
      id: donationId,
      campaignId,
      giftMinor: BigInt(request.gift.amount),
      tipMinor: BigInt(request.tip?.amount ?? 0),
      publicName: anonymous ? null : name,
      userId: null,
      status: 'pending',
    });
    await tx.donations.insertIdentity({
      donationId,
      userId: null,
      name,
      email: null,
      emailNormalised: null,
      anonymous,
      locale: 'id',
    });
    await tx.offline.insert({
      donationId,
      campaignId,
      way: request.way,
      receivedOn: request.receivedOn,
      proof: request.proof,
      enteredBy: user.userId,
      enteredAt: at,
    });
    await tx.feeds.open([donationFeed(donationId)]);
    const entered = await found(tx, donationId);
    return { row: entered, news: await tx.feeds.append([changed(entered)]) };
  });
  bus.publish(news);
  return offlineView(row);
}

/**
 * Somebody else than who entered the gift has seen the proof: it is booked and told as a gift through a gateway is, and it
 * is settled, because the money is here. Throws Refusal: forbidden, not-found, own-approval, wrong-state.
 */
export async function approveOffline(
  { db, bus, now }: House,
  user: User,
  donationId: string,
  { note = '' }: OfflineApproval,
): Promise<OfflineView> {
  onlyFinance(user);
  const at = now();
  const { row, news } = await acting(db, 'system', 'offline.approve', async (tx) => {
    const gift = await lockToDecide(tx, user, donationId);
    await tx.offline.decide({ donationId, status: 'approved', decidedBy: user.userId, decidedAt: at, note });
    const events = await book(tx, gift, at);
    const approved = await found(tx, donationId);
    return { row: approved, news: await tx.feeds.append([...events, changed(approved)]) };
  });
  bus.publish(news);
  return offlineView(row);
}

/** The proof is none, or belongs to another gift. Throws Refusal: forbidden, not-found, own-approval, wrong-state. */
export async function rejectOffline(
  { db, bus, now }: House,
  user: User,
  donationId: string,
  { note }: OfflineRejection,
): Promise<OfflineView> {
  onlyFinance(user);
  const at = now();
  const { row, news } = await acting(db, 'system', 'offline.reject', async (tx) => {
    await lockToDecide(tx, user, donationId);
    await tx.offline.decide({ donationId, status: 'rejected', decidedBy: user.userId, decidedAt: at, note });
    await tx.offline.cancelDonation(donationId);
    const rejected = await found(tx, donationId);
    return { row: rejected, news: await tx.feeds.append([changed(rejected)]) };
  });
  bus.publish(news);
  return offlineView(row);
}

/** Newest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listOffline(
  db: Db,
  reader: Principal,
  { status, cursor, limit }: OfflineQuery,
): Promise<OfflinePage> {
  onlyBookReaders(reader);
  const [before = null] = cursor === undefined ? [] : readCursor(cursor, UUID);
  const rows = await acting(db, 'system', 'offline.list', (tx) =>
    tx.offline.list({ before, status: status ?? null, limit: limit + 1 }),
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(offlineView),
    nextCursor: rows.length > limit && last ? cursorOf(last.donation_id) : null,
  };
}

async function lockToDecide(tx: Tx, user: User, donationId: string): Promise<LockedOffline> {
  const gift = await tx.offline.lock(donationId);
  if (!gift) throw new Refusal('not-found', 'There is no such gift.');
  if (gift.entered_by === user.userId) {
    throw new Refusal('own-approval', 'Whoever entered a gift leaves the decision to somebody else.');
  }
  if (gift.status !== 'entered') throw new Refusal('wrong-state', `The gift is ${gift.status} already.`);
  return gift;
}

/** As `bookMoney` does it of gifts through gateways: payment, accounts, journals, totals, and what each feed hears. */
async function book(tx: Tx, gift: LockedOffline, at: Date): Promise<NewEvent[]> {
  assert(gift.donation_status === 'pending', 'an entered gift is pending');
  const {
    campaign_id: campaignId,
    donation_id: donationId,
    gift_minor: giftMinor,
    tip_minor: tipMinor,
  } = gift;
  const paymentId = uuidv7();
  const reference = newReference();
  const paidAt = dayBegins(gift.received_on);
  const { way } = gift;
  await tx.offline.insertPayment({
    id: paymentId,
    donationId,
    campaignId,
    way,
    reference,
    giftMinor,
    tipMinor,
    createdAt: at,
    paidAt,
  });
  const [payment] = await tx.payments.lock([{ gateway: 'offline', reference }]);
  const purse = (await lockPurses(tx, [campaignId])).get(campaignId);
  assert(payment && purse, 'a gift without payment or campaign');
  const paid = { paymentId, donationId, campaignId, giftMinor, tipMinor, currency: payment.currency, paidAt };
  await post(tx, [
    offlineOf(paid, way),
    ...repaymentsOf({
      ...{ id: paymentId, campaignId, at },
      payableMinor: purse.payableMinor + giftMinor,
      receivableMinor: purse.receivableMinor,
    }),
  ]);
  const changes = [{ campaignId, giftMinor, tipMinor, donors: 1 }];
  const [after] = await tx.donations.count({ paid: [donationId], changes });
  assert(after, 'a campaign without totals');
  assert(after.paid === 1, 'a locked donation changed');
  await tx.settlements.addToMoney([{ campaignId, settledMinor: giftMinor, feesMinor: 0n }]);
  const total = { raised: after.raised_minor, donors: after.donor_count };
  return paidNews(payment, after.at, after.raised_minor - giftMinor, total);
}

async function found(tx: Tx, donationId: string): Promise<OfflineRow> {
  const row = await tx.offline.find(donationId);
  assert(row, 'an offline gift that was just written');
  return row;
}

const changed = (row: OfflineRow): NewEvent => ({
  feed: FINANCE,
  type: 'offline.changed',
  data: {
    donationId: row.donation_id,
    campaignId: row.campaign_id,
    status: row.status,
  } satisfies FinanceEvents['offline.changed'],
});

const offlineView = (row: OfflineRow): OfflineView => ({
  donationId: row.donation_id,
  campaignId: row.campaign_id,
  campaignTitle: row.campaign_title,
  gift: rupiah(row.gift_minor),
  tip: rupiah(row.tip_minor),
  way: row.way,
  receivedOn: row.received_on,
  proof: row.proof,
  status: row.status,
  enteredAt: row.entered_at.toISOString(),
  decidedAt: row.decided_at?.toISOString() ?? null,
  note: row.note,
});
