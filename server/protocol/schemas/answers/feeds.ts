import Joi from 'joi';
import type {
  CampaignEvents,
  CampaignState,
  DonationEvents,
  DonationState,
  Feeds,
  FinanceEvents,
  FinanceState,
  GiftReturned,
  ModerationEvents,
  ModerationState,
  OverlayEvents,
  OwnerEvents,
  OwnerState,
  ReturnEvents,
  UserEvents,
  UserState,
  WatchedKind,
} from '../../feeds.ts';
import { OFFLINE_STATUSES } from '../../offline.ts';
import { PAYOUT_STATUSES } from '../../payouts.ts';
import { DISPUTE_KINDS, DISPUTE_STATUSES, REFUND_STATUSES } from '../../refunds.ts';
import { SETTLEMENT_STATUSES } from '../../settlements.ts';
import { campaignCard, campaignStatus, picture, totals } from './campaigns.ts';
import { donationStatus, donationView, heldMessage, method, wallFields, wallItem } from './donations.ts';
import { overlaySettings, overlayState } from './overlays.ts';
import { count, day, id, instant, money, words } from './parts.ts';
import { updateView } from './updates.ts';

/** One schema for each event of a feed: an event without one is a type error here. */
type Data<E> = { [T in keyof E]: Joi.ObjectSchema<E[T]> };

const hidden = Joi.object<{ id: string }, true>({ id: id().required() });
const shown = Joi.object<{ id: string; message: string }, true>({
  id: id().required(),
  message: words().required(),
});
const decision = Joi.string().valid('approve', 'reject');
const ownerItem = Joi.object<OwnerEvents['donation.received'], true>({
  ...wallFields,
  messageHeld: Joi.boolean().required(),
  tip: money.required(),
}).meta({ schemaName: 'OwnerItem' });
const attempt = Joi.object<DonationEvents['donation.failed'], true>({ method: method.required() });

const back = Joi.object<GiftReturned, true>({
  id: id().required(),
  returned: money.required(),
  left: money.required(),
}).meta({ schemaName: 'GiftReturned' });
const returns: Data<ReturnEvents> = {
  'donation.refunded': back,
  'donation.reversed': back,
  'donation.charged_back': back,
  'donation.chargeback_won': back,
  'donation.refund_returned': back,
};
const returnedAll = Joi.object<DonationEvents['donation.refunded'], true>({ returned: money.required() });
const payoutStatus = Joi.string().valid(...PAYOUT_STATUSES);

const campaignEvents: Data<CampaignEvents> = {
  ...returns,
  'donation.received': wallItem,
  'donation.message_shown': shown,
  'donation.hidden': hidden,
  'campaign.updated': Joi.object<CampaignEvents['campaign.updated'], true>({
    title: Joi.string().required(),
    goal: money.required(),
    endsOn: day().required(),
    endsAt: instant().required(),
    status: campaignStatus.required(),
    picture: picture.allow(null).required(),
  }),
  'campaign.milestone': Joi.object<CampaignEvents['campaign.milestone'], true>({
    percent: Joi.number().valid(25, 50, 75, 100).required(),
  }),
  'campaign.closed': Joi.object<CampaignEvents['campaign.closed'], true>({
    reason: Joi.string().valid('ended').required(),
  }),
  'update.posted': updateView,
  'update.hidden': hidden,
};
const donationEvents: Data<DonationEvents> = {
  'donation.pending': Joi.object<DonationEvents['donation.pending'], true>({
    method: method.required(),
    expiresAt: instant().allow(null).required(),
  }),
  'donation.paid': Joi.object<DonationEvents['donation.paid'], true>({ paidAt: instant().required() }),
  'donation.failed': attempt,
  'donation.expired': attempt,
  'donation.refunded': returnedAll,
  'donation.reversed': returnedAll,
  'donation.charged_back': returnedAll,
  'donation.chargeback_won': returnedAll,
  'donation.refund_returned': returnedAll,
};
const ownerEvents: Data<OwnerEvents> = {
  ...returns,
  'donation.received': ownerItem,
  'donation.message_shown': shown,
  'donation.message_rejected': hidden,
  'donation.hidden': hidden,
  'campaign.reviewed': Joi.object<OwnerEvents['campaign.reviewed'], true>({
    decision: decision.required(),
    note: words().required(),
  }),
  'campaign.status': Joi.object<OwnerEvents['campaign.status'], true>({ status: campaignStatus.required() }),
  'payout.changed': Joi.object<OwnerEvents['payout.changed'], true>({
    id: id().required(),
    status: payoutStatus.required(),
    amount: money.required(),
  }),
  'bank_account.added': Joi.object<OwnerEvents['bank_account.added'], true>({
    id: id().required(),
    bank: Joi.string().required(),
    usableFrom: instant().required(),
  }),
  'bank_account.retired': hidden,
  'hold.placed': Joi.object<OwnerEvents['hold.placed'], true>({
    id: id().required(),
    amount: money.allow(null).required(),
  }),
  'hold.released': hidden,
};
const userEvents: Data<UserEvents> = {
  ...returns,
  'donation.paid': Joi.object<UserEvents['donation.paid'], true>({
    id: id().required(),
    campaignId: id().required(),
    gift: money.required(),
  }),
  'session.revoked': Joi.object<UserEvents['session.revoked'], true>({
    reason: Joi.string().valid('sign_out', 'password', 'reuse', 'ban', 'roles').required(),
  }),
};
const overlayEvents: Data<OverlayEvents> = {
  'overlay.changed': Joi.object<OverlayEvents['overlay.changed'], true>({
    settings: overlaySettings.required(),
  }),
  'overlay.revoked': Joi.object<OverlayEvents['overlay.revoked'], true>({}),
  'alert.test': Joi.object<OverlayEvents['alert.test'], true>({ gift: money.required() }),
  'alert.replayed': Joi.object<OverlayEvents['alert.replayed'], true>({ donationId: id().required() }),
  'alert.skipped': Joi.object<OverlayEvents['alert.skipped'], true>({
    what: Joi.string().valid('shown', 'all').required(),
  }),
};
const moderationEvents: Data<ModerationEvents> = {
  'campaign.submitted': Joi.object<ModerationEvents['campaign.submitted'], true>({
    id: id().required(),
    slug: Joi.string().required(),
    title: Joi.string().required(),
  }),
  'campaign.reviewed': Joi.object<ModerationEvents['campaign.reviewed'], true>({
    id: id().required(),
    decision: decision.required(),
  }),
  'message.held': heldMessage,
  'message.reviewed': Joi.object<ModerationEvents['message.reviewed'], true>({
    donationId: id().required(),
    decision: Joi.string().valid('show', 'reject').required(),
  }),
};
const notice = { gateway: Joi.string().required(), reference: words().allow(null).required() };
const financeEvents: Data<FinanceEvents> = {
  'notice.quarantined': Joi.object<FinanceEvents['notice.quarantined'], true>({
    ...notice,
    reason: words().required(),
  }),
  'notice.failed': Joi.object<FinanceEvents['notice.failed'], true>(notice),
  'notice.handled': Joi.object<FinanceEvents['notice.handled'], true>({
    id: Joi.string().required(),
    ...notice,
  }),
  'books.broken': Joi.object<FinanceEvents['books.broken'], true>({
    check: Joi.string().required(),
    rows: count().required(),
  }),
  'refund.changed': Joi.object<FinanceEvents['refund.changed'], true>({
    id: id().required(),
    donationId: id().required(),
    status: Joi.string()
      .valid(...REFUND_STATUSES)
      .required(),
    amount: money.required(),
  }),
  'dispute.changed': Joi.object<FinanceEvents['dispute.changed'], true>({
    id: id().required(),
    donationId: id().required(),
    kind: Joi.string()
      .valid(...DISPUTE_KINDS)
      .required(),
    status: Joi.string()
      .valid(...DISPUTE_STATUSES)
      .required(),
    amount: money.required(),
  }),
  'payout.changed': Joi.object<FinanceEvents['payout.changed'], true>({
    id: id().required(),
    campaignId: id().required(),
    status: payoutStatus.required(),
    amount: money.required(),
  }),
  'settlement.changed': Joi.object<FinanceEvents['settlement.changed'], true>({
    id: id().required(),
    gateway: Joi.string().required(),
    status: Joi.string()
      .valid(...SETTLEMENT_STATUSES)
      .required(),
  }),
  'offline.changed': Joi.object<FinanceEvents['offline.changed'], true>({
    donationId: id().required(),
    campaignId: id().required(),
    status: Joi.string()
      .valid(...OFFLINE_STATUSES)
      .required(),
  }),
};

const campaignState = Joi.object<CampaignState, true>({
  totals: totals.required(),
  status: campaignStatus.required(),
  title: Joi.string().required(),
  goal: money.required(),
  endsOn: day().required(),
  endsAt: instant().required(),
  picture: picture.allow(null).required(),
  wall: Joi.array().items(wallItem).required(),
  updates: Joi.array().items(updateView).required(),
});
const donationState = Joi.object<DonationState, true>({ donation: donationView.required() });
const ownerState = Joi.object<OwnerState, true>({
  totals: totals.required(),
  status: campaignStatus.required(),
  recent: Joi.array().items(ownerItem).required(),
});
const userState = Joi.object<UserState, true>({
  recent: Joi.array()
    .items(
      Joi.object<UserState['recent'][number], true>({
        id: id().required(),
        campaignId: id().required(),
        status: donationStatus.required(),
        gift: money.required(),
        at: instant().required(),
      }),
    )
    .required(),
});
const moderationState = Joi.object<ModerationState, true>({
  submitted: Joi.array().items(campaignCard).required(),
  held: Joi.array().items(heldMessage).required(),
});
const financeState = Joi.object<FinanceState, true>({
  quarantined: Joi.array()
    .items(
      Joi.object<FinanceState['quarantined'][number], true>({
        ...notice,
        reason: words().required(),
        at: instant().required(),
      }),
    )
    .required(),
});

/** A kind of feed without its schemas is a type error here. */
const FEEDS: {
  [K in WatchedKind]: { data: Data<Feeds[K]['events']>; state: Joi.ObjectSchema<Feeds[K]['state']> };
} = {
  campaign: { data: campaignEvents, state: campaignState },
  donation: { data: donationEvents, state: donationState },
  owner: { data: ownerEvents, state: ownerState },
  user: { data: userEvents, state: userState },
  overlay: { data: overlayEvents, state: overlayState },
  moderation: { data: moderationEvents, state: moderationState },
  finance: { data: financeEvents, state: financeState },
};
export const WATCHED_KINDS = Object.keys(FEEDS) as WatchedKind[];

/** "donation.message_shown" of a campaign is called CampaignDonationMessageShown in descriptions. */
export const titleOf = (...words: string[]): string =>
  words
    .flatMap((word) => word.split(/[^a-z]/))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** What a feed of this kind holds and what may happen in it, each event by its type. */
export function feedSchemas(kind: WatchedKind): {
  state: Joi.ObjectSchema;
  event: Joi.AlternativesSchema;
  byType: [type: string, event: Joi.ObjectSchema][];
} {
  const { data, state } = FEEDS[kind];
  const byType = Object.entries<Joi.ObjectSchema>(data).map(([type, schema]): [string, Joi.ObjectSchema] => [
    type,
    Joi.object({
      seq: Joi.number().integer().min(1).required(),
      type: Joi.string().valid(type).required(),
      at: instant().required(),
      data: schema.required(),
      totals,
    }).meta({ schemaName: titleOf(kind, type) }),
  ]);
  const event = Joi.alternatives()
    .try(...byType.map(([, schema]) => schema))
    .meta({ schemaName: titleOf(kind, 'event') });
  return { state: state.meta({ schemaName: titleOf(kind, 'state') }), event, byType };
}

/** `events` after `since`, or none of them and the whole `state`. */
function pageOf(kind: WatchedKind): Joi.ObjectSchema {
  const { event, state } = feedSchemas(kind);
  return Joi.object({
    epoch: Joi.string().required(),
    head: count().required(),
    events: Joi.array().items(event).required(),
    state,
  }).meta({ schemaName: titleOf(kind, 'feed', 'page') });
}

export const feedPage = Joi.alternatives().try(...WATCHED_KINDS.map(pageOf));
