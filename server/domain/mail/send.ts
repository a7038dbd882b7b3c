import { acting, type Db } from '../../db/open.ts';
import type { TakenMail } from '../../db/outbox.ts';
import type { Compose } from './compose.ts';
import type { Letter } from './letter.ts';

/** What became of one try: `again` only where the mail certainly did not go out. */
export type Delivery = { how: 'sent' | 'again' | 'failed' | 'unknown'; reason: string | null };
export type Mailer = {
  /** Never throws. `id` stays the same over all tries of one mail, so that whoever gets two can tell. */
  send(mail: { id: string; to: string; letter: Letter }): Promise<Delivery>;
};

/** Mails under way at a time. No more are taken, so that none waits with its lease running behind a slow one. */
const AT_ONCE = 5;
/** Longer than a mailer tries. */
const LEASE_S = 120;
/** Over two days; then the address or our mail server has a problem that patience does not mend. */
export const ATTEMPTS_MAX = 12;
const BACK_OFF_S_MIN = 15;
const BACK_OFF_S_MAX = 6 * 3_600;

/**
 * Sends what is due, in any number of processes at once: each mail is taken by one of them and goes out at most once.
 * A sender that dies in the middle leaves its mails `unknown`: they may have gone out, so a person decides.
 */
export async function sendDue({
  db,
  mailer,
  compose,
  onMail,
}: {
  db: Db;
  mailer: Mailer;
  compose: Compose;
  onMail(template: string, how: string, reason: string | null): void;
}): Promise<number> {
  const lost = await acting(db, 'system', 'mail.give-up', (tx) => tx.outbox.giveUp());
  for (let i = 0; i < lost; i += 1) onMail('any', 'unknown', 'its sender died');
  let sent = 0;
  for (;;) {
    const taken = await acting(db, 'system', 'mail.take', (tx) =>
      tx.outbox.take({ limit: AT_ONCE, leaseSeconds: LEASE_S }),
    );
    if (taken.length === 0) return sent;
    await Promise.all(
      taken.map(async (mail) => {
        const { how, reason } = await one(mail);
        await acting(db, 'system', 'mail.settle', (tx) =>
          how === 'again'
            ? tx.outbox.again(mail.id, backOff(mail.attempts), reason ?? '')
            : tx.outbox.end(mail.id, how, reason),
        );
        onMail(mail.template, how, reason);
        sent += 1;
      }),
    );
  }

  async function one(mail: TakenMail): Promise<Omit<Delivery, 'how'> & { how: Delivery['how'] | 'dropped' }> {
    let letter: Letter | null;
    try {
      letter = await compose(mail);
    } catch (fault) {
      // Nothing has gone out: what was to be read could not be.
      const how = mail.attempts < ATTEMPTS_MAX ? 'again' : 'failed';
      return { how, reason: `it could not be written: ${fault instanceof Error ? fault.name : 'fault'}` };
    }
    if (!letter || !mail.recipient) return { how: 'dropped', reason: null };
    const delivery = await mailer.send({ id: mail.id, to: mail.recipient, letter });
    if (delivery.how === 'again' && mail.attempts >= ATTEMPTS_MAX) return { ...delivery, how: 'failed' };
    return delivery;
  }
}

/** Doubling, with a spread, so that a mail server that comes back is not met by all at once. */
const backOff = (attempts: number): number =>
  Math.min(BACK_OFF_S_MIN * 2 ** (attempts - 1), BACK_OFF_S_MAX) * (0.75 + Math.random() / 2);
