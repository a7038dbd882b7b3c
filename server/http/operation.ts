import { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Db } from '../db/open.ts';

/**
 * For those who run the platform. `/livez` says that this process turns, `/readyz` that it can serve (off while it
 * drains, or while the database does not answer), `/metrics` is for Prometheus and closed to the world by the proxy.
 */
export function operation({
  db,
  metrics,
  draining,
}: {
  db: Db;
  metrics: Registry;
  draining(): boolean;
}): Router {
  const router = Router();
  router.get('/livez', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const database = await db.one('select 1 as ok').then(
      () => true,
      () => false,
    );
    const ready = database && !draining();
    res.set('Cache-Control', 'no-store').status(ready ? 200 : 503);
    res.json({ status: ready ? 'ok' : draining() ? 'draining' : 'unavailable', database });
  });
  router.get('/metrics', async (_req, res) => {
    res
      .set('Cache-Control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.metrics());
  });
  return router;
}
