import { useCallback, useRef, useState } from 'preact/hooks';
import type { EventOf } from '../../../server/protocol/apply.ts';
import type { CampaignStatus, Totals } from '../../../server/protocol/campaigns.ts';
import type { WallItem } from '../../../server/protocol/donations.ts';
import { type OwnerEvents, type OwnerState, ownerFeed } from '../../../server/protocol/feeds.ts';
import type { RefusedCode } from '../../../server/protocol/sockets.ts';
import { wall as fetchWall } from '../api.ts';
import { useFeed } from '../live.ts';

/** Gifts kept in the page; older ones are fetched again when asked for. */
const GIFTS_KEEP_MAX = 500;
const OLDER_AT_ONCE = 50;
/** Pages of the wall that one wish for older gifts may walk past what is known already. */
const OLDER_PAGES_MAX = 12;

export type Gift = OwnerState['recent'][number] & {
  /** Came while the page stood open. */
  isNew?: boolean;
};

export type OwnerLive = {
  /** Null until the feed has said how things stand. */
  totals: Totals | null;
  status: CampaignStatus | null;
  /** Newest first. */
  gifts: Gift[];
  /** What came while the page stood open, whatever of it went back again. */
  since: { count: number; amount: number };
  refused: RefusedCode | null;
  /** There may be older gifts on the server. */
  hasMore: boolean;
  /** Fetches older gifts, as the public wall shows them; rejects with ApiError. */
  loadMore: () => Promise<void>;
};

type Known = Pick<OwnerLive, 'totals' | 'status' | 'gifts' | 'hasMore' | 'since'>;
const NOTHING: Known = {
  totals: null,
  status: null,
  gifts: [],
  hasMore: false,
  since: { count: 0, amount: 0 },
};

/** A campaign's gifts as its team sees them, and what happens to them while the page stands. */
export function useOwnerFeed(campaignId: string): OwnerLive {
  const [known, setKnown] = useState<Known>(NOTHING);
  const [refused, setRefused] = useState<RefusedCode | null>(null);
  const current = useRef(known);
  current.current = known;

  useFeed<OwnerState, OwnerEvents>(ownerFeed(campaignId), {
    onState: (state) => {
      setRefused(null);
      setKnown((now) => withState(now, state));
    },
    onEvents: (events) => {
      setKnown((now) => events.reduce(withEvent, now));
      for (const { type, data } of events)
        if (type === 'donation.chargeback_won' || type === 'donation.refund_returned')
          void findAgain(data.id);
    },
    onRefused: setRefused,
  });

  /** A gift that counts again goes back to its own place, which the event does not tell. */
  const findAgain = async (id: string): Promise<void> => {
    if (current.current.gifts.some((gift) => gift.id === id)) return;
    const page = await fetchWall(campaignId, { limit: OLDER_AT_ONCE }).catch(() => null);
    const found = page?.items.find((item) => item.id === id);
    if (!found) return;
    setKnown((now) => {
      if (now.gifts.some((gift) => gift.id === id)) return now;
      const older = now.gifts.findIndex(({ at }) => at < found.at);
      const place = older < 0 ? now.gifts.length : older;
      return { ...now, gifts: [...now.gifts.slice(0, place), asGift(found), ...now.gifts.slice(place)] };
    });
  };

  const loadMore = useCallback(async () => {
    const ids = new Set(current.current.gifts.map(({ id }) => id));
    let cursor: string | null = null;
    for (let page = 0; page < OLDER_PAGES_MAX; page++) {
      const { items, nextCursor } = await fetchWall(campaignId, { cursor, limit: OLDER_AT_ONCE });
      const older: Gift[] = items.filter(({ id }) => !ids.has(id)).map(asGift);
      cursor = nextCursor;
      if (older.length === 0 && cursor !== null) continue;
      setKnown((now) => ({ ...now, gifts: merged(now.gifts, older), hasMore: cursor !== null }));
      return;
    }
  }, [campaignId]);

  return { ...known, refused, loadMore };
}

/** A gift of the public wall, which tells neither tips nor what waits for a moderator. */
const asGift = (item: WallItem): Gift => ({ ...item, messageHeld: false, tip: { ...item.gift, amount: 0 } });

function withState(now: Known, { totals, status, recent }: OwnerState): Known {
  const isFirst = now.totals === null;
  const known = new Map(now.gifts.map((gift) => [gift.id, gift]));
  // A gift that came while we were away is as new to the reader as one that came just now.
  const fresh = recent.map((gift) => ({ ...gift, isNew: known.get(gift.id)?.isNew ?? !isFirst }));
  const isContiguous = recent.some(({ id }) => known.has(id));
  // Rows that are older than the state's last one stay; one that the state no longer has among its own is gone.
  const last = recent.at(-1);
  const older = isContiguous && last ? now.gifts.filter((gift) => gift.at < last.at) : [];
  const gifts = merged(fresh, older);
  return {
    totals,
    status,
    gifts,
    since: isFirst ? now.since : sinceOf(now, totals),
    hasMore: isContiguous && !isFirst ? now.hasMore : totals.donorCount > gifts.length,
  };
}

/** What came by totals that have risen; what went back meanwhile takes nothing from it. */
function sinceOf({ totals, since }: Known, { raised, donorCount }: Totals): OwnerLive['since'] {
  return {
    count: since.count + Math.max(0, donorCount - (totals?.donorCount ?? donorCount)),
    amount: since.amount + Math.max(0, raised.amount - (totals?.raised.amount ?? raised.amount)),
  };
}

function withEvent(now: Known, event: EventOf<OwnerEvents>): Known {
  const next = event.totals ? { ...now, totals: event.totals } : now;
  switch (event.type) {
    case 'donation.received': {
      if (event.totals) next.since = sinceOf(now, event.totals);
      if (next.gifts.some(({ id }) => id === event.data.id)) return next;
      const gifts = [{ ...event.data, isNew: true }, ...next.gifts];
      return {
        ...next,
        gifts: gifts.slice(0, GIFTS_KEEP_MAX),
        hasMore: next.hasMore || gifts.length > GIFTS_KEEP_MAX,
      };
    }
    case 'donation.message_shown':
      return change(next, event.data.id, { message: event.data.message || null, messageHeld: false });
    case 'donation.message_rejected':
      return change(next, event.data.id, { message: null, messageHeld: false });
    case 'donation.hidden':
      return { ...next, gifts: next.gifts.filter(({ id }) => id !== event.data.id) };
    case 'donation.refunded':
    case 'donation.reversed':
    case 'donation.charged_back':
    case 'donation.chargeback_won':
    case 'donation.refund_returned': {
      const { id, left } = event.data;
      return left.amount === 0
        ? { ...next, gifts: next.gifts.filter((gift) => gift.id !== id) }
        : change(next, id, { gift: left });
    }
    case 'campaign.reviewed':
      return { ...next, status: event.data.decision === 'approve' ? 'live' : 'rejected' };
    case 'campaign.status':
      return { ...next, status: event.data.status };
    default:
      return next;
  }
}

const change = (now: Known, id: string, changes: Partial<Gift>): Known => ({
  ...now,
  gifts: now.gifts.map((gift) => (gift.id === id ? { ...gift, ...changes } : gift)),
});

function merged(newer: Gift[], older: Gift[]): Gift[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))].slice(0, GIFTS_KEEP_MAX);
}
