import type { CampaignCard, CampaignStatus, Picture, Totals } from './campaigns.ts';
import type { DonationStatus, DonationView, HeldMessage, WallItem } from './donations.ts';
import type { Method } from './methods.ts';
import type { Money } from './money.ts';
import type { OfflineStatus } from './offline.ts';
import type { OverlaySettings, OverlayState } from './overlays.ts';
import type { PayoutStatus } from './payouts.ts';
import type { DisputeKind, DisputeStatus, RefundStatus } from './refunds.ts';
import type { SettlementStatus } from './settlements.ts';
import type { UpdateView } from './updates.ts';

/** Names of feeds: `campaign:<id>`, `donation:<id>`, `owner:<campaign id>`, `user:<id>`, `overlay:<id>`, and three for staff and machines. */
export const campaignFeed = (id: string): `campaign:${string}` => `campaign:${id}`;
export const donationFeed = (id: string): `donation:${string}` => `donation:${id}`;
export const ownerFeed = (campaignId: string): `owner:${string}` => `owner:${campaignId}`;
export const userFeed = (id: string): `user:${string}` => `user:${id}`;
export const overlayFeed = (id: string): `overlay:${string}` => `overlay:${id}`;
export const MODERATION = 'moderation';
export const FINANCE = 'finance';
export const REVOCATIONS = 'revocations';

export type FeedKind =
  | 'campaign'
  | 'donation'
  | 'owner'
  | 'user'
  | 'overlay'
  | 'moderation'
  | 'finance'
  | 'revocations';

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
/** What a team says to the page that it lays over a broadcast; gifts reach that page by the campaign's own feed. */
export type OverlayEvents = {
  'overlay.changed': { settings: OverlaySettings };
  'overlay.revoked': Record<never, never>;
  /** A made-up gift. */
  'alert.test': { gift: Money };
  /** A gift that is told again: its id alone, because what may be shown of it is asked for by then. */
  'alert.replayed': { donationId: string };
  /** Ends the alert that is shown, or drops all that wait with it. */
  'alert.skipped': { what: 'shown' | 'all' };
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

/** What each kind of feed that people may watch is called, holds and carries. */
export type Feeds = {
  campaign: { name: `campaign:${string}`; state: CampaignState; events: CampaignEvents };
  donation: { name: `donation:${string}`; state: DonationState; events: DonationEvents };
  owner: { name: `owner:${string}`; state: OwnerState; events: OwnerEvents };
  user: { name: `user:${string}`; state: UserState; events: UserEvents };
  overlay: { name: `overlay:${string}`; state: OverlayState; events: OverlayEvents };
  moderation: { name: 'moderation'; state: ModerationState; events: ModerationEvents };
  finance: { name: 'finance'; state: FinanceState; events: FinanceEvents };
};
/** A new kind is an error wherever these are listed, until it has its entry there and in `Feeds`. */
export type WatchedKind = Exclude<FeedKind, 'revocations'>;
export type FeedName = Feeds[WatchedKind]['name'];
type KindOf<F extends FeedName> = {
  [K in WatchedKind]: F extends Feeds[K]['name'] ? K : never;
}[WatchedKind];
/** What a feed of this name holds, and what may happen in it: `EventsIn<'moderation'>`. */
export type StateIn<F extends FeedName> = Feeds[KindOf<F>]['state'];
export type EventsIn<F extends FeedName> = Feeds[KindOf<F>]['events'];

export const WALL_MAX = 30;
/** Each may be 5,000 characters: a state that hundreds ask for at once stays small. */
export const UPDATES_SHOWN = 3;

/** One numbered fact of a feed. `totals` rides on campaign and owner feeds, absolute, so that a lost one heals with the next. */
export type FeedEvent = { seq: number; type: string; at: string; data: unknown; totals?: Totals };

/**
 * What travels between processes and to watchers: the events `from`..`to`, inclusive. Under load a public feed leaves
 * gifts out of what it says to watchers, `elided` of them: never the largest and the newest of a frame, and never
 * another event. Of gifts in a row only the last tells the totals. `state` is the whole present as of `to`; with an
 * empty range of numbers (`to` < `from`) it stands alone, and replaces all that was known, also of another epoch.
 */
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
