import type { Router } from 'express';
import type Joi from 'joi';
import type { WatchedKind } from '../protocol/feeds.ts';
import { feedSchemas, titleOf, WATCHED_KINDS } from '../protocol/schemas/answers/feeds.ts';
import {
  connectError,
  connected,
  done,
  handshake,
  liveSchemas,
  refused,
} from '../protocol/schemas/answers/sockets.ts';
import { authenticate } from '../protocol/schemas/sockets.ts';
import { FEEDS_MAX, type RefusedCode } from '../protocol/sockets.ts';
import { described } from './described.ts';
import { type JsonSchema, jsonSchemas } from './json-schema.ts';

export const asyncApi = ({ publicUrl }: { publicUrl: string }): Router =>
  described('/asyncapi.json', describeLive({ publicUrl }));

/** What a kind of feed is to whoever reads the description. A new kind does not compile until it says so here. */
type Channel = {
  title: string;
  summary: string;
  /** What stands behind the colon of its name. */
  id?: string;
  security: ('token' | 'claimToken')[];
};
const CHANNELS: Record<WatchedKind, Channel> = {
  campaign: {
    title: 'A campaign',
    summary: 'Gifts as they arrive, totals, updates and the end: all that everyone may see.',
    id: 'The id of a campaign.',
    security: [],
  },
  donation: {
    title: 'A donation',
    summary: 'What becomes of one gift, for its donor.',
    id: 'The id of a donation.',
    security: ['claimToken', 'token'],
  },
  owner: {
    title: 'A campaign, as its team sees it',
    summary: 'Every gift with its message, payouts, holds and the review.',
    id: 'The id of a campaign.',
    security: ['token'],
  },
  user: {
    title: 'A user',
    summary: "One's own gifts, and the end of one's sessions.",
    id: "The user's own id.",
    security: ['token'],
  },
  overlay: {
    title: 'An overlay',
    summary: 'What the team says to its overlay: settings, tests, repetitions, and that its link is no more.',
    id: 'The id of an overlay.',
    security: ['claimToken'],
  },
  moderation: {
    title: 'Moderation',
    summary: 'What waits for a moderator.',
    security: ['token'],
  },
  finance: {
    title: 'Finance',
    summary: 'What finance and auditors have to look at.',
    security: ['token'],
  },
};

const REFUSALS: Record<RefusedCode, string> = {
  'bad-request': 'the request is not as described here: mend the program',
  forbidden: 'this person may not: ask again as somebody else',
  'not-found': 'there is no such feed, or not for everyone: ask no more',
  unauthenticated: 'sign in, show a claim token, or renew the token',
  'too-many-feeds': `${FEEDS_MAX} feeds are watched already: leave one first`,
  'too-many-requests': 'slower: again after `retryAfterMs`, with a spread',
  unavailable: 'not now: again after `retryAfterMs`, with a spread',
};

type Message = { name: string; title: string; summary?: string; payload: JsonSchema };
type Reference = { $ref: string };

/** What may be said and heard over Socket.IO, as AsyncAPI 3, from the server's side: it sends news and receives requests. */
export function describeLive({ publicUrl }: { publicUrl: string }) {
  const written = jsonSchemas();
  const { host, protocol } = new URL(publicUrl);

  const message = (name: string, schema: Joi.Schema, title: string, summary?: string): Message => ({
    name,
    title,
    ...(summary === undefined ? {} : { summary }),
    payload: written.of(schema),
  });
  const refusal = message('refused', refused, 'No', refusalsInWords());
  const agreed = message('done', done, 'Yes');

  const channels: Record<string, JsonSchema & { messages: Record<string, Message> }> = {
    connection: {
      address: '/',
      title: 'The connection itself',
      messages: {
        connect: message(
          'connect',
          handshake,
          'Handshake',
          "Socket.IO's `auth`: an access token, or nothing for a guest.",
        ),
        connected: message('connected', connected, 'Welcome'),
        connectError: message(
          'connect_error',
          connectError,
          'Turned away',
          'Connect again after `retryAfterMs`, or with growing waits and a spread.',
        ),
        authenticate: message('authenticate', authenticate, 'Another token, or null to sign out'),
        done: agreed,
        refused: refusal,
      },
    },
  };
  const operations: Record<string, JsonSchema> = {
    connect: request('connection', ['connect'], ['connected', 'connectError']),
    authenticate: {
      ...request('connection', ['authenticate'], ['done', 'refused']),
      summary: 'Renews a token, signs in or out on the open connection. A refusal changes nothing.',
    },
  };

  for (const kind of WATCHED_KINDS) {
    const { title, summary, id, security } = CHANNELS[kind];
    const { watch, unwatch, watched, news, head, viewers } = liveSchemas(kind);
    const told: Record<string, Message> = {
      news: message('news', news, 'Events `from` to `to`, both included'),
      head: message('head', head, 'The number of the last event, said when the feed has been silent'),
      ...(kind === 'campaign' ? { viewers: message('viewers', viewers, 'How many watch it') } : {}),
    };
    const events = feedSchemas(kind).byType.map(([type, schema]): [string, Message] => [
      type,
      message(type, schema, titleOf(type), 'Travels in the `events` of `news` and of the answer to `watch`.'),
    ]);
    channels[kind] = {
      address: id ? `${kind}:{id}` : kind,
      title,
      summary,
      ...(id ? { parameters: { id: { description: id } } } : {}),
      messages: {
        watch: message('watch', watch, 'From where to follow it'),
        watched: message('watched', watched, 'Every event after `since`, or the whole state as of `head`'),
        unwatch: message('unwatch', unwatch, 'No more of it'),
        done: agreed,
        refused: refusal,
        ...told,
        ...Object.fromEntries(events),
      },
    };
    const by = security.map((name) => ref('components', 'securitySchemes', name));
    operations[`watch${titleOf(kind)}`] = {
      ...request(kind, ['watch'], ['watched', 'refused']),
      ...(by.length > 0 ? { security: by } : {}),
    };
    operations[`unwatch${titleOf(kind)}`] = request(kind, ['unwatch'], ['done', 'refused']);
    operations[`tell${titleOf(kind)}`] = {
      action: 'send',
      channel: ref('channels', kind),
      messages: Object.keys(told).map((name) => ref('channels', kind, 'messages', name)),
    };
  }

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Sangkuriang, live',
      version: '1',
      description: INTRODUCTION,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      live: {
        host,
        pathname: '/socket.io',
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        description: 'Socket.IO protocol 5 (its versions 3 and 4), WebSocket only.',
      },
    },
    channels,
    operations,
    components: { schemas: written.schemas, securitySchemes: SECURITY_SCHEMES },
  };
}
export type LiveDescription = ReturnType<typeof describeLive>;

/** A request, and what Socket.IO's acknowledgement of it may hold. */
const request = (channel: string, asked: string[], answers: string[]): JsonSchema => ({
  action: 'receive',
  channel: ref('channels', channel),
  messages: asked.map((name) => ref('channels', channel, 'messages', name)),
  reply: {
    channel: ref('channels', channel),
    messages: answers.map((name) => ref('channels', channel, 'messages', name)),
  },
});

const ref = (...path: string[]): Reference => ({ $ref: `#/${path.join('/')}` });

const refusalsInWords = (): string =>
  Object.entries(REFUSALS)
    .map(([code, words]) => `\`${code}\`: ${words}`)
    .join('. ');

const SECURITY_SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "An access token: `token` in the handshake's `auth`, or later in `authenticate`.",
  },
  claimToken: {
    type: 'apiKey',
    in: 'password',
    description: '`claimToken` of `watch`: what a pledge was answered, for whoever has it.',
  },
};

const INTRODUCTION = `A message's \`name\` is the name of the Socket.IO event, its payload the event's one argument. A reply is what
the acknowledgement is called with. A channel is a feed, watched by its name; many of them share one connection.
Each feed numbers its events from 1 without a gap; a client keeps the number of the last one and the \`epoch\`, and
shows each event once. A \`watch\` without \`since\`, of another \`epoch\` or from too far behind is answered with the
whole \`state\`. Under load, \`news\` of a campaign may leave events out: \`elided\` says how many.`;
