import Joi from 'joi';
import type { Head, News, WatchedKind } from '../../feeds.ts';
import {
  type ClientEvents,
  type Handshake,
  REFUSED_CODES,
  type Refused,
  type ServerEvents,
  type Watched,
} from '../../sockets.ts';
import { feedNameOf } from '../feeds.ts';
import { watch } from '../sockets.ts';
import { feedSchemas, titleOf } from './feeds.ts';
import { count } from './parts.ts';

/** What the socket says, each message and each acknowledgement. */

const yes = Joi.boolean().valid(true).required();
const epoch = Joi.string().required();

export const refused = Joi.object<Refused, true>({
  ok: Joi.boolean().valid(false).required(),
  code: Joi.string()
    .valid(...REFUSED_CODES)
    .required(),
  retryAfterMs: count(),
}).meta({ schemaName: 'Refused' });
export const done = Joi.object<{ ok: true }, true>({ ok: yes }).meta({ schemaName: 'Done' });

export const handshake = Joi.object<Handshake, true>({ token: Joi.string().allow(null) })
  .unknown()
  .meta({ schemaName: 'Handshake' });
/** Socket.IO's own answers to a handshake. */
export const connected = Joi.object<{ sid: string }, true>({ sid: Joi.string().required() }).unknown();
export const connectError = Joi.object<{ message: string; data: Refused }, true>({
  message: Joi.string().required(),
  data: refused.required(),
});

/** A state is whatever its kind of feed holds. */
type Told = Omit<News, 'state'> & { state?: object };

/** The messages about feeds of one kind: requests, the answer to `watch`, and what is told. */
export function liveSchemas(kind: WatchedKind) {
  const { event, state } = feedSchemas(kind);
  const feed = feedNameOf(kind).required();
  const events = Joi.array().items(event);
  const at = { ok: yes, epoch, head: count().required() };
  const asked = {
    watch: watch.keys({ feed }).meta({ schemaName: titleOf('watch', kind) }),
    unwatch: Joi.object<{ feed: string }, true>({ feed }),
  } satisfies Record<Exclude<keyof ClientEvents, 'authenticate'>, Joi.Schema>;
  const told = {
    news: Joi.object<Told, true>({
      feed,
      epoch,
      from: count().required(),
      to: count().required(),
      events: events.required(),
      state,
      elided: count(),
    }).meta({ schemaName: titleOf(kind, 'news') }),
    head: Joi.object<Head, true>({ feed, epoch, head: count().required() }),
    viewers: Joi.object<Parameters<ServerEvents['viewers']>[0], true>({ feed, count: count().required() }),
  } satisfies Record<keyof ServerEvents, Joi.Schema>;
  const watched = Joi.alternatives()
    .try(
      Joi.object<Watched>({ ...at, events: events.required() }),
      Joi.object<Watched>({ ...at, state: state.required() }),
    )
    .meta({ schemaName: titleOf(kind, 'watched') });
  return { ...asked, ...told, watched };
}
