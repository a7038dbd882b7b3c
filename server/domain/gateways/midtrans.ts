import { hash, timingSafeEqual } from 'node:crypto';
import Joi from 'joi';
import type { PaymentStatus } from '../../protocol/donations.ts';
import type { Method } from '../../protocol/methods.ts';
import { Refusal } from '../refusal.ts';
import { call } from './call.ts';
import {
  type Gateway,
  GatewayFault,
  type Known,
  type Notice,
  type Order,
  type PaymentWord,
  type RefundWord,
  type Word,
} from './gateway.ts';
import { wholeRupiah } from './rupiah.ts';

/** Midtrans answers within seconds or not at all; a donor waits no longer than this. */
const TIMEOUT_MS = 8_000;
const NAME_MAX = 50;
const REASON_MAX = 255;

/**
 * Snap's names for how to pay (docs.midtrans.com, Snap request body, `enabled_payments`). GoPay on a desktop shows a
 * QRIS code and is then reported as `qris`. LinkAja is not offered.
 */
const ENABLED_PAYMENTS: Partial<Record<Method, string[]>> = {
  qris: ['other_qris'],
  gopay: ['gopay'],
  ovo: ['ovo'],
  dana: ['dana'],
  shopeepay: ['shopeepay'],
  va_bca: ['bca_va'],
  va_bni: ['bni_va'],
  va_bri: ['bri_va'],
  va_mandiri: ['echannel'],
  va_permata: ['permata_va'],
  card: ['credit_card'],
  alfamart: ['alfamart'],
  indomaret: ['indomaret'],
};

/** What POST /v2/{id}/refund takes back (docs.midtrans.com, "Refund"); what was paid into an account is paid out again. */
const REFUNDS: Gateway['refunds'] = {
  qris: 'any part',
  gopay: 'any part',
  dana: 'any part',
  card: 'any part',
  ovo: 'all or nothing',
  shopeepay: 'all or nothing',
};

/** What is read of a notification or a status; Midtrans adds fields at will, so unknown ones pass here. */
type Body = {
  order_id: string;
  status_code: string;
  gross_amount: string;
  transaction_status: string;
  transaction_id?: string;
  transaction_time?: string;
  settlement_time?: string;
  fraud_status?: string;
  currency?: string;
  merchant_id?: string;
  signature_key?: string;
  /** Given back, or taken back by a bank, in all. */
  refund_amount?: unknown;
  refunds?: Entry[];
  metadata?: { extra_info?: { gross_amount_info?: { original_amount?: unknown } } };
};
/** Read field by field: one that is not as documented makes its list unreadable, not the message. */
type Entry = {
  refund_key?: unknown;
  refund_chargeback_id?: unknown;
  refund_amount?: unknown;
  created_at?: unknown;
  bank_confirmed_at?: unknown;
};
type Signed = Pick<Body, 'order_id' | 'status_code' | 'gross_amount' | 'signature_key'>;
/** Types are Midtrans' own, so nothing is converted. */
const AS_SENT: Joi.ValidationOptions = { convert: false };
/** Its texts, by how long each may be. */
const TEXTS = Object.entries({
  order_id: 50,
  status_code: 5,
  gross_amount: 30,
  transaction_status: 30,
  transaction_id: 100,
  transaction_time: 30,
  settlement_time: 30,
  fraud_status: 20,
  currency: 5,
  merchant_id: 50,
  signature_key: 200,
} satisfies Partial<Record<keyof Body, number>>) as [keyof Body, number][];
const REQUIRED: (keyof Body)[] = ['order_id', 'status_code', 'gross_amount', 'transaction_status'];
const nested = Joi.object<Body>({
  refunds: Joi.array().items(Joi.object().unknown(true)).max(100),
  metadata: Joi.object(),
})
  .unknown(true)
  .prefs(AS_SENT);
/** By one rule: a schema for each text was a ninth of what V8 saw allocated under the load of bench:ingest. */
const body = Joi.object<Body>().unknown(true).prefs(AS_SENT).custom(readable);

function readable(said: Body): Body {
  for (const name of REQUIRED) if (said[name] === undefined) throw new Error(`${name} is missing`);
  for (const [name, max] of TEXTS) {
    const text = said[name];
    const isText = typeof text === 'string' && text !== '' && text.length <= max;
    if (text !== undefined && !isText) throw new Error(`${name} is no text of at most ${max} characters`);
  }
  // Not by Joi.assert, which draws the whole message into its error: dear, and before the signature is looked at.
  const isNested = said.refunds !== undefined || said.metadata !== undefined;
  if (isNested && nested.validate(said).error) throw new Error('refunds or metadata cannot be read');
  return said;
}
/** What the signature covers: enough to know that a message is Midtrans', if not what it means. */
const signed = Joi.object<Signed>({
  order_id: Joi.string().required(),
  status_code: Joi.string().required(),
  gross_amount: Joi.string().required(),
  signature_key: Joi.string(),
})
  .unknown(true)
  .prefs(AS_SENT);

/**
 * Midtrans: Snap for the payment page, Core API for the rest.
 * `verifyKey` is what notifications are signed with, the server key unless the dashboard gave another.
 */
export function midtrans({
  serverKey,
  verifyKey = serverKey,
  merchantId,
  snapUrl,
  coreUrl,
  notifyUrl,
  now = () => new Date(),
  timeoutMs = TIMEOUT_MS,
}: {
  serverKey: string;
  verifyKey?: string;
  merchantId?: string | undefined;
  /** `https://app.midtrans.com/snap/v1` in production. */
  snapUrl: string;
  /** `https://api.midtrans.com` in production. */
  coreUrl: string;
  /** Sent with each order so that the answer comes to this deployment. */
  notifyUrl?: string | undefined;
  now?: () => Date;
  timeoutMs?: number;
}): Gateway {
  const headers = { authorization: `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}` };
  const core = (method: 'GET' | 'POST', path: string) =>
    call(`${coreUrl}${path}`, { method, headers, timeoutMs });

  // Its own id wherever it is known: DANA answers to nothing else, all others to both.
  const nameOf = ({ reference, transactionId }: Known): string =>
    encodeURIComponent(transactionId ?? reference);

  async function act(payment: Known, action: 'expire' | 'cancel', done: string[]): Promise<void> {
    const answer = await core('POST', `/v2/${nameOf(payment)}/${action}`);
    const said = statusCode(answer.body) ?? String(answer.status);
    // 404: no method chosen yet, so there is nothing to end; 412: it has already come to another end.
    if (done.includes(said) || said === '404' || said === '412') return;
    throw new GatewayFault(`Midtrans answered ${said} to ${action}`, {
      maybeDone: answer.status >= 500,
      status: answer.status,
    });
  }

  async function ask(payment: Known): Promise<Word[]> {
    const answer = await core('GET', `/v2/${nameOf(payment)}/status`);
    const code = statusCode(answer.body) ?? String(answer.status);
    if (code === '404') return [];
    const { value, error } = body.validate(answer.body);
    if (error || answer.status >= 500) {
      throw new GatewayFault(`Midtrans answered ${code} to a status question`, {
        maybeDone: false,
        status: answer.status,
      });
    }
    if (value.order_id !== payment.reference) {
      throw new GatewayFault('Midtrans speaks of another order', { maybeDone: false });
    }
    return sayingsOf(value, now()).map((saying) => {
      if (saying.kind !== 'other') return saying;
      throw new GatewayFault(`Midtrans ${saying.detail}`, { maybeDone: false });
    });
  }

  /** Whether a refund under this key stands among those of the payment. */
  async function isMade(payment: Known, key: string): Promise<boolean> {
    const words = await ask(payment).catch((fault: unknown) => {
      throw fault instanceof GatewayFault
        ? new GatewayFault(`${fault.message}, asked after a refund`, {
            maybeDone: true,
            status: fault.status,
          })
        : fault;
    });
    return words.some(({ kind, word }) => kind === 'refund' && word.refunds.some((made) => made.key === key));
  }

  return {
    name: 'midtrans',
    methods: Object.keys(ENABLED_PAYMENTS) as Method[],

    async create(order) {
      const answer = await call(`${snapUrl}/transactions`, {
        method: 'POST',
        headers: { ...headers, ...(notifyUrl ? { 'x-override-notification': notifyUrl } : {}) },
        body: snapOrder(order, now()),
        timeoutMs,
      });
      const { redirect_url: redirectUrl } = (answer.body ?? {}) as { redirect_url?: unknown };
      if (answer.status !== 201 || typeof redirectUrl !== 'string') {
        throw new GatewayFault(`Midtrans answered ${answer.status} to a new order`, {
          maybeDone: answer.status >= 500,
          status: answer.status,
        });
      }
      return { redirectUrl, expiresAt: order.expiresAt };
    },

    status: ask,

    refunds: REFUNDS,
    async refund(payment, { key, amountMinor, reason }) {
      const answer = await call(`${coreUrl}/v2/${nameOf(payment)}/refund`, {
        method: 'POST',
        headers,
        body: { refund_key: key, amount: Number(amountMinor), reason: cut(reason, REASON_MAX) },
        timeoutMs,
      });
      const code = Number(statusCode(answer.body) ?? answer.status);
      const became = transactionStatus(answer.body);
      if (code === 200 && (became === 'refund' || became === 'partial_refund')) return;
      const refused = (code >= 400 && code < 500) || (code === 202 && became !== null);
      // A refund whose answer was lost makes the next one refused, and by more codes than 406: when it has taken all
      // that was paid, nothing is left that could be modified.
      if (refused && code !== 401 && code !== 404 && (await isMade(payment, key))) return;
      throw new GatewayFault(`Midtrans answered ${code} to a refund`, {
        // 406: they have had this key, and yet list no such refund.
        maybeDone: !refused || answer.status >= 500 || code === 406,
        status: code,
      });
    },

    expire: (payment) => act(payment, 'expire', ['200', '407']),
    cancel: (payment) => act(payment, 'cancel', ['200']),

    read({ rawBody }) {
      const { said, known } = parse(rawBody);
      if (!verify(said, verifyKey)) throw new Refusal('forbidden', 'The signature is not right.');
      if (merchantId && known?.merchant_id && known.merchant_id !== merchantId) {
        throw new Refusal('forbidden', 'This notification is meant for another merchant.');
      }
      return known ? noticesOf(known, rawBody, now()) : [unreadable(said, rawBody)];
    },

    acknowledge: () => ({ status: 200, body: '{"status":"ok"}' }),
  };
}

/** Lowercase hex SHA-512 of order_id + status_code + gross_amount + key, the amount exactly as received. */
export const signature = (
  { order_id, status_code, gross_amount }: Omit<Signed, 'signature_key'>,
  key: string,
): string => hash('sha512', order_id + status_code + gross_amount + key, 'hex');

function verify(said: Signed, key: string): boolean {
  const ours = Buffer.from(signature(said, key));
  const theirs = Buffer.from((said.signature_key ?? '').toLowerCase());
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

/** `known` is null for what may be signed by Midtrans and still is not what their documentation tells. */
function parse(rawBody: Buffer): { said: Signed; known: Body | null } {
  let json: unknown;
  try {
    json = JSON.parse(rawBody.toString('utf8'));
  } catch {
    throw new Refusal('bad-request', 'The body is not valid JSON.');
  }
  const known = body.validate(json);
  if (!known.error) return { said: known.value, known: known.value };
  const said = signed.validate(json);
  if (said.error) throw new Refusal('invalid-input', 'This is not a notification.');
  return { said: said.value, known: null };
}

/** Midtrans' own words all the same, and perhaps about money: kept for a person instead of refused for ever. */
const unreadable = ({ order_id }: Signed, rawBody: Buffer): Notice => ({
  gateway: 'midtrans',
  kind: 'other',
  dedupeKey: `unreadable|${hash('sha256', rawBody, 'hex')}`,
  rawBody,
  reference: order_id,
  detail: 'it has fields that we cannot read',
});

/** What is said, or what a person has to read: `detail` ends a sentence that begins with Midtrans. */
type Saying = Word | { kind: 'other'; detail: string };

/** A notice for each thing that is said. The payment before a refund has a key apart from its own notification's. */
function noticesOf(said: Body, rawBody: Buffer, now: Date): Notice[] {
  const refunds = [
    ...(said.refunds ?? []).map((entry) =>
      [keyOf(entry), entry.refund_amount, entry.bank_confirmed_at ?? ''].join(':'),
    ),
    ...(said.refund_amount === undefined ? [] : [String(said.refund_amount)]),
  ].join(',');
  // With the amount: news of another one must not stand in the way of the right one that follows.
  const dedupeKey = [
    said.order_id,
    ...(said.transaction_id ? [said.transaction_id] : []),
    said.transaction_status.toLowerCase(),
    said.status_code,
    `${said.gross_amount}${said.currency ?? ''}`,
    ...(said.fraud_status ? [said.fraud_status] : []),
    ...(refunds ? [hash('sha256', refunds, 'hex').slice(0, 16)] : []),
  ].join('|');
  const sayings = sayingsOf(said, now);
  return sayings.map((saying, i) => ({
    gateway: 'midtrans',
    dedupeKey: i < sayings.length - 1 ? `${dedupeKey}|paid` : dedupeKey,
    rawBody,
    ...(saying.kind === 'other' ? { ...saying, reference: said.order_id } : saying),
  }));
}

/** The payment, and after it what was given back or taken back of it. */
function sayingsOf(said: Body, now: Date): Saying[] {
  const became = said.transaction_status.toLowerCase();
  const status = paymentStatus(said);
  if (!status) return [{ kind: 'other', detail: `says ${became}` }];
  // With "automatic fee imposition" the gross amount holds a fee we never asked for; the original stands beside it.
  const original = said.metadata?.extra_info?.gross_amount_info?.original_amount;
  const amountMinor = wholeRupiah(original ?? said.gross_amount);
  if (amountMinor === null) {
    return [{ kind: 'other', detail: `says ${became}, and an amount that is not in whole rupiah` }];
  }
  const word: PaymentWord = {
    reference: said.order_id,
    status,
    amountMinor,
    currency: said.currency ?? 'IDR',
    transactionId: said.transaction_id ?? null,
    at: jakartaTime(said.settlement_time ?? said.transaction_time) ?? now,
  };
  const payment: Word = { kind: 'payment', word };
  if (became.endsWith('refund')) return [payment, refundOf(said, amountMinor, now)];
  if (became.endsWith('chargeback')) return [payment, disputeOf(said, amountMinor, now)];
  return [payment];
}

/** All of `refunds` or nothing: what stands there in part only would be booked in part only. */
function refundOf(said: Body, paidMinor: bigint, now: Date): Saying {
  const refunds = refundsOf(said, now);
  const sum = refunds?.reduce((total, { amountMinor }) => total + amountMinor, 0n) ?? 0n;
  if (!refunds || sum === 0n || sum > paidMinor) {
    return { kind: 'other', detail: 'says refund, and amounts that we cannot read for certain' };
  }
  return { kind: 'refund', word: { reference: said.order_id, refunds } };
}

/** Nobody has written down how a part is told; what the bank took must then be told apart from what we gave back. */
function disputeOf(said: Body, paidMinor: bigint, now: Date): Saying {
  const { order_id: reference, transaction_id: key, refund_amount: all, refunds = [] } = said;
  const unclear: Saying = { kind: 'other', detail: 'says chargeback, and not of what for certain' };
  if (!key) return unclear;
  if (said.transaction_status.toLowerCase() === 'chargeback') {
    return { kind: 'dispute', word: { reference, key, amountMinor: null, at: now } };
  }
  const entries = refunds.length > 0 ? refundsOf(said, now) : [];
  const sum =
    refunds.length > 0
      ? entries?.reduce((total, { amountMinor }) => total + amountMinor, 0n)
      : wholeRupiah(all);
  if (!sum || sum > paidMinor || refunds.some(({ refund_key }) => refund_key !== undefined)) return unclear;
  return { kind: 'dispute', word: { reference, key, amountMinor: sum, at: entries?.at(-1)?.at ?? now } };
}

/** Null where one entry cannot be read, two share a key, or they are not all of `refund_amount`. */
function refundsOf({ refunds = [], refund_amount }: Body, now: Date): RefundWord['refunds'] | null {
  const read = refunds.map((entry) => ({
    key: keyOf(entry),
    amountMinor: wholeRupiah(entry.refund_amount) ?? 0n,
    at: jakartaTime(entry.created_at) ?? now,
  }));
  const sum = read.reduce((total, { amountMinor }) => total + amountMinor, 0n);
  const certain =
    read.every(({ key, amountMinor }) => key !== '' && amountMinor > 0n) &&
    new Set(read.map(({ key }) => key)).size === read.length &&
    (refund_amount === undefined || wholeRupiah(refund_amount) === sum);
  return certain ? read : null;
}

/** The key that was sent with it; a refund made on their dashboard has a number alone. Empty where there is neither. */
const keyOf = ({ refund_key, refund_chargeback_id }: Entry): string => {
  const key = refund_key ?? refund_chargeback_id;
  return typeof key === 'string' || typeof key === 'number' ? String(key) : '';
};

/**
 * Midtrans' transaction_status in our words (docs.midtrans.com, "Transaction status cycle"). Their "settlement" means
 * paid, not settled. A card's `capture` counts once fraud screening accepts it. Null for what is no payment's state.
 */
function paymentStatus({ transaction_status, status_code, fraud_status }: Body): PaymentStatus | null {
  const accepted = status_code === '200' && (fraud_status === undefined || fraud_status === 'accept');
  switch (transaction_status.toLowerCase()) {
    case 'settlement':
    case 'capture':
      return accepted ? 'paid' : 'pending';
    // Only what was paid can be given back or taken back.
    case 'refund':
    case 'partial_refund':
    case 'chargeback':
    case 'partial_chargeback':
      return status_code === '200' ? 'paid' : null;
    case 'pending':
      return 'pending';
    case 'authorize':
      return 'authorized';
    case 'deny':
    case 'failure':
      return 'failed';
    case 'expire':
      return 'expired';
    case 'cancel':
      return 'cancelled';
    default:
      return null;
  }
}

/** Midtrans' times carry no zone and are always WIB (+07:00, no daylight saving). */
function jakartaTime(time: unknown): Date | null {
  const parsed = new Date(`${String(time).replace(' ', 'T')}+07:00`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

/** The reverse: `2026-11-23 20:15:00` on a clock in Jakarta. */
const jakartaClock = (time: Date): string =>
  new Date(time.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

const statusCode = (answer: unknown): string | null =>
  typeof answer === 'object' && answer !== null && 'status_code' in answer
    ? String(answer.status_code)
    : null;

const transactionStatus = (answer: unknown): string | null =>
  typeof answer === 'object' && answer !== null && 'transaction_status' in answer
    ? String(answer.transaction_status).toLowerCase()
    : null;

/** Never through the middle of a character that takes two units. */
const cut = (text: string, max: number = NAME_MAX): string =>
  text.slice(0, max).replace(/[\ud800-\udbff]$/, '');

function snapOrder(order: Order, now: Date): unknown {
  const minutes = Math.max(1, Math.floor((order.expiresAt.getTime() - now.getTime()) / 60_000));
  const items = [{ id: 'gift', price: Number(order.giftMinor), quantity: 1, name: cut(order.campaignTitle) }];
  if (order.tipMinor > 0n)
    items.push({ id: 'tip', price: Number(order.tipMinor), quantity: 1, name: 'Tip Sangkuriang' });
  return {
    transaction_details: {
      order_id: order.reference,
      gross_amount: Number(order.giftMinor + order.tipMinor),
    },
    item_details: items,
    customer_details: {
      ...(order.donorName ? { first_name: cut(order.donorName) } : {}),
      ...(order.donorEmail ? { email: order.donorEmail } : {}),
    },
    enabled_payments: ENABLED_PAYMENTS[order.method] ?? [],
    credit_card: { secure: true },
    callbacks: { finish: order.finishUrl },
    expiry: { start_time: `${jakartaClock(now)} +0700`, unit: 'minutes', duration: minutes },
    page_expiry: { unit: 'minutes', duration: minutes },
  };
}
