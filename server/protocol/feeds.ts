import type { CampaignCard, CampaignStatus, Picture, Totals } from './campaigns.ts';
import type { DonationStatus, DonationView, HeldMessage, WallItem } from './donations.ts';
import type { Method } from './methods.ts';
import type { Money } from './money.ts';
import type { OfflineStatus } from './offline.ts';
import type { PayoutStatus } from './payouts.ts';
import type { DisputeKind, DisputeStatus, RefundStatus } from './refunds.ts';
import type { SettlementStatus } from './settlements.ts';
import type { UpdateView } from './updates.ts';

/** Names of feeds: `campaign:<id>`, `donation:<id>`, `owner:<campaign id>`, `user:<id>`, and three for staff and machines. */
export const campaignFeed = (id: string): string => `campaign:${id}`;
export const donationFeed = (id: string): string => `donation:${id}`;
export const ownerFeed = (campaignId: string): string => `owner:${campaignId}`;
export const userFeed = (id: string): string => `user:${id}`;
export const MODERATION = 'moderation';
export const FINANCE = 'finance';
export const REVOCATIONS = 'revocations';

export type FeedKind = 'campaign' | 'donation' | 'owner' | 'user' | 'moderation' | 'finance' | 'revocations';

/** A gift of which something went back, by its events' names; `left` is what still counts. */
export type GiftReturned = { id: string; returned: Money; left: Money };
export type ReturnEvents = {
  'donation.refunded': GiftReturned;
  /** Called paid, then denied. */
  'donation.reversed': GiftReturned;
  'donation.charged_back': GiftReturned;
  /** A chargeback that was won: it counts again. `returned` is what came back to the campaign. */
  'donation.chargeback_won': GiftReturned;
  /** A refund that could not reach its donor: it counts again until it is given back anew. */
  'donation.refund_returned': GiftReturned;
};

/** What each kind of feed may carry, by event type. Every field is meant for whoever may watch that feed. */
export type CampaignEvents = ReturnEvents & {
  'donation.received': WallItem;
  'donation.message_shown': { id: string; message: string };
  'donation.hidden': { id: string };
  'campaign.updated': {
    title: string;
    goal: Money;
    endsOn: string;
    endsAt: string;
    status: CampaignStatus;
    picture: Picture | null;
  };
  'campaign.milestone': { percent: 25 | 50 | 75 | 100 };
  'campaign.closed': { reason: 'ended' };
  'update.posted': UpdateView;
  'update.hidden': { id: string };
};
export type DonationEvents = {
  'donation.pending': { method: Method; expiresAt: string | null };
  'donation.paid': { paidAt: string };
  'donation.failed': { method: Method };
  'donation.expired': { method: Method };
  /** Gift and tip together. */
  'donation.refunded': { returned: Money };
  'donation.reversed': { returned: Money };
  'donation.charged_back': { returned: Money };
  'donation.chargeback_won': { returned: Money };
  'donation.refund_returned': { returned: Money };
};
export type OwnerEvents = ReturnEvents & {
  'donation.received': WallItem & { messageHeld: boolean; tip: Money };
  'donation.message_shown': { id: string; message: string };
  'donation.message_rejected': { id: string };
  'donation.hidden': { id: string };
  'campaign.reviewed': { decision: 'approve' | 'reject'; note: string };
  'campaign.status': { status: CampaignStatus };
  /** A payout was asked for, decided or ended. */
  'payout.changed': { id: string; status: PayoutStatus; amount: Money };
  'bank_account.added': { id: string; bank: string; usableFrom: string };
  'bank_account.retired': { id: string };
  'hold.placed': { id: string; amount: Money | null };
  'hold.released': { id: string };
};
export type UserEvents = ReturnEvents & {
  'donation.paid': { id: string; campaignId: string; gift: Money };
  'session.revoked': { reason: 'sign_out' | 'password' | 'reuse' | 'ban' | 'roles' };
};
export type ModerationEvents = {
  'campaign.submitted': { id: string; slug: string; title: string };
  'campaign.reviewed': { id: string; decision: 'approve' | 'reject' };
  'message.held': HeldMessage;
  'message.reviewed': { donationId: string; decision: 'show' | 'reject' };
};
export type FinanceEvents = {
  'notice.quarantined': { gateway: string; reference: string | null; reason: string };
  'notice.failed': { gateway: string; reference: string | null };
  /** A person has dealt with one of those. */
  'notice.handled': { id: string; gateway: string; reference: string | null };
  'books.broken': { check: string; rows: number };
  'refund.changed': { id: string; donationId: string; status: RefundStatus; amount: Money };
  'dispute.changed': {
    id: string;
    donationId: string;
    kind: DisputeKind;
    status: DisputeStatus;
    amount: Money;
  };
  'payout.changed': { id: string; campaignId: string; status: PayoutStatus; amount: Money };
  'settlement.changed': { id: string; gateway: string; status: SettlementStatus };
  'offline.changed': { donationId: string; campaignId: string; status: OfflineStatus };
};
export type RevocationEvents = {
  'session.revoked': {
    userId: string;
    sessionFamily: string | null;
    reason: 'sign_out' | 'password' | 'reuse' | 'ban' | 'roles';
  };
};

/** The whole of a feed's present, for whoever cannot be brought up to date event by event. */
export type CampaignState = {
  totals: Totals;
  status: CampaignStatus;
  title: string;
  goal: Money;
  endsOn: string;
  endsAt: string;
  picture: Picture | null;
  /** Newest first, at most WALL_MAX. */
  wall: WallItem[];
  /** Newest first, at most UPDATES_SHOWN. */
  updates: UpdateView[];
};
export type DonationState = { donation: DonationView };
export type OwnerState = {
  totals: Totals;
  status: CampaignStatus;
  recent: (WallItem & { messageHeld: boolean; tip: Money })[];
};
export type UserState = {
  recent: { id: string; campaignId: string; status: DonationStatus; gift: Money; at: string }[];
};
export type ModerationState = { submitted: CampaignCard[]; held: HeldMessage[] };
export type FinanceState = {
  quarantined: { gateway: string; reference: string | null; reason: string; at: string }[];
};

export const WALL_MAX = 30;
/** Each may be 5,000 characters: a state that hundreds ask for at once stays small. */
export const UPDATES_SHOWN = 3;

/** One numbered fact of a feed. `totals` rides on campaign and owner feeds, absolute, so that a lost one heals with the next. */
export type FeedEvent = { seq: number; type: string; at: string; data: unknown; totals?: Totals };

/** What travels between processes and to watchers: events `from`..`to` inclusive; `elided` of them left out under load. */
export type News = {
  feed: string;
  epoch: string;
  from: number;
  to: number;
  events: FeedEvent[];
  state?: unknown;
  elided?: number;
};
export type Head = { feed: string; epoch: string; head: number };
export type FeedPage = { epoch: string; head: number; events: FeedEvent[]; state?: unknown };

/** Most events an answer carries; a watcher further behind gets the state instead. */
export const CATCH_UP_MAX = 500;

export type FeedQuery = { epoch?: string; since?: number; limit: number };

/** Splits a feed's name; the name must have passed `feedName` or come from the helpers above. */
export const parseFeed = (name: string): { kind: FeedKind; id: string } => {
  const colon = name.indexOf(':');
  return colon < 0
    ? { kind: name as FeedKind, id: '' }
    : { kind: name.slice(0, colon) as FeedKind, id: name.slice(colon + 1) };
};
