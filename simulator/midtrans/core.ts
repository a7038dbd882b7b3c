import { randomUUID } from 'node:crypto';
import { json, type RequestHandler, type Response, Router } from 'express';
import Joi from 'joi';
import { isAuthorized } from '../basic-auth.ts';
import type { faults } from '../faults.ts';
import { qrPicture } from '../qr.ts';
import type { Scenarios } from '../scenarios.ts';
import { quirk } from '../teller.ts';
import { answerBody, type Merchant, refundBody, statusBody } from './body.ts';
import { chargedMethod } from './methods.ts';
import type { Orders } from './orders.ts';
import {
  ACCESS_DENIED,
  chargeOrder,
  INTERNAL_ERROR,
  notifyUrls,
  ORDER_ID_TAKEN,
  readCharge,
} from './request.ts';
import type { Transaction } from './transaction.ts';
import { amount } from './wire.ts';

const IDEMPOTENCY_KEYS_MAX = 10_000;
const IDEMPOTENCY_TTL_MS = 5 * 60_000;
/** A longer key is ignored without a word, says the documentation. */
const IDEMPOTENCY_KEY_LENGTH_MAX = 46;

const CHARGED: Record<string, string> = {
  bank_transfer: 'Success, Bank Transfer transaction is created',
  permata: 'Success, PERMATA VA transaction is successful',
  echannel: 'OK, Mandiri Bill transaction is successful',
  gopay: 'GO-PAY billing created',
  qris: 'QRIS transaction is created',
  ovo: 'Ovo transaction is created',
  shopeepay: 'ShopeePay transaction is created',
  cstore: 'Success, cstore transaction is successful',
};

const REFUSALS = {
  '406': 'Duplicate refund ID',
  '412': 'Merchant cannot modify the status of the transaction',
  '414': 'Refund request is rejected due to invalid amount',
};

const refundSchema = Joi.object<{ refund_key?: string; amount?: number; reason?: string }, true>({
  refund_key: Joi.string().max(255),
  amount: Joi.number().integer(),
  reason: Joi.string().max(255).allow(''),
}).unknown();

export type CoreHttpStatus = 'always-200' | 'as-body';

/** The Core API: charge, status, and what a merchant may do to a transaction. */
export function core(options: {
  orders: Orders;
  scenarios: Scenarios;
  guard: ReturnType<typeof faults>['guard'];
  merchant: Merchant;
  notifyUrl: string;
  baseUrl: string;
  pageUrl: (token: string) => string;
  /** Whether a refusal's status_code is the HTTP status too: nobody has written down what the real one does. */
  httpStatus: CoreHttpStatus;
}): Router {
  const { orders, scenarios, guard, merchant, notifyUrl, baseUrl, pageUrl, httpStatus } = options;
  const router = Router();

  function refuse(res: Response, code: string, message: string, more: Record<string, unknown> = {}) {
    const http = httpStatus === 'as-body' ? Number(code) : 200;
    res.status(http).json({ status_code: code, status_message: message, id: randomUUID(), ...more });
  }

  function transactionOf(id: string | string[] | undefined, res: Response): Transaction | undefined {
    const transaction = orders.find(String(id));
    if (!transaction) refuse(res, '404', "Transaction doesn't exist.");
    return transaction;
  }

  // The picture behind generate-qr-code is fetched by the customer's browser, which has no key.
  router.get('/:kind/:id/qr-code', (req, res, next) => {
    if (req.params.kind !== 'gopay' && req.params.kind !== 'qris') return next();
    const transaction = orders.find(req.params.id);
    if (!transaction) return next();
    res.type('svg').send(qrPicture(transaction.transactionId));
  });

  router.use((req, res, next) => {
    if (isAuthorized(req.headers.authorization, merchant.serverKey)) return next();
    res.status(401).json({ status_code: '401', status_message: ACCESS_DENIED, id: randomUUID() });
  });
  // The official SDK posts the word null where a call has no body.
  router.use(json({ limit: '64kb', type: () => true, strict: false }));
  router.use(idempotency());

  router.post('/charge', guard('charge'), (req, res) => {
    const read = readCharge(req.body);
    if ('messages' in read) {
      refuse(res, '400', 'One or more parameters in the payload is invalid.', {
        validation_messages: read.messages,
      });
      return;
    }
    const { payment_type: paymentType, bank_transfer, cstore } = read.value;
    const method = chargedMethod({
      paymentType,
      ...(bank_transfer ? { bank: bank_transfer.bank } : {}),
      ...(cstore ? { store: cstore.store } : {}),
    });
    if (!method) {
      refuse(res, '400', 'One or more parameters in the payload is invalid.', {
        validation_messages: [CHARGED[paymentType] ? 'bank or store is invalid' : 'payment_type is invalid'],
      });
      return;
    }
    const urls = notifyUrls(req.headers, notifyUrl);
    const transaction = orders.charge(chargeOrder(read.value, method, urls), method);
    if (transaction === undefined) return refuse(res, '500', INTERNAL_ERROR);
    if (transaction === 'taken') return refuse(res, '406', ORDER_ID_TAKEN);
    res.json({
      ...answerBody(transaction, merchant, CHARGED[paymentType] ?? ''),
      ...actions(transaction),
    });
  });

  /** Where the customer goes on: a picture to scan, an app to open. */
  function actions({ transactionId, method, order }: Transaction): Record<string, unknown> {
    const own = `${baseUrl}/${transactionId}`;
    const page = pageUrl(orders.order(order.orderId)?.sessions.at(-1)?.token ?? '');
    const qr = {
      name: 'generate-qr-code',
      method: 'GET',
      url: `${baseUrl}/${method.paymentType}/${transactionId}/qr-code`,
    };
    const deeplink = { name: 'deeplink-redirect', method: 'GET', url: page };
    switch (method.name) {
      case 'gopay':
        return {
          actions: [
            qr,
            { ...qr, name: 'generate-qr-code-v2' },
            deeplink,
            { name: 'get-status', method: 'GET', url: `${own}/status` },
            { name: 'cancel', method: 'POST', url: `${own}/cancel` },
          ],
        };
      case 'other_qris':
        return { actions: [qr], qr_string: `SIMULASI.${transactionId}` };
      case 'shopeepay':
        return { actions: [deeplink] };
      default:
        return {};
    }
  }

  router.get('/:id/status', guard('status'), (req, res) => {
    const transaction = transactionOf(req.params.id, res);
    if (transaction) res.json(statusBody(transaction, merchant));
  });

  router.get('/:id/status/b2b', guard('status'), (req, res) => {
    const transaction = transactionOf(req.params.id, res);
    if (!transaction) return;
    res.json({
      status_code: '200',
      status_message: 'Success, B2B transactions are found',
      id: randomUUID(),
      transactions: [statusBody(transaction, merchant)],
    });
  });

  const act =
    (work: (transaction: Transaction) => boolean, message: string): RequestHandler<{ id: string }> =>
    (req, res) => {
      const transaction = transactionOf(req.params.id, res);
      if (!transaction) return;
      if (!work(transaction)) return refuse(res, '412', REFUSALS['412']);
      res.json(answerBody(transaction, merchant, message));
    };

  router.post(
    '/:id/cancel',
    guard('cancel'),
    act((transaction) => orders.move(transaction, 'cancel'), 'Success, transaction is canceled'),
  );
  router.post(
    '/:id/expire',
    guard('expire'),
    // DANA knows status, refund and cancel, and nothing else.
    act(
      (transaction) => !transaction.method.byTransactionIdOnly && orders.move(transaction, 'expire'),
      'Success, transaction has expired',
    ),
  );
  router.post(
    '/:id/approve',
    guard('approve'),
    act((transaction) => orders.review(transaction, true), 'Success, transaction is approved'),
  );
  router.post(
    '/:id/deny',
    guard('deny'),
    act((transaction) => orders.review(transaction, false), 'Success, transaction is denied'),
  );

  const refund =
    (method: 'online' | 'offline'): RequestHandler<{ id: string }> =>
    (req, res) => {
      const transaction = transactionOf(req.params.id, res);
      if (!transaction) return;
      const { value, error } = refundSchema.validate(req.body ?? {}, { convert: false });
      if (error) return refuse(res, '414', REFUSALS['414']);
      if (transaction.status === 'settlement' && quirk(transaction, 'refund-denied', scenarios)) {
        res.json({
          ...answerBody(transaction, merchant, 'Refund denied by the bank'),
          status_code: '202',
          refund_amount: amount(0),
          refund_key: value.refund_key,
        });
        return;
      }
      const made = orders.refund(transaction, {
        method,
        ...(value.refund_key === undefined ? {} : { key: value.refund_key }),
        ...(value.amount === undefined ? {} : { amount: value.amount }),
        ...(value.reason === undefined ? {} : { reason: value.reason }),
      });
      if (typeof made === 'string') return refuse(res, made, REFUSALS[made]);
      res.json(refundBody(transaction, merchant, made));
    };

  router.post('/:id/refund', guard('refund'), refund('offline'));
  router.post('/:id/refund/online/direct', guard('refund'), refund('online'));

  return router;
}

/** A repeated POST with the same key gets the first answer again, if that was a success; 202 while it works. */
function idempotency(): RequestHandler {
  const answers = new Map<string, { at: number; answer?: unknown }>();
  return (req, res, next) => {
    const key = req.get('idempotency-key');
    if (req.method !== 'POST' || !key || key.length > IDEMPOTENCY_KEY_LENGTH_MAX) return next();
    const known = answers.get(key);
    if (known && Date.now() - known.at < IDEMPOTENCY_TTL_MS) {
      if (known.answer !== undefined) {
        res.json(known.answer);
      } else {
        const message = 'Request with the same idempotency key is still being processed';
        res.status(202).json({ status_code: '202', status_message: message, id: randomUUID() });
      }
      return;
    }
    const mine: { at: number; answer?: unknown } = { at: Date.now() };
    answers.delete(key);
    answers.set(key, mine);
    const [oldest] = answers.keys();
    if (answers.size > IDEMPOTENCY_KEYS_MAX && oldest !== undefined) answers.delete(oldest);
    const send = res.json.bind(res);
    res.json = (body) => {
      const code = Number(body?.status_code);
      if (code < 300 || code === 407) mine.answer = body;
      return send(body);
    };
    res.on('close', () => {
      if (mine.answer === undefined && answers.get(key) === mine) answers.delete(key);
    });
    next();
  };
}
