import { acting, type Db, isUniqueViolation, type Tx } from '../../db/open.ts';
import type { News } from '../../protocol/feeds.ts';
import type { PayoutStatus, PayoutView } from '../../protocol/payouts.ts';
import { onlyFinance } from '../accounts/finance.ts';
import { conflict, type User } from '../campaigns/access.ts';
import { GatewayFault, type PayoutGateway } from '../gateways/gateway.ts';
import { isLeft } from '../refunds/payback.ts';
import { Refusal } from '../refusal.ts';
import { mustBeApart, wrongState } from './access.ts';
import { BY_HAND, endPayout } from './end.ts';
import { type LockedPayout, lockPayout } from './lock.ts';
import { isSpokenFor } from './money.ts';
import { payoutChanged, payoutView } from './present.ts';
import { askAbout, type Sending, sendPayout } from './send.ts';

type House = Sending & { onFault(fault: unknown): void };
type Decision = { id: string; note: string };

/**
 * Finance's yes, by a second person: never the one who asked, never one of the team. From the commit on the payout is on
 * its way, whatever becomes of this call: it is sent now, and else by the job. Again it answers with what there is.
 * Throws Refusal: forbidden, not-found, own-approval, wrong-state.
 */
export async function approvePayout(house: House, user: User, { id, note }: Decision): Promise<PayoutView> {
  const { bus, onFault } = house;
  const news = await deciding(house, user, id, 'payouts.approve', async (tx, locked, now) => {
    const { payout, money, payback } = locked;
    if (APPROVED.has(payout.status)) return [];
    if (payout.status !== 'requested') throw wrongState(`This payout is ${payout.status} already.`);
    if (payout.retired_at) throw wrongState('The bank account was removed. Reject this payout.');
    if (payback && !isLeft(payback)) {
      throw wrongState('Since then more of this gift went back than leaves so much. Reject this payout.');
    }
    if (!payback && isSpokenFor(money)) {
      throw wrongState(
        'Money of this campaign is held or owed. Release the hold first, or reject this payout.',
      );
    }
    await tx.payouts.decide({ id, status: 'approved', decidedBy: user.userId, note, now });
    return tx.feeds.append(payoutChanged(payout, 'approved'));
  });
  bus.publish(news);
  await sendPayout(house, id).catch(onFault);
  return readPayout(house.db, id);
}

/**
 * Finance's no: the campaign has its money again. An approved one is still rejected while it waits at the gateway, which
 * then says whether it was in time; where none pays, until it is paid by hand.
 * Throws Refusal: forbidden, not-found, own-approval, wrong-state, gateway-unavailable.
 */
export async function rejectPayout(house: House, user: User, { id, note }: Decision): Promise<PayoutView> {
  const { db, bus, payoutGateway } = house;
  let waiting: string | null = null;
  const news = await deciding(house, user, id, 'payouts.reject', async (tx, locked, now) => {
    const { payout } = locked;
    waiting = null;
    if (payout.status === 'rejected') return [];
    const how = { gateway: null, at: now, now };
    if (payout.status === 'requested') {
      await tx.payouts.decide({ id, status: 'rejected', decidedBy: user.userId, note, now });
      return tx.feeds.append(await endPayout(tx, locked, { ...how, status: 'rejected', failure: note }));
    }
    if (payout.status === 'approved' && !payoutGateway) {
      return tx.feeds.append(await endPayout(tx, locked, { ...how, status: 'failed', failure: note }));
    }
    if (payout.status !== 'approved' || payout.gateway_reference === null) {
      throw wrongState(
        payout.status === 'approved'
          ? 'This payout is just being sent. Please try again in a minute.'
          : `This payout is ${payout.status} already.`,
      );
    }
    waiting = payout.gateway_reference;
    return [];
  });
  bus.publish(news);
  if (waiting !== null && payoutGateway) {
    await rejectThere(house, payoutGateway, waiting, note);
    const { status } = await readPayout(db, id);
    if (status !== 'failed') throw wrongState(`The gateway did not take it back: it is ${status}.`);
  }
  return readPayout(db, id);
}

async function rejectThere(
  house: Sending,
  gateway: PayoutGateway,
  reference: string,
  note: string,
): Promise<void> {
  try {
    await gateway.reject(reference, note);
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    if (fault.maybeDone) throw unanswered();
  }
  await askAbout(house, gateway, reference).catch((fault: unknown) => {
    throw fault instanceof GatewayFault ? unanswered() : fault;
  });
}

const unanswered = (): Refusal =>
  new Refusal('gateway-unavailable', 'The gateway does not answer just now. Please try again soon.');

/**
 * Finance paid it by itself, where no gateway pays. Again under the same bank reference it changes nothing.
 * Throws Refusal: forbidden, not-found, own-approval, wrong-state, conflict.
 */
export async function confirmByHand(
  house: House,
  user: User,
  { id, bankReference }: { id: string; bankReference: string },
): Promise<PayoutView> {
  const confirmed = deciding(house, user, id, 'payouts.by-hand', async (tx, locked, now) => {
    const { payout } = locked;
    if (payout.gateway === BY_HAND && payout.gateway_reference === bankReference) return [];
    if (house.payoutGateway || payout.gateway !== null) throw wrongState('The gateway pays this payout.');
    if (payout.status !== 'approved') throw wrongState(`This payout is ${payout.status}.`);
    await tx.payouts.keepReference({ id, gateway: BY_HAND, gatewayReference: bankReference });
    return tx.feeds.append(
      await endPayout(tx, locked, {
        status: 'confirmed',
        gateway: BY_HAND,
        failure: null,
        at: now,
        now,
      }),
    );
  });
  const news = await confirmed.catch((error: unknown) => {
    if (!isUniqueViolation(error, 'payouts_gateway_gateway_reference_key')) throw error;
    throw conflict('Another payout was confirmed under this bank reference.');
  });
  house.bus.publish(news);
  return readPayout(house.db, id);
}

/** The bank sent it back after it was confirmed. Throws Refusal: forbidden, not-found, own-approval, wrong-state. */
export async function reversePayout(house: House, user: User, { id, note }: Decision): Promise<PayoutView> {
  const news = await deciding(house, user, id, 'payouts.reverse', async (tx, locked, now) => {
    const { payout } = locked;
    if (payout.status === 'reversed') return [];
    if (payout.status !== 'confirmed') throw wrongState(`This payout is ${payout.status}.`);
    const { gateway } = payout;
    return tx.feeds.append(
      await endPayout(tx, locked, { status: 'reversed', gateway, failure: note, at: now, now }),
    );
  });
  house.bus.publish(news);
  return readPayout(house.db, id);
}

const APPROVED: ReadonlySet<PayoutStatus> = new Set(['approved', 'submitted', 'confirmed']);

/** Runs a decision of finance about a payout, under its locks and by somebody who may decide. */
function deciding(
  { db, now }: { db: Db; now: () => Date },
  user: User,
  id: string,
  tag: string,
  decide: (tx: Tx, locked: LockedPayout, now: Date) => Promise<News[]>,
): Promise<News[]> {
  onlyFinance(user);
  const at = now();
  return acting(db, 'system', tag, async (tx) => {
    const found = await tx.payouts.find(id);
    if (!found) throw noSuchPayout();
    if (found.requested_by === user.userId) {
      throw new Refusal('own-approval', 'Somebody else than the one who asked for it decides this.');
    }
    await mustBeApart(tx, user, found.campaign_id);
    const locked = await lockPayout(tx, found, at);
    if (!locked) throw noSuchPayout();
    return decide(tx, locked, at);
  });
}

export async function readPayout(db: Db, id: string): Promise<PayoutView> {
  const row = await acting(db, 'system', 'payouts.read', (tx) => tx.payouts.find(id));
  if (!row) throw noSuchPayout();
  return payoutView(row);
}

const noSuchPayout = (): Refusal => new Refusal('not-found', 'There is no such payout.');
