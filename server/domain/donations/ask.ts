import { v7 as uuidv7 } from 'uuid';
import { acting, type Db } from '../../db/open.ts';
import type { PaymentRow } from '../../db/payments.ts';
import type { PaymentStatus } from '../../protocol/donations.ts';
import type { Gateway, Known, Notice, PaymentWord, Word } from '../gateways/gateway.ts';
import type { Gateways } from './pledge.ts';
import type { Receive } from './receive.ts';

/** A notice may still be on its way when an attempt's time is over; we wait this long before we ask. */
const GRACE_MS = 60_000;
/** Asked again after this long while a gateway cannot say. */
const ASK_AGAIN_MS = 5 * 60_000;
const PER_RUN_MAX = 200;

/**
 * Asks a gateway what became of a payment that it called paid after we had given it up, or denied after it was paid, and
 * books the answer as notices of its own. An answer that settles nothing goes before a person. Throws GatewayFault.
 */
export async function ask(
  { db, gateways, receive }: { db: Db; gateways: Gateways; receive: Receive },
  { gateway: name, reference }: { gateway: string; reference: string },
): Promise<PaymentStatus | null> {
  const gateway = gateways[name as keyof Gateways];
  const payment = await db.payments.byReference({ gateway: name, reference });
  if (!gateway || !payment) return null;
  const words = await gateway.status(known(payment));
  const status = statusIn(words);
  if (status === 'paid' || (status !== null && payment.status === 'paid' && !OPEN.has(status))) {
    await receive(words.map((word) => answerOf(gateway, word)));
  } else if (status === null || payment.status === 'paid' || !OPEN.has(status)) {
    await receive([contradictionOf(gateway, payment, status)]);
  }
  return status;
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
  const unanswered = await acting(db, 'system', 'payments.take-unanswered', (tx) =>
    tx.payments.takeUnanswered(due),
  );
  for (const payment of unanswered) await ask({ db, gateways, receive }, payment).catch(onFault);
  return overdue.length + unanswered.length;
}

async function expireOne(gateway: Gateway, payment: PaymentRow, receive: Receive, now: Date): Promise<void> {
  let words = await gateway.status(known(payment));
  if (isOpen(words)) {
    await gateway.expire(known(payment));
    words = await gateway.status(known(payment));
  }
  const ours: PaymentWord = {
    reference: payment.reference,
    status: 'expired',
    amountMinor: payment.amount_minor,
    currency: payment.currency,
    transactionId: null,
    at: now,
  };
  if (words.length === 0) await receive([answerOf(gateway, { kind: 'payment', word: ours })]);
  else if (!isOpen(words)) await receive(words.map((word) => answerOf(gateway, word)));
}

const statusIn = (words: Word[]): PaymentStatus | null => {
  for (const { kind, word } of words) if (kind === 'payment') return word.status;
  return null;
};
const isOpen = (words: Word[]): boolean => {
  const status = statusIn(words);
  return status === null || OPEN.has(status);
};

const OPEN: ReadonlySet<PaymentStatus> = new Set(['created', 'pending', 'authorized']);

const known = ({ reference, gateway_transaction_id: transactionId }: PaymentRow): Known => ({
  reference,
  transactionId,
});

/** The answer as a notice, of its own each time: what it says twice changes nothing the second time. */
export function answerOf(gateway: Gateway, { kind, word }: Word): Notice {
  const { reference } = word;
  const said =
    kind === 'payment'
      ? { status: word.status, amount: `${word.amountMinor}`, currency: word.currency }
      : kind === 'refund'
        ? { refunds: word.refunds.map(({ key, amountMinor }) => `${key}:${amountMinor}`) }
        : { dispute: word.key, amount: word.amountMinor === null ? null : `${word.amountMinor}` };
  const rawBody = Buffer.from(JSON.stringify({ asked: reference, ...said }));
  const about = { gateway: gateway.name, dedupeKey: `asked|${reference}|${uuidv7()}`, rawBody };
  switch (kind) {
    case 'payment':
      return { ...about, kind, word: { ...word, confirmed: true } };
    case 'refund':
      return { ...about, kind, word };
    case 'dispute':
      return { ...about, kind, word };
  }
}

/** Its key tells the next run that this question is answered. */
const contradictionOf = (
  gateway: Gateway,
  { reference, status: known }: PaymentRow,
  status: PaymentStatus | null,
): Notice => ({
  gateway: gateway.name,
  kind: 'other',
  dedupeKey: `asked|${reference}|contradicted`,
  rawBody: Buffer.from(JSON.stringify({ asked: reference, status })),
  reference,
  detail: `it was called ${known === 'paid' ? 'denied' : 'paid'}; asked, the gateway says ${status ?? 'that it knows nothing of it'}`,
});
