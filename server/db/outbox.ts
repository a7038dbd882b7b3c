import type { IBaseProtocol } from 'pg-promise';
import type { Locale } from '../protocol/accounts.ts';
import { prepared, sql } from './sql.ts';

/** Mail to an address, or to an account's address at the time of sending, in the account's language if none is said. */
export type NewMail = {
  /** What is queued under a key is queued once. */
  key: string;
  template: string;
  /** Ids, and never words: what a mail says is read when it is sent. */
  data?: Record<string, string>;
  locale?: Locale;
} & ({ to: string } | { userId: string });
export type TakenMail = {
  id: string;
  template: string;
  data: Record<string, string>;
  /** This one included. */
  attempts: number;
  recipient: string | null;
  locale: Locale;
  /** Of the account; empty where there is none. */
  name: string;
  user_id: string | null;
};
export type MailEnd = 'sent' | 'dropped' | 'failed' | 'unknown';

const queue = sql('outbox/queue.sql');
const queueRefunds = prepared('outbox/queue-refunds.sql');
const queueForTeam = sql('outbox/queue-for-team.sql');
const take = sql('outbox/take.sql');
const settle = sql('outbox/settle.sql');
const giveUp = sql('outbox/give-up.sql');
const waiting = sql('outbox/waiting.sql');
const purge = sql('outbox/purge.sql');

export const outbox = (q: IBaseProtocol<unknown>) => ({
  /** In the transaction of the deed that the mail speaks of. */
  queue: (mails: NewMail[]) =>
    q.none(queue, {
      mails: JSON.stringify(
        mails.map((mail) => ({
          key: mail.key,
          recipient: 'to' in mail ? mail.to : null,
          user_id: 'userId' in mail ? mail.userId : null,
          template: mail.template,
          locale: mail.locale ?? null,
          data: mail.data ?? {},
        })),
      ),
    }),
  /** For refunds that were just made, of donors who left an address. */
  queueRefunds: (refunds: { id: string; donationId: string }[]) =>
    q.none(queueRefunds([refunds.map((r) => r.id), refunds.map((r) => r.donationId)])),
  /** For the owners and editors of a campaign. */
  queueForTeam: (mail: { campaignId: string; key: string; template: string; data: Record<string, string> }) =>
    q.none(queueForTeam, mail),

  /** Due mails, each to one caller alone, which then has `leaseSeconds` to settle it. */
  take: (most: { limit: number; leaseSeconds: number }) => q.any<TakenMail>(take, most),
  end: (id: string, status: MailEnd, reason: string | null) =>
    q.none(settle, { id, status, reason, delaySeconds: 0 }),
  again: (id: string, delaySeconds: number, reason: string) =>
    q.none(settle, { id, status: 'queued', reason, delaySeconds }),
  /** Marks those whose sender died; how many. */
  giveUp: async () => (await q.any(giveUp)).length,
  /** How many mails are not sent yet, and how long the one waits that is due first. */
  waiting: () => q.one<{ mails: number; overdue_seconds: number }>(waiting),
  purge: (old: { before: Date; limit: number }) => q.result(purge, old, (result) => result.rowCount),
});
