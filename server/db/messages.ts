import type { IBaseProtocol } from 'pg-promise';
import type { MessageStatus } from '../protocol/donations.ts';
import { sql } from './sql.ts';

export type MessageRow = {
  donation_id: string;
  campaign_id: string;
  body: string;
  status: MessageStatus;
  paid_at: Date | null;
  hidden_at: Date | null;
};
export type HeldRow = {
  donation_id: string;
  body: string;
  reasons: string[];
  paid_at: Date;
  gift_minor: bigint;
  campaign_id: string;
  campaign_slug: string;
  campaign_title: string;
};

const insert = sql('messages/insert.sql');
const held = sql('messages/held.sql');
const lock = sql('messages/lock.sql');
const decide = sql('messages/decide.sql');

export const messages = (q: IBaseProtocol<unknown>) => ({
  insert: (message: {
    donationId: string;
    campaignId: string;
    userId: string | null;
    body: string;
    status: MessageStatus;
    reasons: string[];
  }) => q.none(insert, message),
  /** Of paid gifts, oldest first. */
  held: (limit: number) => q.any<HeldRow>(held, { limit }),
  lock: (donationId: string) => q.oneOrNone<MessageRow>(lock, { donationId }),
  decide: (decision: { donationId: string; status: MessageStatus; by: string }) => q.none(decide, decision),
});
