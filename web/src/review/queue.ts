import { useCallback, useRef, useState } from 'preact/hooks';
import type { EventOf } from '../../../server/protocol/apply.ts';
import { HELD_MAX, SUBMITTED_MAX } from '../../../server/protocol/apply.ts';
import type { CampaignCard } from '../../../server/protocol/campaigns.ts';
import type { HeldMessage } from '../../../server/protocol/donations.ts';
import { MODERATION, type ModerationEvents, type ModerationState } from '../../../server/protocol/feeds.ts';
import type { RefusedCode } from '../../../server/protocol/sockets.ts';
import { useFeed } from '../live.ts';
import { heldMessages, submittedCampaigns } from './calls.ts';

/** How a row left the queue; `gone` where we only know that it did. */
export type Outcome = 'approve' | 'reject' | 'show' | 'hide' | 'gone';

/** One line of a queue. A decided one keeps its place until the reader tidies up, so that no row moves under a hand. */
export type Row<T> = {
  id: string;
  item: T;
  /** Came while the page stood open and has not been read. */
  isNew: boolean;
  outcome: Outcome | null;
  /** Decided on this page. */
  isOurs: boolean;
  /** When it was decided as we know it, in ms since the epoch. */
  settledAt: number;
  /** How often it has come back after a decision: what was read before is another campaign by now. */
  round: number;
};
export type CampaignRow = Row<CampaignCard>;
export type MessageRow = Row<HeldMessage>;

export type Queues = {
  /** Null until the feed has said how things stand. Oldest first. */
  campaigns: CampaignRow[] | null;
  messages: MessageRow[] | null;
  /** The server's list was full: more wait than are shown. */
  isFull: { campaigns: boolean; messages: boolean };
  refused: RefusedCode | null;
  /** The last that came in, to be announced. */
  arrived: { campaign: string | null; key: number } | null;
  /** Says that the row has been read. */
  seen: (id: string) => void;
  decided: (id: string, outcome: Outcome) => void;
  /** Takes away what is done, and fetches what follows where the list was full. */
  tidy: () => void;
};

type Known = Pick<Queues, 'campaigns' | 'messages' | 'isFull' | 'arrived'>;

export function useQueues(): Queues {
  const [known, setKnown] = useState<Known>({
    campaigns: null,
    messages: null,
    isFull: { campaigns: false, messages: false },
    arrived: null,
  });
  const [refused, setRefused] = useState<RefusedCode | null>(null);
  const current = useRef(known);
  current.current = known;

  const take = useCallback((submitted: CampaignCard[], held: HeldMessage[], askedAt: number) => {
    setKnown((now) => ({
      ...now,
      campaigns: withList(now.campaigns, submitted, askedAt, ({ id }) => id),
      messages: withList(now.messages, held, askedAt, ({ donationId }) => donationId),
      isFull: { campaigns: submitted.length >= SUBMITTED_MAX, messages: held.length >= HELD_MAX },
    }));
  }, []);
  const fetchLists = useCallback(async () => {
    const askedAt = Date.now();
    const [submitted, held] = await Promise.all([submittedCampaigns(), heldMessages()]);
    take(submitted, held, askedAt);
  }, [take]);

  useFeed<ModerationState, ModerationEvents>(MODERATION, {
    onState: ({ submitted, held }) => {
      setRefused(null);
      take(submitted, held, Date.now());
    },
    onEvents: (events, { elided }) => {
      setKnown((now) => events.reduce(withEvent, now));
      // The event names a campaign; the list says the rest of it.
      if (events.some(({ type }) => type === 'campaign.submitted') && elided === 0) {
        void fetchLists().catch(() => undefined);
      }
    },
    onRefused: setRefused,
  });

  const decided = useCallback((id: string, outcome: Outcome) => {
    setKnown((now) => ({
      ...now,
      campaigns: settle(now.campaigns, id, outcome, true),
      messages: settle(now.messages, id, outcome, true),
    }));
  }, []);
  const seen = useCallback((id: string) => {
    const read = <T>(rows: Row<T>[] | null) =>
      rows?.some((known) => known.id === id && known.isNew)
        ? rows.map((known) => (known.id === id ? { ...known, isNew: false } : known))
        : rows;
    setKnown((now) => ({ ...now, campaigns: read(now.campaigns), messages: read(now.messages) }));
  }, []);
  const tidy = useCallback(() => {
    const { isFull } = current.current;
    const open = <T>(rows: Row<T>[] | null) => rows?.filter(({ outcome }) => outcome === null) ?? null;
    setKnown((now) => ({ ...now, campaigns: open(now.campaigns), messages: open(now.messages) }));
    if (isFull.campaigns || isFull.messages) void fetchLists().catch(() => undefined);
  }, [fetchLists]);

  return { ...known, refused, seen, decided, tidy };
}

const row = <T>(id: string, item: T, isNew: boolean): Row<T> => ({
  id,
  item,
  isNew,
  outcome: null,
  isOurs: false,
  settledAt: 0,
  round: 0,
});

/**
 * The server's list, asked for at `askedAt`, over ours: rows that stand keep their place, those it lacks are done, new
 * ones come last.
 */
function withList<T>(rows: Row<T>[] | null, list: T[], askedAt: number, idOf: (item: T) => string): Row<T>[] {
  const isFirst = rows === null;
  const fresh = new Map(list.map((item) => [idOf(item), item]));
  const kept = (rows ?? []).map((known): Row<T> => {
    const item = fresh.get(known.id);
    fresh.delete(known.id);
    if (item === undefined) return known.outcome === null ? settled(known, 'gone', false) : known;
    if (known.outcome === null) return { ...known, item };
    // Waiting again after a no; or the list was asked for before the decision, and knows nothing of it.
    return askedAt > known.settledAt
      ? { ...known, item, outcome: null, isOurs: false, isNew: true, round: known.round + 1 }
      : known;
  });
  return [...kept, ...[...fresh].map(([id, item]) => row(id, item, !isFirst))];
}

const settled = <T>(known: Row<T>, outcome: Outcome, isOurs: boolean): Row<T> => ({
  ...known,
  outcome,
  isOurs,
  isNew: false,
  settledAt: Date.now(),
});

function withEvent(now: Known, event: EventOf<ModerationEvents>): Known {
  const key = (now.arrived?.key ?? 0) + 1;
  switch (event.type) {
    case 'campaign.submitted':
      return { ...now, arrived: { campaign: event.data.title, key } };
    case 'campaign.reviewed':
      return { ...now, campaigns: settle(now.campaigns, event.data.id, event.data.decision, false) };
    case 'message.held': {
      const { messages } = now;
      const id = event.data.donationId;
      if (!messages || messages.some((known) => known.id === id)) return now;
      return {
        ...now,
        messages: [...messages, row(id, event.data, true)],
        arrived: { campaign: null, key },
      };
    }
    case 'message.reviewed': {
      const outcome = event.data.decision === 'show' ? 'show' : 'hide';
      return { ...now, messages: settle(now.messages, event.data.donationId, outcome, false) };
    }
    default:
      return now;
  }
}

function settle<T>(rows: Row<T>[] | null, id: string, outcome: Outcome, isOurs: boolean): Row<T>[] | null {
  if (!rows) return null;
  return rows.map((known) => {
    if (known.id !== id) return known;
    if (known.outcome === null || known.outcome === 'gone') return settled(known, outcome, isOurs);
    // Our own decision comes back to us as news, before the answer or after it: that it was ours stays.
    return isOurs && known.outcome === outcome ? { ...known, isOurs } : known;
  });
}
