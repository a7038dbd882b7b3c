import type { Db } from '../../db/open.ts';
import type { PaymentRow } from '../../db/payments.ts';
import type { PaymentStatus } from '../../protocol/donations.ts';
import type { Gateway, Known, Notice, PaymentWord } from '../gateways/gateway.ts';
import type { Gateways } from './pledge.ts';
import type { Receive } from './receive.ts';

/** A notice may still be on its way when an attempt's time is over; we wait this long before we ask. */
const GRACE_MS = 60_000;
/** Asked again after this long while a gateway cannot say. */
const ASK_AGAIN_MS = 5 * 60_000;
const PER_RUN_MAX = 200;

/**
 * Asks a gateway what became of a payment that it called paid after we had given it up, and books the answer as a
 * notice of its own. One that it does not call paid any more goes before a person. Throws GatewayFault.
 */
export async function ask(
  { db, gateways, receive }: { db: Db; gateways: Gateways; receive: Receive },
  { gateway: name, reference }: { gateway: string; reference: string },
): Promise<PaymentStatus | null> {
  const gateway = gateways[name as keyof Gateways];
  const payment = await db.payments.byReference({ gateway: name, reference });
  if (!gateway || !payment) return null;
  const word = await gateway.status(known(payment));
  if (word?.status === 'paid') await receive([answerOf(gateway, word)]);
  else if (word === null || !OPEN.has(word.status)) await receive([contradictionOf(gateway, payment, word)]);
  return word?.status ?? null;
}

/**
 * Ends attempts whose time is over: asks the gateway, ends them there, and books what it says. One that the gateway
 * never heard of (nothing was chosen on its page) expires by our word. Asks again, too, about those that were called
 * paid late and of which no answer could be had. Returns how many were looked at.
 */
export async function expireAttempts({
  db,
  gateways,
  receive,
  now,
  onFault,
}: {
  db: Db;
  gateways: Gateways;
  receive: Receive;
  now: () => Date;
  onFault(fault: unknown): void;
}): Promise<number> {
  const at = now();
  const due = {
    now: at,
    before: new Date(at.getTime() - GRACE_MS),
    askedBefore: new Date(at.getTime() - ASK_AGAIN_MS),
    limit: PER_RUN_MAX,
  };
  const overdue = await db.payments.takeOverdue(due);
  for (const payment of overdue) {
    const gateway = gateways[payment.gateway];
    if (gateway) await expireOne(gateway, payment, receive, now()).catch(onFault);
  }
  const unanswered = await db.payments.takeUnanswered(due);
  for (const payment of unanswered) await ask({ db, gateways, receive }, payment).catch(onFault);
  return overdue.length + unanswered.length;
}

async function expireOne(gateway: Gateway, payment: PaymentRow, receive: Receive, now: Date): Promise<void> {
  let word = await gateway.status(known(payment));
  if (word === null || OPEN.has(word.status)) {
    await gateway.expire(known(payment));
    word = await gateway.status(known(payment));
  }
  const ours: PaymentWord = {
    reference: payment.reference,
    status: 'expired',
    amountMinor: payment.amount_minor,
    currency: payment.currency,
    transactionId: null,
    at: now,
  };
  if (word === null || !OPEN.has(word.status)) await receive([answerOf(gateway, word ?? ours)]);
}

const OPEN: ReadonlySet<PaymentStatus> = new Set(['created', 'pending', 'authorized']);

const known = ({ reference, gateway_transaction_id: transactionId }: PaymentRow): Known => ({
  reference,
  transactionId,
});

function answerOf(gateway: Gateway, word: PaymentWord): Notice {
  const { reference, status, amountMinor, currency } = word;
  return {
    gateway: gateway.name,
    kind: 'payment',
    dedupeKey: `asked|${reference}|${status}`,
    rawBody: Buffer.from(JSON.stringify({ asked: reference, status, amount: String(amountMinor), currency })),
    word: { ...word, confirmed: true },
  };
}

/** Its key tells the next run that this question is answered. */
const contradictionOf = (gateway: Gateway, { reference }: PaymentRow, word: PaymentWord | null): Notice => ({
  gateway: gateway.name,
  kind: 'other',
  dedupeKey: `asked|${reference}|contradicted`,
  rawBody: Buffer.from(JSON.stringify({ asked: reference, status: word?.status ?? null })),
  reference,
  detail: `it was called paid; asked, the gateway says ${word?.status ?? 'that it knows nothing of it'}`,
});
