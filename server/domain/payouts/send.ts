import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { PayoutRow } from '../../db/payouts.ts';
import {
  GatewayFault,
  type Notice,
  type Outcome,
  type PayoutGateway,
  type PayoutWord,
} from '../gateways/gateway.ts';
import { endPayout, FAILURE_MAX } from './end.ts';
import { lockPayout } from './lock.ts';
import { payoutChanged } from './present.ts';

/** Longer than a call that approved needs for sending by itself. */
export const LOOK_AFTER_MS = 60_000;
const PER_RUN_MAX = 50;

export type Sending = {
  db: Db;
  bus: Bus;
  payoutGateway: PayoutGateway | null;
  hear(notices: Notice[]): Promise<Outcome[]>;
  now: () => Date;
};

/**
 * Takes an approved payout as far as it goes at the gateway, from wherever it is. The gateway's number is kept before
 * anything is approved there, and money moves on approval alone: so whoever comes to this twice, at once or after a
 * crash, finds the same payout there and approves that one. After an approval that came to no answer the gateway is
 * asked; nothing is ever entered under a second key. Throws GatewayFault where the job is to come again.
 */
export async function sendPayout(house: Sending, id: string): Promise<void> {
  const { db, payoutGateway: gateway } = house;
  if (!gateway) return;
  const payout = await read(db, id);
  if (payout?.status === 'submitted' && payout.gateway_reference !== null) {
    await askAbout(house, gateway, payout.gateway_reference);
  }
  if (payout?.status !== 'approved') return;
  const reference = payout.gateway_reference ?? (await enter(house, gateway, payout));
  if (reference === null) return;
  try {
    await gateway.approve(reference);
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    await db.payouts.noteFailure(id, fault.message.slice(0, FAILURE_MAX));
    await askAbout(house, gateway, reference);
    return;
  }
  await submitted(house, payout);
}

/** Enters it at the gateway and keeps its number; null where that came to nothing, or somebody else's number is kept. */
async function enter(house: Sending, gateway: PayoutGateway, payout: PayoutRow): Promise<string | null> {
  const { db } = house;
  const { id, key, bank, number, holder, amount_minor: amountMinor } = payout;
  let gatewayReference: string;
  try {
    ({ gatewayReference } = await gateway.create({ key, bank, number, holder, amountMinor }));
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    if (isRefused(fault)) await refused(house, payout, fault.message);
    else await db.payouts.noteFailure(id, fault.message.slice(0, FAILURE_MAX));
    if (isRefused(fault)) return null;
    throw fault;
  }
  await db.payouts.keepReference({ id, gateway: gateway.name, gatewayReference });
  const after = await read(db, id);
  return after?.status === 'approved' && after.gateway === gateway.name ? after.gateway_reference : null;
}

/** Answers that no repetition changes: the payout itself is not as the gateway wants it. */
const isRefused = (fault: GatewayFault): boolean =>
  !fault.maybeDone && (fault.status === 400 || fault.status === 422);

/** The gateway will not have it. Nothing was approved there, so nothing can have been paid. */
async function refused(house: Sending, about: PayoutRow, failure: string) {
  const now = house.now();
  const news = await acting(house.db, 'system', 'payouts.refused', async (tx) => {
    const locked = await lockPayout(tx, about, now);
    if (locked?.payout.status !== 'approved' || locked.payout.gateway_reference !== null) return [];
    return tx.feeds.append(
      await endPayout(tx, locked, { status: 'failed', gateway: null, failure, at: now, now }),
    );
  });
  house.bus.publish(news);
}

async function submitted({ db, bus }: Sending, payout: PayoutRow): Promise<void> {
  const news = await acting(db, 'system', 'payouts.submitted', async (tx) =>
    (await tx.payouts.submit(payout.id)) ? tx.feeds.append(payoutChanged(payout, 'submitted')) : [],
  );
  bus.publish(news);
}

/** Hears what the gateway says of a payout when it is asked. Throws GatewayFault. */
export async function askAbout(
  { hear }: Pick<Sending, 'hear'>,
  gateway: PayoutGateway,
  reference: string,
): Promise<void> {
  const word = await gateway.status(reference);
  if (word) await hear([answerOf(gateway, word)]);
}

const answerOf = (gateway: PayoutGateway, word: PayoutWord): Notice => ({
  gateway: gateway.name,
  kind: 'payout',
  dedupeKey: `asked|${word.gatewayReference}|${word.status}`,
  rawBody: Buffer.from(
    JSON.stringify({ asked: word.gatewayReference, status: word.status, amount: String(word.amountMinor) }),
  ),
  word,
});

/** Looks after every payout that is approved and not ended. Returns how many were looked at. */
export async function resumePayouts(house: Sending & { onFault(fault: unknown): void }): Promise<number> {
  const { db, payoutGateway, now, onFault } = house;
  if (!payoutGateway) return 0;
  const at = now();
  const askedBefore = new Date(at.getTime() - LOOK_AFTER_MS);
  const due = await db.payouts.takeDue({ now: at, askedBefore, limit: PER_RUN_MAX });
  for (const id of due) await sendPayout(house, id).catch(onFault);
  return due.length;
}

const read = (db: Db, id: string): Promise<PayoutRow | null> =>
  acting(db, 'system', 'payouts.read', (tx) => tx.payouts.find(id));
