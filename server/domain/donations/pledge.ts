import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import type { PaymentRow } from '../../db/payments.ts';
import type { Locale } from '../../protocol/accounts.ts';
import type {
  DonationRequest,
  DonationStatus,
  GatewayName,
  PaymentRequest,
  PaymentStatus,
  PaymentView,
} from '../../protocol/donations.ts';
import { donationFeed } from '../../protocol/feeds.ts';
import type { Method } from '../../protocol/methods.ts';
import type { Principal } from '../accounts/principal.ts';
import { isPublic } from '../campaigns/access.ts';
import { type Attempt, type Judge, normaliseEmail } from '../fraud/judge.ts';
import { holdReasons, isFitName } from '../fraud/messages.ts';
import { type Gateway, GatewayFault, type Order } from '../gateways/gateway.ts';
import { Refusal } from '../refusal.ts';
import { paymentView } from './present.ts';

/** Further tries with another method, per donation. */
export const ATTEMPTS_MAX = 10;
/** A second request for the same method within this time is a double click, not a second try. */
const SAME_ATTEMPT_MS = 60_000;

const MINUTE_MS = 60_000;
/** How long an attempt may be paid. Wallets and QRIS are paid on the spot; an account number is paid within a day. */
const EXPIRES_AFTER_MS: Record<'now' | 'card' | 'later', number> = {
  now: 15 * MINUTE_MS,
  card: 30 * MINUTE_MS,
  later: 24 * 60 * MINUTE_MS,
};

const ENDED: ReadonlySet<PaymentStatus> = new Set(['failed', 'expired', 'cancelled']);

export type Gateways = Partial<Record<GatewayName, Gateway>>;

/** What the door knows of the caller's machine; kept beside the attempt before any gateway is called. */
export type Caller = { address: string; network: string; device: string | null; locale?: Locale };

type House = {
  db: Db;
  bus: Bus;
  gateways: Gateways;
  judge: Judge;
  /** Where the gateway sends the browser back to. */
  pageOf(donationId: string): string;
  now(): Date;
  onFault(fault: unknown): void;
};

export type Pledged = { donation: { id: string; status: DonationStatus }; payment: PaymentView };

/**
 * A promise to give: the donation, its first attempt, and the gateway's page to pay it on. `donationId` is the caller's,
 * so that a retry after a crash resumes the same donation under the same reference at the gateway.
 * Throws Refusal: not-found, not-open, not-allowed, too-many-requests, invalid-input, gateway-unavailable.
 */
export async function pledge(
  house: House,
  asked: {
    donationId: string;
    campaignId: string;
    request: DonationRequest;
    principal: Principal;
    caller: Caller;
  },
): Promise<Pledged> {
  const { donationId, request } = asked;
  const gateway = chooseGateway(house.gateways, request.method, request.gateway);
  const known = await house.db.payments.latestOf(donationId);
  if (known && known.redirect_url === null && ENDED.has(known.status)) {
    throw new Refusal('conflict', 'This gift came to nothing in the meantime. Please start a new one.');
  }
  const payment = known ?? (await makeDonation(house, asked, gateway));
  return { donation: { id: donationId, status: 'pending' }, payment: await open(house, gateway, payment) };
}

async function makeDonation(
  house: House,
  { donationId, campaignId, request, principal, caller }: Parameters<typeof pledge>[1],
  gateway: Gateway,
): Promise<PaymentRow> {
  const { db, bus, now } = house;
  const userId = principal.kind === 'user' ? principal.userId : null;
  const email = request.donor?.email ?? null;
  const giftMinor = BigInt(request.gift.amount);
  const tipMinor = BigInt(request.tip?.amount ?? 0);
  if (request.donor?.name && !isFitName(request.donor.name)) {
    throw new Refusal('invalid-input', 'Some fields need attention.', {
      errors: [{ path: 'donor.name', message: 'a name holds no links, handles or long numbers' }],
    });
  }
  if (request.donor?.updates && !email) {
    throw new Refusal('invalid-input', 'Some fields need attention.', {
      errors: [{ path: 'donor.updates', message: 'updates come by mail, which takes an address' }],
    });
  }
  const attempt: Attempt = {
    network: caller.network,
    emailNormalised: email && normaliseEmail(email),
    amountMinor: giftMinor + tipMinor,
    formElapsedMs: request.form?.elapsedMs ?? null,
    honeypot: request.form?.website ?? '',
  };
  const judgement = await house.judge(attempt);
  const blocked = judgement.decision === 'block';

  const made = await acting(db, 'system', 'donations.pledge', async (tx) => {
    await mustBeOpen(tx, campaignId, now());
    const name =
      request.donor?.name ??
      (userId && !request.donor?.anonymous ? ((await tx.users.byId(userId))?.name ?? null) : null);
    const anonymous = request.donor?.anonymous ?? name === null;
    // An account's name was never held to the rules of the wall.
    const publicName = anonymous || (name !== null && !isFitName(name)) ? null : name;
    await tx.donations.insert({
      id: donationId,
      campaignId,
      giftMinor,
      tipMinor,
      publicName,
      userId,
      status: blocked ? 'failed' : 'pending',
    });
    const { emailNormalised } = attempt;
    const { locale = 'id' } = caller;
    await tx.donations.insertIdentity({
      donationId,
      userId,
      name,
      email,
      emailNormalised,
      anonymous,
      locale,
    });
    if (request.donor?.updates && emailNormalised) {
      await tx.followers.insertWish({ donationId, campaignId, emailNormalised });
    }
    if (request.message) {
      const reasons = holdReasons(request.message);
      const status = reasons.length > 0 ? 'held' : 'shown';
      await tx.messages.insert({ donationId, campaignId, userId, body: request.message, status, reasons });
    }
    const payment = await insertAttempt(tx, {
      donation: { id: donationId, campaignId, giftMinor, tipMinor },
      method: request.method,
      gateway,
      now: now(),
      status: blocked ? 'failed' : 'created',
    });
    await keepEvidence(tx, payment.id, { attempt, caller, ...judgement });
    if (blocked) return { payment, news: [] };
    await tx.feeds.open([donationFeed(donationId)]);
    return { payment, news: await tx.feeds.append([pendingEvent(payment)]) };
  });
  bus.publish(made.news);
  if (blocked) throw refusalOf(judgement.reasons);
  return made.payment;
}

/**
 * Another attempt for a donation that is not paid: another method, or the same again after it failed. The attempt
 * before is given up at the gateway, so that nobody pays twice. Throws as `pledge` does, and conflict when it is paid.
 */
export async function payAgain(
  house: House,
  { donationId, request, caller }: { donationId: string; request: PaymentRequest; caller: Caller },
): Promise<Pledged> {
  const { db, bus, now } = house;
  const gateway = chooseGateway(house.gateways, request.method, request.gateway);
  const previous = await db.payments.latestOf(donationId);
  const known = await acting(db, 'system', 'donations.read', (tx) => tx.donations.view(donationId));
  if (!known) throw new Refusal('not-found', 'There is no such donation.');
  const attempt: Attempt = {
    network: caller.network,
    emailNormalised: known.email_normalised,
    amountMinor: known.gift_minor + known.tip_minor,
    formElapsedMs: null,
    honeypot: '',
  };
  // Before the transaction: judging asks the database on a connection of its own.
  const judgement = await house.judge(attempt);
  const result = await acting(db, 'system', 'donations.pay-again', async (tx) => {
    const donation = await tx.donations.lock(donationId);
    if (!donation) throw new Refusal('not-found', 'There is no such donation.');
    if (!['pending', 'failed', 'expired', 'cancelled'].includes(donation.status)) {
      throw new Refusal('conflict', 'This donation is paid already.');
    }
    const latest = await tx.payments.latestOf(donationId);
    const open = latest !== null && (latest.status === 'created' || latest.status === 'pending');
    if (
      latest &&
      open &&
      latest.method === request.method &&
      now().getTime() - latest.created_at.getTime() < SAME_ATTEMPT_MS
    ) {
      return { payment: latest, news: [] };
    }
    await mustBeOpen(tx, donation.campaign_id, now());
    if ((await tx.payments.countOf(donationId)) >= ATTEMPTS_MAX) {
      throw new Refusal(
        'too-many-requests',
        'This donation has been tried too often. Please start a new one.',
      );
    }
    if (judgement.decision === 'block') throw refusalOf(judgement.reasons);
    const payment = await insertAttempt(tx, {
      donation: {
        id: donationId,
        campaignId: donation.campaign_id,
        giftMinor: donation.gift_minor,
        tipMinor: donation.tip_minor,
      },
      method: request.method,
      gateway,
      now: now(),
      status: 'created',
    });
    await keepEvidence(tx, payment.id, { attempt, caller, ...judgement });
    await tx.donations.reopen(donationId);
    return { payment, news: await tx.feeds.append([pendingEvent(payment)]) };
  });
  bus.publish(result.news);
  if (
    previous &&
    previous.id !== result.payment.id &&
    (previous.status === 'created' || previous.status === 'pending')
  ) {
    // Its own notice ends it here. Should this fail, it expires by itself.
    await house.gateways[previous.gateway]
      ?.expire({ reference: previous.reference, transactionId: previous.gateway_transaction_id })
      .catch(house.onFault);
  }
  return {
    donation: { id: donationId, status: 'pending' },
    payment: await open(house, gateway, result.payment),
  };
}

/** Asks the gateway for its page, once; an attempt that has one is answered from what is stored. */
async function open(house: House, gateway: Gateway, payment: PaymentRow): Promise<PaymentView> {
  if (payment.redirect_url) return paymentView(payment);
  const donation = await acting(house.db, 'system', 'donations.read', (tx) =>
    tx.donations.view(payment.donation_id),
  );
  const order: Order = {
    reference: payment.reference,
    giftMinor: payment.gift_minor,
    tipMinor: payment.tip_minor,
    currency: 'IDR',
    method: payment.method,
    campaignTitle: donation?.campaign_title ?? '',
    donorName: donation?.donor_name ?? null,
    donorEmail: null,
    finishUrl: house.pageOf(payment.donation_id),
    expiresAt: payment.expires_at ?? house.now(),
  };
  try {
    const checkout = await gateway.create(order);
    return paymentView(await house.db.payments.opened({ id: payment.id, ...checkout }));
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    house.onFault(fault);
    throw new Refusal(
      'gateway-unavailable',
      'The payment service does not answer. Nothing was charged; please try again.',
      { retryAfter: 5 },
    );
  }
}

function insertAttempt(
  tx: Tx,
  {
    donation,
    method,
    gateway,
    now,
    status,
  }: {
    donation: { id: string; campaignId: string; giftMinor: bigint; tipMinor: bigint };
    method: Method;
    gateway: Gateway;
    now: Date;
    status: 'created' | 'failed';
  },
): Promise<PaymentRow> {
  return tx.payments.insert({
    id: uuidv7(),
    donationId: donation.id,
    campaignId: donation.campaignId,
    gateway: gateway.name,
    method,
    reference: newReference(),
    giftMinor: donation.giftMinor,
    tipMinor: donation.tipMinor,
    expiresAt: new Date(now.getTime() + EXPIRES_AFTER_MS[patience(method)]),
    status,
  });
}

function keepEvidence(
  tx: Tx,
  paymentId: string,
  {
    attempt,
    caller,
    decision,
    reasons,
  }: { attempt: Attempt; caller: Caller; decision: string; reasons: string[] },
): Promise<null> {
  const { emailNormalised, formElapsedMs } = attempt;
  return tx.payments.insertEvidence({
    paymentId,
    ...caller,
    emailNormalised,
    formElapsedMs,
    decision,
    reasons,
  });
}

const pendingEvent = ({ donation_id, method, expires_at }: PaymentRow) => ({
  feed: donationFeed(donation_id),
  type: 'donation.pending',
  data: { method, expiresAt: expires_at?.toISOString() ?? null },
});

async function mustBeOpen(tx: Tx, campaignId: string, now: Date): Promise<void> {
  const campaign = await tx.donations.campaignForGiving(campaignId);
  if (!campaign || !isPublic(campaign.status)) throw new Refusal('not-found', 'There is no such campaign.');
  if (campaign.status !== 'live' || campaign.ends_at <= now) {
    throw new Refusal('not-open', 'This campaign does not take gifts now.');
  }
}

function chooseGateway(gateways: Gateways, method: Method, wished: GatewayName | undefined): Gateway {
  const able = Object.values(gateways).filter((gateway) => gateway.methods.includes(method));
  const chosen = wished ? able.find((gateway) => gateway.name === wished) : able[0];
  if (chosen) return chosen;
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path: 'method', message: `${method} is not offered${wished ? ` by ${wished}` : ''}` }],
  });
}

/** Says no more than it must: a machine learns nothing from it. */
const refusalOf = (reasons: string[]): Refusal =>
  reasons.includes('too-many')
    ? new Refusal('too-many-requests', 'That were many attempts. Please wait a little.', { retryAfter: 300 })
    : new Refusal('not-allowed', 'We cannot take this gift. Please contact us if you think this is wrong.');

function patience(method: Method): 'now' | 'card' | 'later' {
  if (method === 'card') return 'card';
  return method.startsWith('va_') || method === 'alfamart' || method === 'indomaret' ? 'later' : 'now';
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 'SK' and 125 random bits in Crockford's base 32: 27 of [A-Z0-9], within the 30 that iPay88 allows. */
export const newReference = (): string =>
  `SK${Array.from(randomBytes(25), (byte) => ALPHABET[byte & 31]).join('')}`;
