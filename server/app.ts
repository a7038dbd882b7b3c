import express, { type Express, json } from 'express';
import helmet from 'helmet';
import type { Config } from './config.ts';
import { Refusal } from './domain/refusal.ts';
import { asyncApi } from './http/asyncapi.ts';
import { auth } from './http/auth.ts';
import { boot } from './http/boot.ts';
import { campaigns } from './http/campaigns.ts';
import { crawlers } from './http/crawlers.ts';
import { donations } from './http/donations.ts';
import { embed } from './http/embed.ts';
import { feeds } from './http/feeds.ts';
import { authenticate } from './http/guards/authenticate.ts';
import { limitAll } from './http/guards/limit.ts';
import { observe } from './http/guards/observe.ts';
import { refuseOverload } from './http/guards/overload.ts';
import { me } from './http/me.ts';
import { oembed } from './http/oembed.ts';
import { offline } from './http/offline.ts';
import { og } from './http/og.ts';
import { openApi } from './http/openapi.ts';
import { operation } from './http/operation.ts';
import { overlays } from './http/overlays.ts';
import { pages } from './http/pages.ts';
import { payouts } from './http/payouts.ts';
import { pictures } from './http/pictures.ts';
import { problem } from './http/problem.ts';
import { reader } from './http/reader.ts';
import { refunds } from './http/refunds.ts';
import { settlements } from './http/settlements.ts';
import { statement } from './http/statement.ts';
import { updates } from './http/updates.ts';
import { webhooks } from './http/webhooks.ts';
import type { Log } from './log.ts';
import type { House } from './wiring.ts';

/** A story of 20,000 characters, each escaped as \uXXXX, and room for the rest. */
const BODY_MAX = '200kb';

/** Routes and guards, in the order in which they act. */
export function app(
  house: House,
  { config, log, dist, draining }: { config: Config; log: Log; dist: string; draining(): boolean },
): Express {
  const server = express();
  server.disable('x-powered-by');
  server.disable('etag');
  server.set('trust proxy', config.trustProxy);
  server.set('query parser', 'simple');

  server.use(observe({ trusted: config.trustProxy > 0, onAnswered: log.answered }));
  server.use(
    '/webhooks',
    webhooks({
      gateways: house.gateways,
      receive: house.receive,
      payoutGateway: house.payoutGateway,
      hearPayouts: house.hear,
      onOutcome: log.noticeAnswered,
    }),
  );
  server.use(operation({ db: house.db, metrics: log.metrics, draining }));
  server.use(helmet(SECURITY(config)));
  // The studio shows it in a frame, while it is being set up.
  server.use('/overlay', helmet(SECURITY(config, "'self'")));
  server.use('/pictures', pictures(house));
  server.use('/og', og(house));
  server.use(crawlers({ ...house, publicUrl: config.publicUrl }));

  const allowsOrigin = (origin: string, host: string | undefined) =>
    origin === config.publicUrl || origin.endsWith(`//${host}`);
  const secure = config.publicUrl.startsWith('https:');
  server.use('/api/docs', reader());
  server.use('/api/v1', refuseOverload({ waiting: () => house.db.$pool.waitingCount }));
  server.use('/api/v1', limitAll(house.limits), openApi({ secure }), asyncApi(config));
  server.use('/api/v1/auth', auth({ ...house, secure, allowsOrigin }));
  server.use('/api/v1', authenticate(house), json({ limit: BODY_MAX, strict: true }));
  server.use('/api/v1', me(house));
  server.use('/api/v1/campaigns', campaigns(house));
  server.use('/api/v1', donations(house));
  server.use('/api/v1', updates(house));
  server.use('/api/v1', refunds(house));
  server.use('/api/v1', payouts(house));
  server.use('/api/v1', statement(house));
  server.use('/api/v1', offline(house));
  server.use('/api/v1', settlements({ ...house, platformFeeBp: config.platformFeeBp }));
  server.use('/api/v1', overlays(house));
  server.use('/api/v1', oembed({ ...house, publicUrl: config.publicUrl }));
  server.use('/api/v1/feeds', feeds(house));
  server.use('/api', () => {
    throw new Refusal('not-found', 'There is no such call.');
  });

  server.use(embed({ ...house, dist, publicUrl: config.publicUrl }));
  server.use(pages({ dist, boot: boot({ ...house, publicUrl: config.publicUrl }) }));
  server.use(problem({ onFault: (fault, requestId) => log.fault('http', fault, { requestId }) }));
  return server;
}

/** No script but our own files; sockets to ourselves; nobody frames us but who is named (and server/http/embed.ts). HTTPS is insisted on where we are reached by it. */
const SECURITY = (
  { publicUrl }: Config,
  framedBy: "'none'" | "'self'" = "'none'",
): Parameters<typeof helmet>[0] => {
  const secure = publicUrl.startsWith('https:');
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'", publicUrl.replace(/^http/, 'ws')],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': [framedBy],
        ...(secure ? { 'upgrade-insecure-requests': [] } : {}),
      },
    },
    strictTransportSecurity: secure && { maxAge: 31_536_000 },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
  };
};
