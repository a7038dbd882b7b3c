import { createHash, timingSafeEqual } from 'node:crypto';
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
} from './gateway.ts';

/** Midtrans answers within seconds or not at all; a donor waits no longer than this. */
const TIMEOUT_MS = 8_000;
const NAME_MAX = 50;

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
  refunds?: { refund_key?: string; refund_amount?: string; bank_confirmed_at?: string }[];
  metadata?: { extra_info?: { gross_amount_info?: { original_amount?: unknown } } };
};
type Signed = Pick<Body, 'order_id' | 'status_code' | 'gross_amount' | 'signature_key'>;
const body = Joi.object<Body>({
  order_id: Joi.string().max(50).required(),
  status_code: Joi.string().max(5).required(),
  gross_amount: Joi.string().max(30).required(),
  transaction_status: Joi.string().max(30).required(),
  transaction_id: Joi.string().max(100),
  transaction_time: Joi.string().max(30),
  settlement_time: Joi.string().max(30),
  fraud_status: Joi.string().max(20),
  currency: Joi.string().max(5),
  merchant_id: Joi.string().max(50),
  signature_key: Joi.string().max(200),
  refunds: Joi.array().items(Joi.object().unknown(true)).max(100),
  metadata: Joi.object(),
}).unknown(true);
/** Types are Midtrans' own, so nothing is converted. */
const AS_SENT: Joi.ValidationOptions = { convert: false };
/** What the signature covers: enough to know that a message is Midtrans', if not what it means. */
const signed = Joi.object<Signed>({
  order_id: Joi.string().required(),
  status_code: Joi.string().required(),
  gross_amount: Joi.string().required(),
  signature_key: Joi.string(),
}).unknown(true);

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

    async status(payment) {
      const answer = await core('GET', `/v2/${nameOf(payment)}/status`);
      const code = statusCode(answer.body) ?? String(answer.status);
      if (code === '404') return null;
      const { value, error } = body.validate(answer.body);
      if (error || answer.status >= 500) {
        throw new GatewayFault(`Midtrans answered ${code} to a status question`, {
          maybeDone: false,
          status: answer.status,
        });
      }
      const word = wordOf(value, now());
      if (word?.reference === payment.reference) return word;
      const odd = word ? 'another order' : `${value.transaction_status} and ${value.gross_amount}`;
      throw new GatewayFault(`Midtrans speaks of ${odd}`, { maybeDone: false });
    },

    expire: (payment) => act(payment, 'expire', ['200', '407']),
    cancel: (payment) => act(payment, 'cancel', ['200']),

    read({ rawBody }) {
      const { said, known } = parse(rawBody);
      if (!verify(said, verifyKey)) throw new Refusal('forbidden', 'The signature is not right.');
      if (merchantId && known?.merchant_id && known.merchant_id !== merchantId) {
        throw new Refusal('forbidden', 'This notification is meant for another merchant.');
      }
      return [known ? noticeOf(known, rawBody, now()) : unreadable(said, rawBody)];
    },

    acknowledge: () => ({ status: 200, body: '{"status":"ok"}' }),
  };
}

/** Lowercase hex SHA-512 of order_id + status_code + gross_amount + key, the amount exactly as received. */
export const signature = (
  { order_id, status_code, gross_amount }: Omit<Signed, 'signature_key'>,
  key: string,
): string =>
  createHash('sha512')
    .update(order_id + status_code + gross_amount + key)
    .digest('hex');

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
  const known = body.validate(json, AS_SENT);
  if (!known.error) return { said: known.value, known: known.value };
  const said = signed.validate(json, AS_SENT);
  if (said.error) throw new Refusal('invalid-input', 'This is not a notification.');
  return { said: said.value, known: null };
}

/** Midtrans' own words all the same, and perhaps about money: kept for a person instead of refused for ever. */
const unreadable = ({ order_id }: Signed, rawBody: Buffer): Notice => ({
  gateway: 'midtrans',
  kind: 'other',
  dedupeKey: `unreadable|${createHash('sha256').update(rawBody).digest('hex')}`,
  rawBody,
  reference: order_id,
  detail: 'it has fields that we cannot read',
});

function noticeOf(said: Body, rawBody: Buffer, now: Date): Notice {
  const refunds = (said.refunds ?? [])
    .map((r) => `${r.refund_key}:${r.refund_amount}:${r.bank_confirmed_at ?? ''}`)
    .join(',');
  // With the amount: news of another one must not stand in the way of the right one that follows.
  const dedupeKey = [
    said.order_id,
    ...(said.transaction_id ? [said.transaction_id] : []),
    said.transaction_status.toLowerCase(),
    said.status_code,
    `${said.gross_amount}${said.currency ?? ''}`,
    ...(said.fraud_status ? [said.fraud_status] : []),
    ...(refunds ? [createHash('sha256').update(refunds).digest('hex').slice(0, 16)] : []),
  ].join('|');
  const word = wordOf(said, now);
  if (word) return { gateway: 'midtrans', dedupeKey, rawBody, kind: 'payment', word };
  const status = said.transaction_status.toLowerCase();
  if (paymentStatus(said)) {
    const detail = `says ${status}, and an amount that is not in whole rupiah`;
    return { gateway: 'midtrans', dedupeKey, rawBody, kind: 'other', reference: said.order_id, detail };
  }
  const kind = status.includes('refund') ? 'refund' : status.includes('chargeback') ? 'dispute' : 'other';
  return { gateway: 'midtrans', dedupeKey, rawBody, kind, reference: said.order_id, detail: status };
}

/**
 * Midtrans' transaction_status in our words (docs.midtrans.com, "Transaction status cycle"). Their "settlement" means
 * paid, not settled. A card's `capture` counts once fraud screening accepts it. Null for what is no payment's state, or
 * of an amount that cannot be.
 */
function wordOf(said: Body, now: Date): PaymentWord | null {
  const status = paymentStatus(said);
  // With "automatic fee imposition" the gross amount holds a fee we never asked for; the original stands beside it.
  const original = said.metadata?.extra_info?.gross_amount_info?.original_amount;
  const amountMinor = wholeRupiah(String(original ?? said.gross_amount));
  if (!status || amountMinor === null) return null;
  return {
    reference: said.order_id,
    status,
    amountMinor,
    currency: said.currency ?? 'IDR',
    transactionId: said.transaction_id ?? null,
    at: jakartaTime(said.settlement_time ?? said.transaction_time) ?? now,
  };
}

function paymentStatus({ transaction_status, status_code, fraud_status }: Body): PaymentStatus | null {
  const accepted = status_code === '200' && (fraud_status === undefined || fraud_status === 'accept');
  switch (transaction_status.toLowerCase()) {
    case 'settlement':
    case 'capture':
      return accepted ? 'paid' : 'pending';
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

/** "10000.00" → 10000n. Rupiah has no cents at the gateway; anything else is null, never rounded. */
function wholeRupiah(amount: string): bigint | null {
  const match = /^(\d{1,15})(?:\.0{1,2})?$/.exec(amount);
  return match?.[1] ? BigInt(match[1]) : null;
}

/** Midtrans' times carry no zone and are always WIB (+07:00, no daylight saving). */
function jakartaTime(time: string | undefined): Date | null {
  const parsed = new Date(`${(time ?? '').replace(' ', 'T')}+07:00`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

/** The reverse: `2026-11-23 20:15:00` on a clock in Jakarta. */
const jakartaClock = (time: Date): string =>
  new Date(time.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

const statusCode = (answer: unknown): string | null =>
  typeof answer === 'object' && answer !== null && 'status_code' in answer
    ? String(answer.status_code)
    : null;

/** Never through the middle of a character that takes two units. */
const cut = (name: string): string => name.slice(0, NAME_MAX).replace(/[\ud800-\udbff]$/, '');

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
