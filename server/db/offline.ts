import type { IBaseProtocol } from 'pg-promise';
import type { DonationStatus } from '../protocol/donations.ts';
import type { OfflineStatus, OfflineWay } from '../protocol/offline.ts';
import { sql } from './sql.ts';

type Entered = {
  donation_id: string;
  campaign_id: string;
  way: OfflineWay;
  /** YYYY-MM-DD */
  received_on: string;
  proof: string;
  status: OfflineStatus;
  entered_by: string;
  entered_at: Date;
  decided_at: Date | null;
  note: string;
  gift_minor: bigint;
  tip_minor: bigint;
};
export type OfflineRow = Entered & { campaign_title: string };
export type LockedOffline = Entered & { donation_status: DonationStatus };

const insert = sql('offline/insert.sql');
const find = sql('offline/find.sql');
const list = sql('offline/list.sql');
const lock = sql('offline/lock.sql');
const decide = sql('offline/decide.sql');
const insertPayment = sql('offline/insert-payment.sql');
const cancelDonation = sql('offline/cancel-donation.sql');

/** Gifts that came past every gateway. Rows are the system's to see. */
export const offline = (q: IBaseProtocol<unknown>) => ({
  insert: (gift: {
    donationId: string;
    campaignId: string;
    way: OfflineWay;
    receivedOn: string;
    proof: string;
    enteredBy: string;
    enteredAt: Date;
  }) => q.none(insert, gift),
  find: (donationId: string) => q.oneOrNone<OfflineRow>(find, { donationId }),
  /** Newest first; `before` is the last id of the page before. */
  list: (page: { before: string | null; status: OfflineStatus | null; limit: number }) =>
    q.any<OfflineRow>(list, page),
  lock: (donationId: string) => q.oneOrNone<LockedOffline>(lock, { donationId }),
  decide: (decision: {
    donationId: string;
    status: Exclude<OfflineStatus, 'entered'>;
    decidedBy: string;
    decidedAt: Date;
    note: string;
  }) => q.none(decide, decision),
  /** A payment that is paid as it is written. */
  insertPayment: (payment: {
    id: string;
    donationId: string;
    campaignId: string;
    way: OfflineWay;
    reference: string;
    giftMinor: bigint;
    tipMinor: bigint;
    createdAt: Date;
    paidAt: Date;
  }) => q.none(insertPayment, payment),
  cancelDonation: (donationId: string) => q.none(cancelDonation, { donationId }),
});
