import { useEffect, useRef, useState } from 'preact/hooks';
import { applyOwner, type EventOf } from '../../../server/protocol/apply.ts';
import type { CampaignView, Totals } from '../../../server/protocol/campaigns.ts';
import { type OwnerEvents, type OwnerState, ownerFeed, WALL_MAX } from '../../../server/protocol/feeds.ts';
import type { RefusedCode } from '../../../server/protocol/sockets.ts';
import { type Alert, alertQueue, type Gift } from '../alerts/queue.ts';
import { useFeed } from '../live.ts';

/** How long an alert has the stage; less while others wait. */
const SHOWN_MS = 6_000;
const SHOWN_MS_MIN = 2_500;
const MILESTONES = [25, 50, 75, 100] as const;

export type Entry = OwnerState['recent'][number] & {
  /** `now` came while the page was listening, `away` while it was not; neither was there before the page. */
  came?: 'now' | 'away';
  /** Its words came later than itself. */
  isShownLate?: boolean;
};
export type OnStage = Alert | { kind: 'milestone'; percent: number; totals: Totals };

export type AlertStream = {
  /** Null until the feed has said how things stand. */
  totals: Totals | null;
  /** Newest first. */
  entries: Entry[];
  stage: OnStage | null;
  /** What waits for the stage. */
  waiting: number;
  refused: RefusedCode | null;
  /** A made-up gift, before all others; false if too many wait already. */
  test(gift: Gift): boolean;
  /** The alert on the stage makes way. */
  skip(): void;
};

type Marks = Map<string, Pick<Entry, 'came' | 'isShownLate'>>;

/** A campaign's gifts as they come, and one after another on a stage. `isPaused` holds the stage; nothing is lost by it. */
export function useAlertStream(view: CampaignView, isPaused: boolean): AlertStream {
  const [state, setState] = useState<OwnerState | null>(null);
  const [refused, setRefused] = useState<RefusedCode | null>(null);
  const [stage, setStage] = useState<OnStage | null>(null);
  const [waiting, setWaiting] = useState(0);
  const current = useRef<OwnerState | null>(null);
  const marks = useRef<Marks>(new Map());
  const thanks = useRef<OnStage[]>([]);
  const reached = useRef(0);
  const [queue] = useState(() =>
    alertQueue({
      // Hidden by the team, or gone back: it leaves the stage at once.
      onGone: (id) => setStage((now) => (now && idOf(now) === id ? null : now)),
    }),
  );
  const count = () => setWaiting(queue.waiting + thanks.current.length);

  /** Thanked once for as long as the page stands: a sum that falls and rises again has been thanked for. */
  function thankFor(before: Totals | undefined, { raised, donorCount }: Totals): void {
    const shareOf = (totals: Totals) => (totals.raised.amount * 100) / Math.max(1, view.goal.amount);
    const highest = (totals: Totals) => MILESTONES.findLast((percent) => shareOf(totals) >= percent) ?? 0;
    const now = highest({ raised, donorCount });
    if (before && now > reached.current)
      thanks.current.push({ kind: 'milestone', percent: now, totals: { raised, donorCount } });
    reached.current = Math.max(reached.current, now);
  }

  function become(next: OwnerState): void {
    thankFor(current.current?.totals, next.totals);
    current.current = next;
    const shown = new Set(next.recent.map(({ id }) => id));
    for (const id of marks.current.keys()) if (!shown.has(id)) marks.current.delete(id);
    setState(next);
    count();
  }

  useFeed<OwnerState, OwnerEvents>(ownerFeed(view.id), {
    onState: (fresh, head) => {
      setRefused(null);
      const before = current.current;
      if (!before || queue.taken === null || head < queue.taken) {
        queue.start(head);
      } else {
        // Too far behind for one by one: what came is told together, by what the sums have grown.
        const known = new Set(before.recent.map(({ id }) => id));
        for (const { id } of fresh.recent) if (!known.has(id)) marks.current.set(id, { came: 'away' });
        queue.leap(head, {
          count: fresh.totals.donorCount - before.totals.donorCount,
          amount: fresh.totals.raised.amount - before.totals.raised.amount,
        });
      }
      become(fresh);
    },
    onEvents: (events, { caughtUp, elided }) => {
      const before = current.current;
      if (!before) return;
      // With some left out, the state that follows in the same turn tells the sums.
      if (elided === 0) queue.take(events);
      for (const event of events) {
        if (event.type === 'donation.received')
          marks.current.set(event.data.id, { came: caughtUp ? 'away' : 'now' });
        if (event.type === 'donation.message_shown') {
          const { id } = event.data;
          marks.current.set(id, { ...marks.current.get(id), isShownLate: true });
        }
      }
      become(events.reduce(withEvent, before));
    },
    onRefused: setRefused,
  });

  /** The stage is free: whoever is next comes on. */
  useEffect(() => {
    if (stage || isPaused || waiting === 0) return;
    const next = thanks.current.shift() ?? queue.next(Date.now());
    count();
    if (next) setStage(next);
  }, [stage, isPaused, waiting]);

  useEffect(() => {
    if (!stage) return;
    const timer = setTimeout(() => setStage(null), waiting > 0 ? SHOWN_MS_MIN : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [stage, waiting > 0]);

  return {
    totals: state?.totals ?? null,
    entries: (state?.recent ?? []).map((gift) => ({ ...gift, ...marks.current.get(gift.id) })),
    stage,
    waiting,
    refused,
    test(gift) {
      const isTaken = queue.ahead(gift, true);
      count();
      return isTaken;
    },
    skip: () => setStage(null),
  };
}

const idOf = (shown: OnStage): string | null => ('gift' in shown ? shown.gift.id : null);

/** Where the event alone cannot say which gift moves up into a full list, the list is shorter until the next state. */
function withEvent(state: OwnerState, event: EventOf<OwnerEvents>): OwnerState {
  const next = applyOwner(state, event);
  if (next) return next;
  const totals = event.totals ?? state.totals;
  const id = 'id' in event.data ? event.data.id : null;
  const isBack = event.type === 'donation.chargeback_won' || event.type === 'donation.refund_returned';
  const recent = isBack ? state.recent : state.recent.filter((gift) => gift.id !== id);
  return { ...state, totals, recent: recent.slice(0, WALL_MAX) };
}
