import { json, Router } from 'express';
import { isAuthorized } from '../basic-auth.ts';
import type { faults } from '../faults.ts';
import type { Orders } from './orders.ts';
import { ACCESS_DENIED, INTERNAL_ERROR, notifyUrls, ORDER_ID_TAKEN, readSnap, snapOrder } from './request.ts';
import { durationMs } from './wire.ts';

const PAGE_EXPIRY_MS = 24 * 3_600_000;

/** Snap's API: an order becomes a token and the address of a payment page. */
export function snap(options: {
  orders: Orders;
  guard: ReturnType<typeof faults>['guard'];
  serverKey: string;
  notifyUrl: string;
  pageUrl: (token: string) => string;
}): Router {
  const { orders, guard, serverKey, notifyUrl, pageUrl } = options;
  const router = Router();

  router.use((req, res, next) => {
    if (isAuthorized(req.headers.authorization, serverKey)) return next();
    res.status(401).json({ error_messages: [ACCESS_DENIED] });
  });
  router.use(json({ limit: '64kb', type: () => true, strict: false }));

  router.post('/transactions', guard('create'), (req, res) => {
    const read = readSnap(req.body);
    if ('messages' in read) {
      res.status(400).json({ error_messages: read.messages });
      return;
    }
    const order = snapOrder(read.value, notifyUrls(req.headers, notifyUrl));
    if (orders.isTaken(order.orderId)) {
      res.status(400).json({ error_messages: [`transaction_details.${ORDER_ID_TAKEN}`] });
      return;
    }
    const { page_expiry: pageExpiry } = read.value;
    const now = Date.now();
    let expiresAt = now + (pageExpiry ? durationMs(pageExpiry.duration, pageExpiry.unit) : PAGE_EXPIRY_MS);
    // With a start of its own the payment ends at a known time, and the page with it.
    if (order.expiry?.startAt !== undefined) {
      expiresAt = Math.min(expiresAt, order.expiry.startAt + order.expiry.durationMs);
    }
    const session = orders.open(order, expiresAt);
    if (!session) {
      res.status(500).json({ error_messages: [INTERNAL_ERROR] });
      return;
    }
    res.status(201).json({ token: session.token, redirect_url: pageUrl(session.token) });
  });

  return router;
}
