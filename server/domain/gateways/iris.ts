import { createHash, timingSafeEqual } from 'node:crypto';
import Joi from 'joi';
import { Refusal } from '../refusal.ts';
import { type Answer, call } from './call.ts';
import { GatewayFault, type Notice, type PayoutGateway, type PayoutWord } from './gateway.ts';
import { wholeRupiah } from './rupiah.ts';

/** Iris answers within seconds or not at all. A check of an account waits for its bank. */
const TIMEOUT_MS = 15_000;
const REASON_MAX = 255;
/** Before our key in a payout's notes, which are all of ours that Iris repeats. */
const NOTES_MARK = 'SK ';

const STATUSES: readonly string[] = [
  'queued',
  'approved',
  'processed',
  'completed',
  'failed',
  'rejected',
] satisfies PayoutWord['status'][];
const isStatus = (status: string): status is PayoutWord['status'] => STATUSES.includes(status);

/** What is read of a notification or of GET /payouts/{reference_no}; Iris may add fields, so unknown ones pass here. */
type Body = {
  reference_no: string;
  amount: string;
  status: string;
  notes?: string | null;
  updated_at?: string | null;
  error_code?: string | null;
  error_message?: string | null;
};
const text = (max: number) => Joi.string().max(max).allow('', null);
const body = Joi.object<Body, true>({
  reference_no: Joi.string().max(100).required(),
  amount: Joi.string().max(30).required(),
  status: Joi.string().max(30).required(),
  notes: text(1_000),
  updated_at: text(50),
  error_code: text(100),
  error_message: text(2_000),
}).unknown(true);
const created = Joi.object<{ payouts: { reference_no: string }[] }, true>({
  payouts: Joi.array()
    .items(Joi.object({ reference_no: Joi.string().max(100).required() }).unknown(true))
    .length(1)
    .required(),
}).unknown(true);
const banks = Joi.object<{ beneficiary_banks: { code: string; name: string }[] }, true>({
  beneficiary_banks: Joi.array()
    .items(
      Joi.object({
        code: Joi.string().max(50).required(),
        name: Joi.string().max(200).required(),
      }).unknown(true),
    )
    .max(1_000)
    .required(),
}).unknown(true);
const holder = Joi.object<{ account_name: string }, true>({
  account_name: Joi.string().trim().max(200).required(),
}).unknown(true);
/** Types are Iris' own, so nothing is converted. */
const AS_SENT: Joi.ValidationOptions = { convert: false };

/**
 * Midtrans Iris, now called Payouts. Its two keys are two people: the creator's enters and asks, the approver's lets
 * money go. `merchantKey` is what notifications are signed with.
 */
export function iris({
  creatorKey,
  approverKey,
  merchantKey,
  url,
  now = () => new Date(),
  timeoutMs = TIMEOUT_MS,
}: {
  creatorKey: string;
  approverKey: string;
  merchantKey: string;
  /** `https://app.midtrans.com/iris/api/v1` in production. */
  url: string;
  now?: () => Date;
  timeoutMs?: number;
}): PayoutGateway {
  const as = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });
  const creator = as(creatorKey);
  const approver = as(approverKey);
  const ask = (path: string) => call(`${url}${path}`, { method: 'GET', headers: creator, timeoutMs });

  async function status(gatewayReference: string): Promise<PayoutWord | null> {
    const answer = await ask(`/payouts/${encodeURIComponent(gatewayReference)}`);
    if (answer.status === 404) return null;
    const { value, error } = body.validate(answer.body, AS_SENT);
    if (error || answer.status !== 200) throw refused(answer, 'a question about a payout');
    if (value.reference_no !== gatewayReference) {
      throw new GatewayFault('Iris speaks of another payout', { maybeDone: false });
    }
    const word = wordOf(value, now());
    if (word) return word;
    throw new GatewayFault('Iris says of a payout what we cannot read', { maybeDone: false });
  }

  /**
   * Says yes or no to a payout. One that was answered that way already counts as done: an earlier answer to us may have
   * been lost, or a person was faster on their dashboard.
   */
  async function decide(
    gatewayReference: string,
    decision: { path: string; more: Record<string, string>; done: PayoutWord['status'][] },
  ): Promise<void> {
    const answer = await call(`${url}/payouts/${decision.path}`, {
      method: 'POST',
      headers: approver,
      body: { reference_nos: [gatewayReference], ...decision.more },
      timeoutMs,
    });
    if (isSuccess(answer) && (answer.body as { status?: unknown } | null)?.status === 'ok') return;
    const fault = refused(answer, `a call to ${decision.path}`);
    if (answer.status >= 500 || answer.status === 401 || answer.status === 403) throw fault;
    const known = await status(gatewayReference).catch((asked: unknown) => {
      if (asked instanceof GatewayFault) return null;
      throw asked;
    });
    if (known && decision.done.includes(known.status)) return;
    // Refused, it waits still or was decided otherwise. What they know nothing of may be too new to be asked about.
    throw known ? fault : unsure(fault);
  }

  return {
    name: 'iris',

    async banks() {
      const answer = await ask('/beneficiary_banks');
      const { value, error } = banks.validate(answer.body, AS_SENT);
      if (error || answer.status !== 200) throw refused(answer, 'a question about banks');
      return value.beneficiary_banks.map(({ code, name }) => ({ code, name }));
    },

    async holderOf({ bank, number }) {
      const answer = await ask(`/account_validation?${new URLSearchParams({ bank, account: number })}`);
      const { value, error } = holder.validate(answer.body);
      if (!error && answer.status === 200) return value.account_name;
      // 400 with `errors` is how it says that there is no such account, or no such bank.
      if (answer.status === 404 || (answer.status === 400 && hasErrors(answer.body))) return null;
      throw refused(answer, 'a question about an account');
    },

    async create({ key, bank, number, holder: name, amountMinor }) {
      const answer = await call(`${url}/payouts`, {
        method: 'POST',
        headers: { ...creator, 'x-idempotency-key': key },
        body: {
          payouts: [
            {
              beneficiary_name: name,
              beneficiary_account: number,
              beneficiary_bank: bank,
              amount: String(amountMinor),
              notes: `${NOTES_MARK}${key}`,
            },
          ],
        },
        timeoutMs,
      });
      const { value, error } = created.validate(answer.body, AS_SENT);
      const [payout] = error || !isSuccess(answer) ? [] : value.payouts;
      if (!payout) throw refused(answer, 'a new payout');
      return { gatewayReference: payout.reference_no };
    },

    approve: (gatewayReference) =>
      decide(gatewayReference, {
        path: 'approve',
        more: {},
        // One that failed was approved before.
        done: ['approved', 'processed', 'completed', 'failed'],
      }),

    reject: (gatewayReference, reason) =>
      decide(gatewayReference, {
        path: 'reject',
        more: { reject_reason: reason.slice(0, REASON_MAX).replace(/[\ud800-\udbff]$/, '') },
        done: ['rejected'],
      }),

    status,

    read({ rawBody, headers }) {
      if (!verify(rawBody, headers['iris-signature'], merchantKey)) {
        throw new Refusal('forbidden', 'The signature is not right.');
      }
      return [noticeOf(rawBody, now())];
    },

    acknowledge: () => ({ status: 200, body: '{"status":"ok"}' }),
  };
}

/**
 * Lowercase hex SHA-512 of the body as it was sent and the merchant key (docs.midtrans.com, "Validating Payout
 * Notification").
 */
export const signature = (rawBody: Buffer, merchantKey: string): string =>
  createHash('sha512').update(rawBody).update(merchantKey).digest('hex');

function verify(rawBody: Buffer, given: string | string[] | undefined, merchantKey: string): boolean {
  const ours = Buffer.from(signature(rawBody, merchantKey));
  const theirs = Buffer.from(String(given ?? '').toLowerCase());
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

/** What is signed and says nothing of a payout that we can read is kept for a person. */
function noticeOf(rawBody: Buffer, now: Date): Notice {
  const said = parse(rawBody);
  const { value, error } = body.validate(said, AS_SENT);
  if (error) {
    const dedupeKey = `unreadable|${createHash('sha256').update(rawBody).digest('hex')}`;
    const topup = typeof said === 'object' && said !== null && 'status' in said && said.status === 'topup';
    const detail = topup ? 'says that the balance was topped up' : 'it has fields that we cannot read';
    return { gateway: 'iris', dedupeKey, rawBody, kind: 'other', reference: null, detail };
  }
  const status = value.status.toLowerCase();
  const dedupeKey = [value.reference_no, status, value.amount, value.error_code ?? ''].join('|');
  const word = wordOf(value, now);
  if (word) return { gateway: 'iris', dedupeKey, rawBody, kind: 'payout', word };
  const detail = isStatus(status)
    ? `says ${status}, and an amount that is not in whole rupiah`
    : `says ${status}`;
  return { gateway: 'iris', dedupeKey, rawBody, kind: 'other', reference: value.reference_no, detail };
}

function parse(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return null;
  }
}

/** Null for a status that nobody has described, or an amount that cannot be. */
function wordOf(said: Body, now: Date): PayoutWord | null {
  const status = said.status.toLowerCase();
  const amountMinor = wholeRupiah(said.amount);
  if (!isStatus(status) || amountMinor === null) return null;
  return {
    gatewayReference: said.reference_no,
    key: said.notes?.startsWith(NOTES_MARK) ? said.notes.slice(NOTES_MARK.length) : null,
    status,
    amountMinor,
    at: timeOf(said.updated_at) ?? now,
    reason: (said.error_message || said.error_code || '').slice(0, REASON_MAX) || null,
  };
}

/** Their times are ISO 8601 with a zone; one without would be read as our own clock's. */
function timeOf(time: string | null | undefined): Date | null {
  const parsed = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(time ?? '') ? (time ?? '') : Number.NaN);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;
const hasErrors = (said: unknown): boolean => typeof said === 'object' && said !== null && 'errors' in said;

/** Their own message is not repeated: it may hold a name or an account number. */
const refused = (answer: Answer, what: string): GatewayFault =>
  new GatewayFault(`Iris answered ${answer.status} to ${what}`, {
    maybeDone: isSuccess(answer) || answer.status >= 500,
    status: answer.status,
  });
const unsure = (fault: GatewayFault): GatewayFault =>
  new GatewayFault(fault.message, { maybeDone: true, status: fault.status });
