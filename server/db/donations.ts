import type { IBaseProtocol } from 'pg-promise';
import type { Locale } from '../protocol/accounts.ts';
import type { CampaignStatus } from '../protocol/campaigns.ts';
import type {
  DonationStatus,
  MessageStatus,
  PaidBy,
  PaidThrough,
  PaymentStatus,
} from '../protocol/donations.ts';
import { prepared, sql } from './sql.ts';

export type DonationRow = {
  id: string;
  campaign_id: string;
  status: DonationStatus;
  gift_minor: bigint;
  tip_minor: bigint;
  public_name: string | null;
  user_id: string | null;
  created_at: Date;
  paid_at: Date | null;
  hidden_at: Date | null;
  /** Of the gift, what went back. */
  returned_minor: bigint;
};
export type DonationViewRow = DonationRow & {
  campaign_slug: string;
  campaign_title: string;
  donor_name: string | null;
  email_normalised: string | null;
  anonymous: boolean;
  message: string | null;
  message_status: MessageStatus | null;
  /** Straight from jsonb: numbers and ISO strings. */
  payment: {
    id: string;
    gateway: PaidThrough;
    method: PaidBy;
    status: PaymentStatus;
    amount_minor: number;
    redirect_url: string | null;
    expires_at: string | null;
  } | null;
};
export type NewDonation = {
  id: string;
  campaignId: string;
  giftMinor: bigint;
  tipMinor: bigint;
  publicName: string | null;
  userId: string | null;
  status: 'pending' | 'failed';
};
export type NewIdentity = {
  donationId: string;
  userId: string | null;
  name: string | null;
  email: string | null;
  emailNormalised: string | null;
  anonymous: boolean;
  locale: Locale;
};
/** A paid gift, with what a receipt of it says. */
export type ReceiptRow = Pick<
  DonationRow,
  'id' | 'status' | 'gift_minor' | 'tip_minor' | 'returned_minor'
> & {
  paid_at: Date;
  campaign_title: string;
  campaign_slug: string;
  beneficiary: string;
  permit_number: string | null;
  donor_name: string | null;
  reference: string;
  method: PaidBy;
};
/** One attempt at a donation, with the donation, as finance sees them. */
export type AttemptRow = {
  id: string;
  gateway: PaidThrough;
  method: PaidBy;
  reference: string;
  status: PaymentStatus;
  amount_minor: bigint;
  gift_minor: bigint;
  tip_minor: bigint;
  returned_gift_minor: bigint;
  returned_tip_minor: bigint;
  paid_at: Date | null;
  settled: boolean;
  /** Money that answers no gift. */
  suspense: boolean;
  donation_id: string;
  donation_status: DonationStatus;
  donation_gift_minor: bigint;
  donation_tip_minor: bigint;
  donation_paid_at: Date | null;
  returned_minor: bigint;
  campaign_id: string;
  campaign_title: string;
  campaign_slug: string;
};
export type WallRow = {
  id: string;
  public_name: string | null;
  gift_minor: bigint;
  paid_at: Date;
  message: string | null;
};
export type OwnerRow = WallRow & { tip_minor: bigint; message_held: boolean };
/** What a batch changes of one campaign's totals. */
export type TotalsChange = { campaignId: string; giftMinor: bigint; tipMinor: bigint; donors: number };
/** Totals after a batch, with what is one for all of it: its time, and how many donations it paid. */
export type TotalsRow = {
  campaign_id: string;
  raised_minor: bigint;
  donor_count: number;
  /** What the campaign owes; later gifts repay it. */
  owed_minor: bigint;
  at: Date;
  paid: number;
};

const count = prepared('donations/count.sql');
const endUnpaid = prepared('donations/end-unpaid.sql');
const giveBack = prepared('donations/give-back.sql');
const insert = sql('donations/insert.sql');
const insertIdentity = sql('donations/insert-identity.sql');
const reopen = sql('donations/reopen.sql');
const lock = sql('donations/lock.sql');
const campaignForGiving = sql('donations/campaign-for-giving.sql');
const countPaidFrom = sql('donations/count-paid-from.sql');
const isOnTeam = sql('donations/is-on-team.sql');
const view = sql('donations/view.sql');
const paidAttempts = sql('donations/paid-attempts.sql');
const mine = sql('donations/mine.sql');
const receipt = sql('donations/receipt.sql');
const wall = sql('donations/wall.sql');
const ownerRecent = sql('donations/owner-recent.sql');
const largest = sql('donations/largest.sql');
const shown = sql('donations/shown.sql');
const hide = sql('donations/hide.sql');

export const donations = (q: IBaseProtocol<unknown>) => ({
  /**
   * Locks the totals of campaigns and adds to them. Donations of these campaigns that are `paid` by it, and were not before,
   * are paid from the time at which they were locked; those who left an address get a receipt.
   */
  count: ({ paid, changes }: { paid: string[]; changes: TotalsChange[] }) =>
    q.any<TotalsRow>(
      count([
        paid,
        changes.map((c) => c.campaignId),
        changes.map((c) => c.giftMinor),
        changes.map((c) => c.tipMinor),
        changes.map((c) => c.donors),
      ]),
    ),
  /** Ids of those that came to an end because no attempt is open any more. */
  async endUnpaid(ends: { id: string; status: 'failed' | 'expired' | 'cancelled' }[]): Promise<Set<string>> {
    const rows = await q.any<{ id: string }>(endUnpaid([ends.map((e) => e.id), ends.map((e) => e.status)]));
    return new Set(rows.map((row) => row.id));
  },

  /**
   * Counts what went back of gifts, or below zero what came again, one row per donation. `status` is what a gift of which
   * nothing is left is called.
   */
  giveBack: (rows: { id: string; giftMinor: bigint; status: DonationStatus }[]) =>
    q.none(giveBack([rows.map((r) => r.id), rows.map((r) => r.giftMinor), rows.map((r) => r.status)])),

  insert: (donation: NewDonation) => q.none(insert, donation),
  insertIdentity: (identity: NewIdentity) => q.none(insertIdentity, identity),
  /** A further attempt makes a failed or expired donation wait again. */
  reopen: (id: string) => q.none(reopen, { id }),
  lock: (id: string) => q.oneOrNone<DonationRow>(lock, { id }),
  view: (id: string) => q.oneOrNone<DonationViewRow>(view, { id }),
  /** The attempts at one donation, by its id or by the reference of one of them. */
  attempts: (which: { id: string | null; reference: string | null }) =>
    q.any<AttemptRow>(paidAttempts, which),
  /** Null while it is not paid. */
  receipt: (id: string) => q.oneOrNone<ReceiptRow>(receipt, { id }),
  /** What decides whether a campaign takes gifts. */
  campaignForGiving: (campaignId: string) =>
    q.oneOrNone<{ status: CampaignStatus; ends_at: Date }>(campaignForGiving, { campaignId }),
  /** Paid attempts that named this machine. */
  countPaidFrom: async (device: string) => (await q.one<{ n: number }>(countPaidFrom, { device })).n,
  isOnTeam: async (campaignId: string, userId: string) =>
    (await q.oneOrNone(isOnTeam, { campaignId, userId })) !== null,
  /** Newest first; `before` is the last id of the page before. */
  mine: (page: { userId: string; before: string | null; limit: number }) =>
    q.any<DonationViewRow>(mine, page),
  /** The public wall, newest first, from behind the gift `after`. */
  wall: (page: { campaignId: string; after: string | null; limit: number }) => q.any<WallRow>(wall, page),
  /** The largest gifts that count and are shown, without their words. */
  largest: (campaignId: string, limit: number) => q.any<WallRow>(largest, { campaignId, limit }),
  /** One gift as it stands on the campaign's wall; null where it does not. */
  shown: (which: { id: string; campaignId: string }) => q.oneOrNone<WallRow>(shown, which),
  ownerRecent: (campaignId: string, limit: number) => q.any<OwnerRow>(ownerRecent, { campaignId, limit }),
  /** True if it was not hidden before. */
  hide: async (id: string) => (await q.oneOrNone(hide, { id })) !== null,
});
