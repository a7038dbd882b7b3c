import { Router, raw } from 'express';
import type { Gateways } from '../domain/donations/pledge.ts';
import type { Receive } from '../domain/donations/receive.ts';
import type { Outcome, PayoutGateway } from '../domain/gateways/gateway.ts';
import { Refusal } from '../domain/refusal.ts';

/** Far above any documented notification, and what the inbox table takes. */
const NOTICE_BYTES_MAX = 256 * 1024;

/** Where gateways speak to us. Answered only after the commit, so that what is answered 2xx is booked. */
export function webhooks({
  gateways,
  receive,
  payoutGateway,
  hearPayouts,
  onOutcome,
}: {
  gateways: Gateways;
  receive: Receive;
  payoutGateway: PayoutGateway | null;
  hearPayouts: Receive;
  onOutcome(gateway: string, outcome: Outcome): void;
}): Router {
  const router = Router();
  // Raw bytes: a signature covers what was sent, not what we parsed from it. No gateway packs them, so nothing is
  // unpacked for whoever is not one.
  const bytes = raw({ type: () => true, limit: NOTICE_BYTES_MAX, inflate: false });
  router.post('/:gateway', bytes, async (req, res) => {
    const { gateway: name } = req.params;
    const pays = name === payoutGateway?.name;
    const incoming = Object.hasOwn(gateways, name) ? gateways[name as keyof Gateways] : undefined;
    const gateway = pays ? payoutGateway : incoming;
    if (!gateway) throw new Refusal('not-found', 'No such gateway.');
    const rawBody = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const notices = gateway.read({ rawBody, headers: req.headers, path: req.originalUrl });
    const outcomes = await (pays ? hearPayouts : receive)(notices);
    for (const outcome of outcomes) onOutcome(gateway.name, outcome);
    const { status, body } = gateway.acknowledge(outcomes);
    res.status(status).type('application/json').send(body);
  });
  router.use(() => {
    throw new Refusal('not-found', 'Gateways speak here, and they POST.');
  });
  return router;
}
