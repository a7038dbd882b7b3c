import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { acting, type Db, isDataError, type Tx } from '../../db/open.ts';
import type { PayoutRow } from '../../db/payouts.ts';
import { FINANCE, type FinanceEvents, type News } from '../../protocol/feeds.ts';
import type { PayoutStatus } from '../../protocol/payouts.ts';
import {
  GatewayFault,
  inboxRowOf,
  type Notice,
  type Outcome,
  type PayoutGateway,
  referenceOf,
} from '../gateways/gateway.ts';
import { isLeft } from '../refunds/payback.ts';
import { Refusal } from '../refusal.ts';
import { endPayout } from './end.ts';
import { type LockedPayout, lockPayout } from './lock.ts';
import { payoutChanged } from './present.ts';

type House = { db: Db; bus: Bus; payoutGateway: PayoutGateway | null; now: () => Date };
type PayoutNotice = Extract<Notice, { kind: 'payout' }>;
type Heard = { outcome: Outcome; detail: string | null; events: NewEvent[] };

/**
 * Books what the payout gateway tells of payouts, one transaction each: there are few. A gateway that tells the same
 * again changes nothing. Throws Refusal 'unavailable' where the gateway had to be asked and did not answer.
 */
export async function hearPayouts(house: House, notices: Notice[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const notice of notices) outcomes.push(await hear(house, notice));
  return outcomes;
}

async function hear(house: House, notice: Notice): Promise<Outcome> {
  const { db, bus } = house;
  const about = notice.kind === 'payout' ? await locate(house, notice) : null;
  const now = house.now();
  try {
    const { outcome, news } = await acting(db, 'system', 'payouts.hear', async (tx) => {
      const fresh = await tx.notices.insert([inboxRowOf(notice)]);
      const id = fresh.get(`${notice.gateway} ${notice.dedupeKey}`);
      if (id === undefined) return { outcome: 'duplicate' as const, news: [] as News[] };
      const { outcome, detail, events } = await book(tx, notice, about, now);
      if (outcome !== 'booked') await tx.notices.decide([{ id, outcome, detail }]);
      return { outcome, news: await tx.feeds.append([...events, ...quarantineOf(notice, outcome, detail)]) };
    });
    bus.publish(news);
    return outcome;
  } catch (error) {
    if (!isDataError(error)) throw error;
    bus.publish(await setAside(db, notice, error));
    return 'failed';
  }
}

/** Which payout is spoken of. A number that we have not kept yet is asked about: the answer names our key. */
async function locate({ db, payoutGateway }: House, { gateway, word }: PayoutNotice) {
  const { gatewayReference, key } = word;
  const known = await db.payouts.locate({ gateway, gatewayReference, key });
  if (known || key !== null || payoutGateway?.name !== gateway) return known;
  try {
    const asked = await payoutGateway.status(gatewayReference);
    return asked?.key ? await db.payouts.locate({ gateway, gatewayReference, key: asked.key }) : null;
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    throw new Refusal('unavailable', 'The payout could not be looked up. Please send this again.', {
      retryAfter: 5,
    });
  }
}

async function book(
  tx: Tx,
  notice: Notice,
  about: Pick<PayoutRow, 'id' | 'campaign_id' | 'refund_id'> | null,
  now: Date,
): Promise<Heard> {
  if (notice.kind !== 'payout') {
    return quarantined(notice.kind === 'other' ? notice.detail : `a ${notice.kind} among payouts`);
  }
  if (!about) return quarantined('no payout has this reference');
  const locked = await lockPayout(tx, about, now);
  if (!locked) throw new Error('a payout that was there is not');
  const { payout } = locked;
  const { gateway, word } = notice;
  const { gatewayReference } = word;
  if (word.amountMinor !== payout.amount_minor) {
    return quarantined(`says ${word.amountMinor}, asked were ${payout.amount_minor}`);
  }
  if (payout.gateway_reference === null && payout.status === 'approved') {
    await tx.payouts.keepReference({ id: payout.id, gateway, gatewayReference });
  } else if (payout.gateway !== gateway || payout.gateway_reference !== gatewayReference) {
    return quarantined(`a second payout at the gateway for one that is ${payout.status}`);
  }
  return move(tx, locked, notice, now);
}

/** What a word does to a payout as it stands. What contradicts an end is for a person; money never moves twice. */
async function move(
  tx: Tx,
  locked: LockedPayout,
  { gateway, word }: PayoutNotice,
  now: Date,
): Promise<Heard> {
  const { payout, payback } = locked;
  const { status } = payout;
  const detail = `says ${word.status}, is ${status}`;
  const ignored: Heard = { outcome: 'ignored', detail, events: [] };
  const booked = (events: NewEvent[]): Heard => ({ outcome: 'booked', detail: null, events });
  const end = async (to: 'confirmed' | 'failed' | 'reversed') => {
    const failure = to === 'confirmed' ? null : (word.reason ?? `the gateway says ${word.status}`);
    return booked(await endPayout(tx, locked, { status: to, gateway, failure, at: word.at, now }));
  };
  if (!SENT.has(status)) return quarantined(`${detail}: nobody approved it`);
  const isOpen = status === 'approved' || status === 'submitted';
  switch (word.status) {
    case 'queued':
      return ignored;
    case 'approved':
    case 'processed':
      if (status !== 'approved') return ignored;
      await tx.payouts.submit(payout.id);
      return booked(payoutChanged(payout, 'submitted'));
    case 'completed':
      if (isOpen && payback && !isLeft(payback)) {
        return quarantined(`${detail}: less is left of the gift than was paid back`);
      }
      if (isOpen) return end('confirmed');
      return status === 'confirmed' ? ignored : quarantined(detail);
    case 'failed':
      if (status === 'confirmed') return end('reversed');
      return isOpen ? end('failed') : ignored;
    case 'rejected':
      if (status === 'confirmed') return quarantined(detail);
      return isOpen ? end('failed') : ignored;
  }
}

/** Those that somebody approved, and that may so have reached the gateway. */
const SENT: ReadonlySet<PayoutStatus> = new Set(['approved', 'submitted', 'confirmed', 'failed', 'reversed']);

const quarantined = (detail: string): Heard => ({ outcome: 'quarantined', detail, events: [] });

function quarantineOf(notice: Notice, outcome: Outcome, detail: string | null): NewEvent[] {
  if (outcome !== 'quarantined') return [];
  const data: FinanceEvents['notice.quarantined'] = {
    gateway: notice.gateway,
    reference: referenceOf(notice),
    reason: detail ?? '',
  };
  return [{ feed: FINANCE, type: 'notice.quarantined', data }];
}

/** Keeps the one notice that cannot be booked, and says so to finance: it is answered as received. */
function setAside(db: Db, notice: Notice, error: unknown): Promise<News[]> {
  return acting(db, 'system', 'payouts.set-aside', async (tx) => {
    const detail = error instanceof Error ? error.message : 'a fault without a message';
    await tx.notices.setAside({ ...inboxRowOf(notice), detail });
    const data: FinanceEvents['notice.failed'] = { gateway: notice.gateway, reference: referenceOf(notice) };
    return tx.feeds.append([{ feed: FINANCE, type: 'notice.failed', data }]);
  });
}
