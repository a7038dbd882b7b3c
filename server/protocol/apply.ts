import type { Totals } from './campaigns.ts';
import type {
  CampaignEvents,
  CampaignState,
  FeedEvent,
  FeedKind,
  FinanceEvents,
  FinanceState,
  GiftReturned,
  ModerationEvents,
  ModerationState,
  OverlayEvents,
  OwnerEvents,
  OwnerState,
  UserEvents,
  UserState,
} from './feeds.ts';
import { UPDATES_SHOWN, WALL_MAX } from './feeds.ts';
import type { Money } from './money.ts';
import type { OverlayState } from './overlays.ts';

/**
 * What an event does to a feed's state: the one place for followers and pages alike. A state with the events after
 * it applied equals the state that the database would give at the last of them. Where an event says too little for
 * that, the answer is undefined: the state has to be fetched again. Pure: nothing that is passed in is changed.
 */

/** The events of one kind of feed, told apart by `type`: `EventOf<CampaignEvents>`. */
export type EventOf<E> = {
  [T in keyof E & string]: { seq: number; type: T; at: string; data: E[T]; totals?: Totals };
}[keyof E & string];

/** Lengths of the moderators' lists. A list that was full cannot tell what moves up when a line leaves it. */
export const HELD_MAX = 100;
export const SUBMITTED_MAX = 100;

/** The wall stands in the order of the feed's numbers, newest first; a hidden gift leaves it. */
export function applyCampaign(
  state: CampaignState,
  event: EventOf<CampaignEvents>,
): CampaignState | undefined {
  const now = event.totals ? { ...state, totals: event.totals } : state;
  switch (event.type) {
    case 'donation.received':
      return { ...now, wall: [event.data, ...now.wall].slice(0, WALL_MAX) };
    case 'donation.message_shown':
      return { ...now, wall: change(now.wall, event.data.id, { message: event.data.message || null }) };
    case 'donation.hidden': {
      const wall = without(now.wall, event.data.id);
      return wall && { ...now, wall };
    }
    case 'donation.refunded':
    case 'donation.reversed':
    case 'donation.charged_back': {
      const wall = returned(now.wall, event.data);
      return wall && { ...now, wall };
    }
    // It comes back to a place that is not known here.
    case 'donation.chargeback_won':
    case 'donation.refund_returned':
      return undefined;
    case 'update.posted':
      return { ...now, updates: [event.data, ...now.updates].slice(0, UPDATES_SHOWN) };
    case 'update.hidden': {
      const updates = without(now.updates, event.data.id, UPDATES_SHOWN);
      return updates && { ...now, updates };
    }
    case 'campaign.updated':
      return { ...now, ...event.data };
    case 'campaign.closed':
      return { ...now, status: event.data.reason };
    default:
      return now;
  }
}

export function applyOwner(state: OwnerState, event: EventOf<OwnerEvents>): OwnerState | undefined {
  const now = event.totals ? { ...state, totals: event.totals } : state;
  switch (event.type) {
    case 'donation.received':
      return { ...now, recent: [event.data, ...now.recent].slice(0, WALL_MAX) };
    case 'donation.message_shown': {
      const shown = { message: event.data.message || null, messageHeld: false };
      return { ...now, recent: change(now.recent, event.data.id, shown) };
    }
    case 'donation.message_rejected':
      return { ...now, recent: change(now.recent, event.data.id, { messageHeld: false }) };
    case 'donation.hidden': {
      const recent = without(now.recent, event.data.id);
      return recent && { ...now, recent };
    }
    case 'donation.refunded':
    case 'donation.reversed':
    case 'donation.charged_back': {
      const recent = returned(now.recent, event.data);
      return recent && { ...now, recent };
    }
    case 'donation.chargeback_won':
    case 'donation.refund_returned':
      return undefined;
    case 'campaign.reviewed':
      return { ...now, status: event.data.decision === 'approve' ? 'live' : 'rejected' };
    case 'campaign.status':
      return { ...now, status: event.data.status };
    default:
      return now;
  }
}

export function applyUser(state: UserState, event: EventOf<UserEvents>): UserState | undefined {
  // A gift stands where it was pledged, with a time that the event does not tell.
  return event.type === 'session.revoked' ? state : undefined;
}

/** A test, a repetition and a skipping are gone when they were said. */
export function applyOverlay(state: OverlayState, event: EventOf<OverlayEvents>): OverlayState {
  switch (event.type) {
    case 'overlay.changed':
      return { ...state, settings: event.data.settings };
    case 'overlay.revoked':
      return { ...state, revoked: true };
    default:
      return state;
  }
}

/** Held messages stand oldest first: who waited longest is next. */
export function applyModeration(
  state: ModerationState,
  event: EventOf<ModerationEvents>,
): ModerationState | undefined {
  switch (event.type) {
    // The event names the campaign; the list shows its card.
    case 'campaign.submitted':
      return undefined;
    case 'campaign.reviewed':
      if (state.submitted.length >= SUBMITTED_MAX) return undefined;
      return { ...state, submitted: state.submitted.filter(({ id }) => id !== event.data.id) };
    case 'message.held':
      return { ...state, held: [...state.held, event.data].slice(0, HELD_MAX) };
    case 'message.reviewed':
      if (state.held.length >= HELD_MAX) return undefined;
      return { ...state, held: state.held.filter(({ donationId }) => donationId !== event.data.donationId) };
    default:
      return state;
  }
}

export function applyFinance(state: FinanceState, event: EventOf<FinanceEvents>): FinanceState | undefined {
  // The list tells when a notice came in, which is before it was set aside.
  return event.type === 'books.broken' ? state : undefined;
}

/** The same for a feed whose kind is known only as the program runs. `revocations` has no state: null stays null. */
export function apply(kind: FeedKind, state: unknown, event: FeedEvent): unknown {
  switch (kind) {
    case 'campaign':
      return applyCampaign(state as CampaignState, event as EventOf<CampaignEvents>);
    case 'owner':
      return applyOwner(state as OwnerState, event as EventOf<OwnerEvents>);
    case 'user':
      return applyUser(state as UserState, event as EventOf<UserEvents>);
    case 'overlay':
      return applyOverlay(state as OverlayState, event as EventOf<OverlayEvents>);
    case 'moderation':
      return applyModeration(state as ModerationState, event as EventOf<ModerationEvents>);
    case 'finance':
      return applyFinance(state as FinanceState, event as EventOf<FinanceEvents>);
    // A donation's events do not say which of several payment attempts they are about; its view does.
    case 'donation':
      return undefined;
    case 'revocations':
      return state;
  }
}

/** What `donation.hidden` takes out of the bodies of earlier events of the same gift; numbers and totals stay. */
export const HIDING: Record<string, Record<string, unknown>> = {
  'donation.received': { name: null, message: null },
  'donation.message_shown': { message: '' },
};
/** The events that take words back, and what each blanks in earlier events about the same thing. */
export const REDACTIONS: Record<'donation.hidden' | 'update.hidden', typeof HIDING> = {
  'donation.hidden': HIDING,
  'update.hidden': { 'update.posted': { title: '', html: '', pictures: [] } },
};

/** `event` as it reads after `later` was said: itself, or a copy without what has been hidden. */
export function redacted(event: FeedEvent, later: FeedEvent): FeedEvent {
  const changes = redacts(later) ? REDACTIONS[later.type][event.type] : undefined;
  if (!changes || idOf(event) !== idOf(later)) return event;
  return { ...event, data: { ...(event.data as object), ...changes } };
}

/** True if the event takes words back that earlier events said. */
export const redacts = (event: FeedEvent): event is FeedEvent & { type: keyof typeof REDACTIONS } =>
  Object.hasOwn(REDACTIONS, event.type);

const idOf = (event: FeedEvent): string => (event.data as { id: string }).id;

const change = <T extends { id: string }>(list: T[], id: string, changes: Partial<T>): T[] =>
  list.map((item) => (item.id === id ? { ...item, ...changes } : item));

/** A gift counts for what is left of it; one that is gone wholly leaves the list. */
const returned = <T extends { id: string; gift: Money }>(
  list: T[],
  { id, left }: GiftReturned,
): T[] | undefined =>
  left.amount === 0
    ? without(list, id)
    : list.map((item) => (item.id === id ? { ...item, gift: left } : item));

/** Undefined if the list was full and loses a line: the one that moves up is not known here. */
function without<T extends { id: string }>(list: T[], id: string, max = WALL_MAX): T[] | undefined {
  if (!list.some((item) => item.id === id)) return list;
  return list.length < max ? list.filter((item) => item.id !== id) : undefined;
}
