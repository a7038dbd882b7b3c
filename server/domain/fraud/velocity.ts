import type { Db } from '../../db/open.ts';
import type { Attempt } from './judge.ts';

/** Within one hour. Many phones share one address behind a provider's network, so an e-mail is held much tighter. */
const WINDOW_MS = 3_600_000;
const PER_NETWORK_MAX = 120;
const PER_EMAIL_MAX = 20;

/** Counts what PostgreSQL already keeps of every attempt, so that it holds across all servers. */
export const tooManyAttempts =
  ({ db, factor, now }: { db: Db; factor: number; now: () => Date }) =>
  async ({ network, emailNormalised }: Attempt): Promise<boolean> => {
    const since = new Date(now().getTime() - WINDOW_MS);
    const { of_network, of_email } = await db.payments.recentAttempts({ network, emailNormalised, since });
    return of_network >= PER_NETWORK_MAX * factor || of_email >= PER_EMAIL_MAX * factor;
  };
