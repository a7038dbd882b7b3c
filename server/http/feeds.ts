import { Router } from 'express';
import Joi from 'joi';
import type { Db } from '../db/open.ts';
import type { Claims } from '../domain/donations/claim.ts';
import { mayWatch, readFeed } from '../domain/feeds/watch.ts';
import { Refusal } from '../domain/refusal.ts';
import { CATCH_UP_MAX, type FeedPage } from '../protocol/feeds.ts';
import { feedName, feedQuery } from '../protocol/schemas/feeds.ts';
import { principalOf } from './guards/authenticate.ts';
import { check } from './guards/check.ts';

export const byFeed = Joi.object<{ feed: string }, true>({ feed: feedName.required() });

/** The socket's answers over plain HTTP, for whoever polls: the same events, epochs and rules. */
export function feeds({ db, claims }: { db: Db; claims: Claims }): Router {
  const router = Router();
  router.get('/:feed/events', async (req, res) => {
    const { feed } = check(byFeed, req.params);
    const { epoch, since, limit } = check(feedQuery, req.query);
    const principal = principalOf(res);
    if (!(await mayWatch({ db, claims }, { principal, feed, claimToken: req.get('x-claim-token') }))) {
      throw principal.kind === 'guest'
        ? new Refusal('unauthenticated', 'Sign in to watch this.')
        : new Refusal('forbidden', 'This is not yours to watch.');
    }
    const reading = await readFeed(db, feed, since ?? null);
    if (!reading) throw new Refusal('not-found', 'There is no such feed.');
    const { head, events, state } = reading;
    // A reader too far behind gets the state: a list with a hole in it would be worse than none.
    const follows =
      since !== undefined &&
      since <= head &&
      head - since <= CATCH_UP_MAX &&
      (epoch ?? reading.epoch) === reading.epoch;
    const page: FeedPage = follows
      ? { epoch: reading.epoch, head, events: events.slice(0, limit) }
      : { epoch: reading.epoch, head, events: [], state };
    res.set('Cache-Control', 'no-store').json(page);
  });
  return router;
}
