import type { RequestHandler, Response } from 'express';
import type { Scenarios } from './scenarios.ts';
import type { Timers } from './timers.ts';

const BAD_GATEWAY = `<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
`;

/** API calls that are slow or fail on order, each named by what it does (`create`, `status`, ...). */
export function faults(scenarios: Scenarios, timers: Timers) {
  const held = new Set<Response>();

  /** Put before a call's handler; `orderId` is read from the path's `:id` or from the body. */
  const guard =
    (call: string): RequestHandler =>
    (req, res, next) => {
      const orderId = req.params.id ?? req.body?.transaction_details?.order_id;
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
        // The worst kind: the deed is done, and only its answer is late.
        res.json = (body) => {
          held.add(res);
          timers.after(slow.ms ?? 0, () => {
            held.delete(res);
            answer(body);
          });
          return res;
        };
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
