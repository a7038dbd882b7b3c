import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { EventOf } from '../../server/protocol/apply.ts';
import type { CampaignView, Totals } from '../../server/protocol/campaigns.ts';
import type { WallItem, WallPage } from '../../server/protocol/donations.ts';
import { type CampaignEvents, type CampaignState, WALL_MAX } from '../../server/protocol/feeds.ts';
import { campaign as fetchCampaign, wall as fetchWall } from './api.ts';
import { takeBoot } from './boot.ts';
import { useFeed } from './live.ts';
import {
  fetchUpdates,
  type Updates,
  updatesOf,
  withFreshShown,
  withOlder,
  withoutUpdate,
  withPosted,
  withUpdateState,
} from './updates.ts';

/** One moment has the stage this long; gifts that come meanwhile are merged into the next. */
const MOMENT_MS = 600;
/** How long a name stays beside its lamp, so that it can be read. */
const NAME_MS = 4_000;
/** Gifts a page keeps before it forgets the oldest and fetches them again when asked. */
const WALL_KEEP_MAX = 400;
const WALL_FIRST = 30;
const WALL_MORE = 50;
const UPDATES_FIRST = 3;
const UPDATES_MORE = 5;

/** One moment of joy: a single gift with its item, or several that came together. */
export type Joy = { key: number; item: WallItem | null; count: number; amount: number; totals: Totals };

type Wall = {
  /** Newest first. */
  items: WallItem[];
  /** Where the next older page begins; `stale` when newer gifts have pushed a gap between it and `items`. */
  cursor: string | null | 'stale';
  /** Gifts are missing between the items; the state that follows puts its newest in place of all of them. */
  hasHoles?: boolean;
};
type Shown = { view: CampaignView; wall: Wall; updates: Updates };
/** What one piece of news makes of what is shown; `gives` if it may tell of gifts, so that totals may rise for joy. */
type Change = { to: (shown: Shown) => Shown; gives: boolean };

export type LiveCampaign = {
  shown: Shown | null;
  error: unknown;
  joy: Joy | null;
  retry: () => void;
  /** Fetches an older page of the wall; rejects with ApiError. */
  loadMore: () => Promise<void>;
  /** The same for the team's updates. */
  loadMoreUpdates: () => Promise<void>;
  /** Puts the updates that came while the page stood before those that it shows. */
  showFreshUpdates: () => void;
};

/** A campaign by its slug and what happens to it while the page stands. */
export function useLiveCampaign(slug: string): LiveCampaign {
  const [shown, setShown] = useState<Shown | null>(() => {
    const view = takeBoot('campaign', (booted) => booted.slug === slug);
    const wall = view && takeBoot('wall');
    const updates = wall && takeBoot('updates');
    return view && wall && updates ? { view, wall: wallOf(wall), updates: updatesOf(updates) } : null;
  });
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [joy, setJoy] = useState<Joy | null>(null);
  const current = useRef(shown);
  current.current = shown;

  useEffect(() => {
    if (current.current?.view.slug === slug) return;
    const stop = new AbortController();
    setShown(null);
    setError(null);
    (async () => {
      // In this order: a gift between the two is on the wall already and is told again by the feed, never missed.
      const { campaign: view } = await fetchCampaign(slug, stop.signal);
      const none = { items: [], nextCursor: null };
      const [wall, updates] = isPublic(view)
        ? await Promise.all([
            fetchWall(view.id, { limit: WALL_FIRST }, stop.signal),
            fetchUpdates(view.id, { limit: UPDATES_FIRST }, stop.signal),
          ])
        : [none, none];
      setShown({ view, wall: wallOf(wall), updates: updatesOf(updates) });
    })().catch((reason) => {
      if (!stop.signal.aborted) setError(reason);
    });
    return () => stop.abort();
  }, [slug, attempt]);

  const moments = useMoments((changes: Change[]) => {
    const before = current.current;
    if (!before) return;
    let after = before;
    let count = 0;
    let amount = 0;
    // Counted change by change: a gift that comes beside one that goes back is a moment of joy all the same, and one that
    // comes back after a dispute is none.
    for (const { to, gives } of changes) {
      const next = to(after);
      if (gives) {
        count += Math.max(0, next.view.donorCount - after.view.donorCount);
        amount += Math.max(0, next.view.raised.amount - after.view.raised.amount);
      }
      after = next;
    }
    setShown(after);
    if (count === 0 || amount === 0) return;
    const known = new Set(before.wall.items.map(({ id }) => id));
    const fresh = after.wall.items.filter(({ id }) => !known.has(id));
    setJoy((last) => ({
      key: (last?.key ?? 0) + 1,
      item: count === 1 ? (fresh[0] ?? null) : null,
      count,
      amount,
      totals: { raised: after.view.raised, donorCount: after.view.donorCount },
    }));
  });

  useEffect(() => {
    if (!joy) return;
    const timer = setTimeout(() => setJoy((now) => (now?.key === joy.key ? null : now)), NAME_MS);
    return () => clearTimeout(timer);
  }, [joy]);

  /** A gift that counts again goes back to its own place, which the event does not tell. */
  const findAgain = async (id: string): Promise<void> => {
    const now = current.current;
    if (!now || now.wall.items.some((item) => item.id === id)) return;
    const page = await fetchWall(now.view.id, { limit: WALL_FIRST }).catch(() => null);
    const found = page?.items.find((item) => item.id === id);
    // One that is older than these is met by whoever asks for older gifts.
    if (found)
      moments({ to: (latest) => ({ ...latest, wall: withFound(latest.wall, found) }), gives: false });
  };

  const feed = shown && isPublic(shown.view) ? shown.view.feed : null;
  useFeed<CampaignState, CampaignEvents>(feed?.name ?? null, {
    from: feed && { epoch: feed.epoch, since: feed.head },
    onState: (state) => moments({ to: (now) => withState(now, state), gives: true }),
    onEvents: (events, { elided }) => {
      if (elided > 0)
        moments({ to: (now) => ({ ...now, wall: { ...now.wall, hasHoles: true } }), gives: false });
      for (const event of events) {
        moments({ to: (now) => withEvent(now, event), gives: event.type === 'donation.received' });
        if (event.type === 'donation.chargeback_won' || event.type === 'donation.refund_returned')
          void findAgain(event.data.id);
      }
    },
  });

  const loadMore = useCallback(async () => {
    const now = current.current;
    if (!now || now.wall.cursor === null) return;
    const cursor = now.wall.cursor === 'stale' ? null : now.wall.cursor;
    const page = await fetchWall(now.view.id, { cursor, limit: WALL_MORE });
    setShown(
      (latest) =>
        latest && {
          ...latest,
          wall: { ...latest.wall, items: merged(latest.wall.items, page.items), cursor: page.nextCursor },
        },
    );
  }, []);

  const loadMoreUpdates = useCallback(async () => {
    const now = current.current;
    if (!now?.updates.cursor) return;
    const page = await fetchUpdates(now.view.id, { cursor: now.updates.cursor, limit: UPDATES_MORE });
    setShown((latest) => latest && { ...latest, updates: withOlder(latest.updates, page) });
  }, []);
  const showFreshUpdates = useCallback(
    () => setShown((now) => now && { ...now, updates: withFreshShown(now.updates) }),
    [],
  );

  return {
    shown,
    error,
    joy,
    retry: () => setAttempt((n) => n + 1),
    loadMore,
    loadMoreUpdates,
    showFreshUpdates,
  };
}

const isPublic = ({ status }: CampaignView): boolean => ['live', 'paused', 'ended'].includes(status);
const wallOf = ({ items, nextCursor }: WallPage): Wall => ({ items, cursor: nextCursor });

function merged(newer: WallItem[], older: WallItem[]): WallItem[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))];
}

function withTotals(view: CampaignView, totals: Totals | undefined): CampaignView {
  return totals ? { ...view, ...totals } : view;
}

function withState({ view, wall, updates }: Shown, state: CampaignState): Shown {
  const { totals, wall: latest, updates: _updates, ...changes } = state;
  return {
    view: withTotals({ ...view, ...changes }, totals),
    updates: withUpdateState(updates, state),
    wall: withLatest(wall, latest),
  };
}

/**
 * The newest rows as the server has them replace ours: a hidden name must not stay for having been here first, nor a gift
 * that went back.
 */
function withLatest({ items, cursor, hasHoles }: Wall, latest: WallItem[]): Wall {
  const known = new Set(items.map(({ id }) => id));
  const last = latest.at(-1);
  if (latest.length < WALL_MAX || !last) return { items: latest, cursor: null };
  if (hasHoles || !latest.some(({ id }) => known.has(id))) return { items: latest, cursor: 'stale' };
  const older = items.filter(({ id, at }) => at < last.at || (at === last.at && id < last.id));
  return { items: merged(latest, older), cursor };
}

function withFound(wall: Wall, found: WallItem): Wall {
  const { items } = wall;
  if (items.some(({ id }) => id === found.id)) return wall;
  const older = items.findIndex(({ at }) => at < found.at);
  const place = older < 0 ? items.length : older;
  return { ...wall, items: [...items.slice(0, place), found, ...items.slice(place)] };
}

function withEvent(shown: Shown, event: EventOf<CampaignEvents>): Shown {
  const { view, wall, updates } = shown;
  const now = withTotals(view, event.totals);
  switch (event.type) {
    case 'donation.received': {
      const items = merged([event.data], wall.items);
      return items.length <= WALL_KEEP_MAX
        ? { ...shown, view: now, wall: { ...wall, items } }
        : { ...shown, view: now, wall: { ...wall, items: items.slice(0, WALL_MORE), cursor: 'stale' } };
    }
    case 'donation.message_shown':
      return {
        ...shown,
        view: now,
        wall: change(wall, event.data.id, { message: event.data.message || null }),
      };
    case 'donation.hidden':
      return {
        ...shown,
        view: now,
        wall: { ...wall, items: wall.items.filter(({ id }) => id !== event.data.id) },
      };
    // Quietly: the gift leaves the wall, or stands there with what is left of it.
    case 'donation.refunded':
    case 'donation.reversed':
    case 'donation.charged_back':
    case 'donation.chargeback_won':
    case 'donation.refund_returned': {
      const { id, left } = event.data;
      return {
        ...shown,
        view: now,
        wall:
          left.amount === 0
            ? { ...wall, items: wall.items.filter((item) => item.id !== id) }
            : change(wall, id, { gift: left }),
      };
    }
    case 'campaign.updated':
      return { ...shown, view: { ...now, ...event.data } };
    case 'campaign.closed':
      return { ...shown, view: { ...now, status: event.data.reason } };
    case 'update.posted':
      return { ...shown, view: now, updates: withPosted(updates, event.data) };
    case 'update.hidden':
      return { ...shown, view: now, updates: withoutUpdate(updates, event.data.id) };
    default:
      return { ...shown, view: now };
  }
}

const change = (wall: Wall, id: string, changes: Partial<WallItem>): Wall => ({
  ...wall,
  items: wall.items.map((item) => (item.id === id ? { ...item, ...changes } : item)),
});

/** Gathers what comes and hands it over at most once per moment; the first of a quiet time at once. */
function useMoments<T>(take: (all: T[]) => void): (one: T) => void {
  const latest = useRef(take);
  latest.current = take;
  const waiting = useRef<T[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const flush = () => {
    timer.current = undefined;
    if (waiting.current.length === 0) return;
    const all = waiting.current;
    waiting.current = [];
    latest.current(all);
    timer.current = setTimeout(flush, MOMENT_MS);
  };
  return (one) => {
    waiting.current.push(one);
    // After the present turn, so that everything of one message is one moment.
    timer.current ??= setTimeout(flush, 0);
  };
}

/** Screen readers hear at most one sentence in this time. */
const SAID_EVERY_MS = 5_000;

/** The newest of a rapid row of sentences, at most one per five seconds, for a polite live region. */
export function useSaid(sentence: string | null): string {
  const [said, setSaid] = useState('');
  const next = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!sentence) return;
    const flush = () => {
      timer.current = undefined;
      if (next.current === null) return;
      setSaid(next.current);
      next.current = null;
      timer.current = setTimeout(flush, SAID_EVERY_MS);
    };
    next.current = sentence;
    if (timer.current === undefined) flush();
  }, [sentence]);
  return said;
}
