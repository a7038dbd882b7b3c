import { randomUUID } from 'node:crypto';
import { type Bus, inProcessBus } from './bus.ts';
import { type Config, derive } from './config.ts';
import { closeDb, type Db, openDb } from './db/open.ts';
import { accounts } from './domain/accounts/accounts.ts';
import { followRevocations } from './domain/accounts/follow-revocations.ts';
import { passwords } from './domain/accounts/passwords.ts';
import { askForReset, openReset, resetPassword } from './domain/accounts/reset.ts';
import { revocations } from './domain/accounts/revocations.ts';
import { recallRevocations } from './domain/accounts/revoke.ts';
import { tokens } from './domain/accounts/tokens.ts';
import { askForVerification, verifications, verifyEmail } from './domain/accounts/verification.ts';
import { pictureEncoder } from './domain/campaigns/picture-encoder.ts';
import { stories } from './domain/campaigns/stories.ts';
import { ask } from './domain/donations/ask.ts';
import { claims } from './domain/donations/claim.ts';
import { QUEUE_MAX, receiver } from './domain/donations/receive.ts';
import { judge } from './domain/fraud/judge.ts';
import { tooManyAttempts } from './domain/fraud/velocity.ts';
import { GatewayFault, type Notice, referenceOf } from './domain/gateways/gateway.ts';
import { iris } from './domain/gateways/iris.ts';
import { midtrans } from './domain/gateways/midtrans.ts';
import { composer } from './domain/mail/compose.ts';
import { sendDue } from './domain/mail/send.ts';
import { overlaySecrets } from './domain/overlays/secret.ts';
import { hearPayouts } from './domain/payouts/hear.ts';
import { resumePayouts } from './domain/payouts/send.ts';
import { posters } from './domain/sharing/posters.ts';
import { unsubscribing } from './domain/updates/unsubscribe.ts';
import { inRedis, limits } from './http/guards/limit.ts';
import type { Log } from './log.ts';
import { openMailer } from './mailer.ts';
import type { ResetPasswordRequest } from './protocol/accounts.ts';
import { REVOCATIONS } from './protocol/feeds.ts';
import { openRedis } from './redis.ts';

export type Ground = Awaited<ReturnType<typeof openGround>>;
export type House = Awaited<ReturnType<typeof openHouse>>;

/** An approval may take three calls, and nginx waits 35 s for all of them. */
const PAYOUT_CALL_MS_MAX = 10_000;

type Opening = { databaseUrl: string; log: Log };

/** What every door stands on, and all that the live one needs. Only mains open it; they hand each door what it uses. */
export async function openGround(config: Config, { databaseUrl, log }: Opening) {
  const now = () => new Date();
  const db: Db = openDb({ url: databaseUrl, max: config.databasePoolMax });
  log.watchPool(db.$pool, config.databasePoolMax);
  const redis = config.redisUrl
    ? openRedis({
        url: config.redisUrl,
        onFault: (fault) => log.fault('redis', fault),
        onLost: log.newsLost,
      })
    : null;
  const bus: Bus = redis?.bus() ?? inProcessBus({ onFault: (fault) => log.fault('bus', fault) });

  const revoked = revocations();
  await recallRevocations({ db, revocations: revoked });
  const unsubscribe = bus.subscribe(revoked.hear);
  const leave = bus.follow(REVOCATIONS);
  const unfollow = await followRevocations({
    db,
    revocations: revoked,
    onFault: (fault) => log.fault('revocations', fault),
  });
  const signing = tokens({
    secrets: { a: derive(config.secret, 'access tokens') },
    signWith: 'a',
    revocations: revoked,
  });

  return {
    now,
    db,
    bus,
    redis,
    tokens: signing,
    revocations: revoked,
    claims: claims(derive(config.secret, 'claim tokens')),
    async close() {
      unfollow();
      leave();
      unsubscribe();
      redis?.close();
      await closeDb(db);
    },
  };
}

/** The ground with everything that gives, books, signs in and renders: for the server and the jobs. */
export async function openHouse(config: Config, { databaseUrl, log }: Opening) {
  const ground = await openGround(config, { databaseUrl, log });
  const { now, db, bus, redis, revocations: revoked, tokens: signing } = ground;
  const hashing = passwords();
  const rendering = stories();

  const verifying = verifications(derive(config.secret, 'e-mail verification'));
  const { smtpUrl } = config;
  const mailer =
    smtpUrl === null
      ? null
      : openMailer({ url: smtpUrl, from: config.mailFrom, host: new URL(config.publicUrl).hostname });
  const stopping = unsubscribing(derive(config.secret, 'unsubscribing'));
  const compose = composer({
    db,
    publicUrl: config.publicUrl,
    giftPage: (id) => `${config.publicUrl}/d/${id}#${ground.claims.tokenOf(id)}`,
    openReset: (email) => openReset({ db, now }, email),
    verificationOf: verifying.tokenOf,
    unsubscribingOf: stopping.tokenOf,
  });

  const gateways = {
    midtrans: midtrans({
      ...config.midtrans,
      now,
      notifyUrl: config.midtrans.simulatorPort === null ? `${config.publicUrl}/webhooks/midtrans` : undefined,
    }),
  };
  const payoutGateway = config.iris && iris({ ...config.iris, now, timeoutMs: PAYOUT_CALL_MS_MAX });
  /** As `receive`, of payouts. */
  const hear = (notices: Notice[]) => hearPayouts({ db, bus, payoutGateway, now }, notices);
  const onFault = (fault: unknown) => log.fault(fault instanceof GatewayFault ? 'gateway' : 'house', fault);
  /** Questions to gateways that are under way; a shutdown waits for them. */
  const asking = new Set<Promise<unknown>>();
  const { receive, idle, waiting } = receiver({
    db,
    bus,
    ask(gateway, reference) {
      const question = ask({ db, gateways, receive }, { gateway, reference }).catch((fault) =>
        log.fault('ask', fault),
      );
      asking.add(question);
      void question.finally(() => asking.delete(question));
    },
    onBatch: log.batchBooked,
    onFault: (fault) => log.fault('batch', fault),
    onSetAside: (notice, fault) => log.noticeSetAside(notice.gateway, referenceOf(notice), fault),
    // A figure for a graph, not money: nobody is paid by it.
    onPaid: (gateway, amountMinor) => log.moneyIn(gateway, Number(amountMinor)),
  });
  log.watchQueue({ waiting, max: QUEUE_MAX });
  // There from the start, so that the first gift is seen as a rise.
  for (const gateway of Object.keys(gateways)) log.moneyIn(gateway, 0);

  return {
    ...ground,
    accounts: accounts({ db, bus, passwords: hashing, tokens: signing, revocations: revoked }),
    stories: rendering,
    encode: pictureEncoder(),
    unsubscribing: stopping,
    overlaySecrets: overlaySecrets(derive(config.secret, 'overlay links')),
    limits: limits({
      factor: config.limitsFactor,
      onFault: (fault) => log.fault('limits', fault),
      ...(redis ? { store: inRedis({ client: redis.counters() }) } : {}),
    }),
    posters: posters(),
    judge: judge({ tooMany: tooManyAttempts({ db, factor: config.limitsFactor, now }) }),
    gateways,
    receive,
    payoutGateway,
    hear,
    /** Looks after the payouts under way; null where no gateway pays. */
    resumePayouts: payoutGateway && (() => resumePayouts({ db, bus, payoutGateway, hear, now, onFault })),
    waiting,
    pageOf: (donationId: string) => `${config.publicUrl}/d/${donationId}`,
    recovery: {
      askForReset: (email: string) => askForReset(db, email, randomUUID()),
      resetPassword: (request: ResetPasswordRequest) =>
        resetPassword({ db, bus, passwords: hashing, revocations: revoked, now }, request),
      verifyEmail: (token: string) => verifyEmail({ db, verifications: verifying, now }, token),
    },
    askForVerification: (userId: string) => askForVerification(db, userId, randomUUID()),
    /** Sends the mail that is due; null while nobody said where to. */
    sendMail: mailer && (() => sendDue({ db, mailer, compose, onMail: log.mailEnded })),
    onFault,

    /** After the doors: finishes what is in flight, then lets go of everything in reverse. */
    async close() {
      await idle();
      await Promise.all(asking);
      await idle();
      await Promise.all([rendering.close(), hashing.close()]);
      await ground.close();
    },
  };
}
