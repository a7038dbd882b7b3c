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

  const take = useCallback((submitted: CampaignCard[], held: HeldMessage[]) => {
    setKnown((now) => ({
      ...now,
      campaigns: withList(now.campaigns, submitted, ({ id }) => id),
      messages: withList(now.messages, held, ({ donationId }) => donationId),
      isFull: { campaigns: submitted.length >= SUBMITTED_MAX, messages: held.length >= HELD_MAX },
    }));
  }, []);
  const fetchLists = useCallback(async () => {
    take(...(await Promise.all([submittedCampaigns(), heldMessages()])));
  }, [take]);

  useFeed<ModerationState, ModerationEvents>(MODERATION, {
    onState: ({ submitted, held }) => {
      setRefused(null);
      take(submitted, held);
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
      rows?.some((row) => row.id === id && row.isNew)
        ? rows.map((row) => (row.id === id ? { ...row, isNew: false } : row))
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

/** The server's list over ours: rows that stand keep their place, those it lacks are done, new ones come last. */
function withList<T>(rows: Row<T>[] | null, list: T[], idOf: (item: T) => string): Row<T>[] {
  const isFirst = rows === null;
  const fresh = new Map(list.map((item) => [idOf(item), item]));
  const kept = (rows ?? []).map((row): Row<T> => {
    const item = fresh.get(row.id);
    fresh.delete(row.id);
    // Waiting again after a no: it is as good as new.
    if (item !== undefined) {
      return row.outcome === null
        ? { ...row, item }
        : { ...row, item, outcome: null, isOurs: false, isNew: true };
    }
    return row.outcome === null ? { ...row, outcome: 'gone', isNew: false } : row;
  });
  const added = [...fresh].map(
    ([id, item]): Row<T> => ({ id, item, isNew: !isFirst, outcome: null, isOurs: false }),
  );
  return [...kept, ...added];
}

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
      if (!messages || messages.some((row) => row.id === id)) return now;
      const row: MessageRow = { id, item: event.data, isNew: true, outcome: null, isOurs: false };
      return { ...now, messages: [...messages, row], arrived: { campaign: null, key } };
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
  // Our own decision comes back to us as news: whose it was is known already.
  const isOpen = rows?.some((row) => row.id === id && (row.outcome === null || row.outcome === 'gone'));
  if (!rows || !isOpen) return rows;
  return rows.map((row) => (row.id === id ? { ...row, outcome, isOurs, isNew: false } : row));
}
