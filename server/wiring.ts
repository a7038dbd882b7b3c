import { type Bus, inProcessBus } from './bus.ts';
import { type Config, derive } from './config.ts';
import { closeDb, type Db, openDb } from './db/open.ts';
import { accounts } from './domain/accounts/accounts.ts';
import { followRevocations } from './domain/accounts/follow-revocations.ts';
import { passwords } from './domain/accounts/passwords.ts';
import { revocations } from './domain/accounts/revocations.ts';
import { recallRevocations } from './domain/accounts/revoke.ts';
import { tokens } from './domain/accounts/tokens.ts';
import { pictureEncoder } from './domain/campaigns/picture-encoder.ts';
import { stories } from './domain/campaigns/stories.ts';
import { ask } from './domain/donations/ask.ts';
import { claims } from './domain/donations/claim.ts';
import { receiver } from './domain/donations/receive.ts';
import { judge } from './domain/fraud/judge.ts';
import { tooManyAttempts } from './domain/fraud/velocity.ts';
import { GatewayFault, type Notice } from './domain/gateways/gateway.ts';
import { midtrans } from './domain/gateways/midtrans.ts';
import { unsubscribing } from './domain/updates/unsubscribe.ts';
import { limits } from './http/guards/limit.ts';
import type { Log } from './log.ts';

export type House = Awaited<ReturnType<typeof openHouse>>;

/** Opens everything the doors stand on, once per process. Only mains call it; they hand each door what it uses. */
export async function openHouse(config: Config, { databaseUrl, log }: { databaseUrl: string; log: Log }) {
  const now = () => new Date();
  const db: Db = openDb({ url: databaseUrl, max: config.databasePoolMax });
  const bus: Bus = inProcessBus({ onFault: (fault) => log.fault('bus', fault) });

  const revoked = revocations();
  await recallRevocations({ db, revocations: revoked });
  const unsubscribe = bus.subscribe(revoked.hear);
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
  const hashing = passwords();
  const rendering = stories();

  const gateways = {
    midtrans: midtrans({
      ...config.midtrans,
      now,
      notifyUrl: config.midtrans.simulatorPort === null ? `${config.publicUrl}/webhooks/midtrans` : undefined,
    }),
  };
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
  });

  return {
    now,
    db,
    bus,
    tokens: signing,
    revocations: revoked,
    accounts: accounts({ db, bus, passwords: hashing, tokens: signing, revocations: revoked }),
    stories: rendering,
    encode: pictureEncoder(),
    limits: limits({ factor: config.limitsFactor, onFault: (fault) => log.fault('limits', fault) }),
    claims: claims(derive(config.secret, 'claim tokens')),
    unsubscribing: unsubscribing(derive(config.secret, 'unsubscribing')),
    judge: judge({ tooMany: tooManyAttempts({ db, factor: config.limitsFactor, now }) }),
    gateways,
    receive,
    waiting,
    pageOf: (donationId: string) => `${config.publicUrl}/d/${donationId}`,
    onFault: (fault: unknown) => log.fault(fault instanceof GatewayFault ? 'gateway' : 'house', fault),

    /** After the doors: finishes what is in flight, then lets go of everything in reverse. */
    async close() {
      await idle();
      await Promise.all(asking);
      await idle();
      await Promise.all([rendering.close(), hashing.close()]);
      unfollow();
      unsubscribe();
      await closeDb(db);
    },
  };
}

const referenceOf = (notice: Notice): string | null =>
  notice.kind === 'payment' ? notice.word.reference : notice.reference;
