/** What the package offers. Nothing of ours imports this file; the pages take each name from where it is made. */
export {
  applyCampaign,
  applyFinance,
  applyModeration,
  applyOwner,
  applyUser,
  type EventOf,
} from '../../server/protocol/apply.ts';
export type { Picture, Totals } from '../../server/protocol/campaigns.ts';
export type { DonationStatus, DonationView, HeldMessage, WallItem } from '../../server/protocol/donations.ts';
export {
  type CampaignEvents,
  type CampaignState,
  campaignFeed,
  type DonationEvents,
  type DonationState,
  donationFeed,
  type EventsIn,
  type FeedEvent,
  type FeedName,
  type Feeds,
  FINANCE,
  type FinanceEvents,
  type FinanceState,
  type Head,
  MODERATION,
  type ModerationEvents,
  type ModerationState,
  type News,
  type OwnerEvents,
  type OwnerState,
  ownerFeed,
  type StateIn,
  type UserEvents,
  type UserState,
  userFeed,
} from '../../server/protocol/feeds.ts';
export type { Money } from '../../server/protocol/money.ts';
export { FEEDS_MAX, type Refused, type RefusedCode, type Watched } from '../../server/protocol/sockets.ts';
export type { UpdateView } from '../../server/protocol/updates.ts';
export { type Connection, connect, type FeedStatus, type Watch, type WatchOptions } from './feed.ts';
export { type KeepOptions, keep } from './keep.ts';
export { type Ears, type Info, type Position, rules } from './rules.ts';
