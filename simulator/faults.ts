import type { Request, RequestHandler, Response } from 'express';
import type { Scenarios } from './scenarios.ts';
import type { Timers } from './timers.ts';

const page = (title: string) => `<html>
<head><title>${title}</title></head>
<body>
<center><h1>${title}</h1></center>
<hr><center>nginx</center>
</body>
</html>
`;
const BAD_GATEWAY = page('502 Bad Gateway');
const GATEWAY_TIMEOUT = page('504 Gateway Time-out');

/**
 * API calls that are slow or fail on order, each named by what it does (`create`, `status`, ...). `idOf` reads whom a
 * call is about.
 */
export function faults(scenarios: Scenarios, timers: Timers, idOf: (req: Request) => unknown) {
  const held = new Set<Response>();

  /** Put before a call's handler. */
  const guard =
    (call: string): RequestHandler =>
    (req, res, next) => {
      const orderId = idOf(req);
      const fits = { call, ...(typeof orderId === 'string' ? { orderId } : {}) };
      const answer = res.json.bind(res);

      const broken = scenarios.take('error-500', fits);
      if (broken) {
        const fail = () => res.status(502).type('html').send(BAD_GATEWAY);
        if (!broken.applied) return void fail();
        res.json = fail;
      }
      const slow = scenarios.take('timeout', fits);
      if (slow) {
        const later = (work: () => void) => {
          held.add(res);
          timers.after(slow.ms ?? 0, () => {
            held.delete(res);
            work();
          });
          return res;
        };
        if (slow.applied === false)
          return void later(() => res.status(504).type('html').send(GATEWAY_TIMEOUT));
        // The worst kind: the deed is done, and only its answer is late.
        res.json = (body) => later(() => void answer(body));
      }
      next();
    };

  return {
    guard,
    /** Hangs up on whoever still waits for a late answer. */
    close() {
      for (const res of held) res.socket?.destroy();
    },
  };
}
