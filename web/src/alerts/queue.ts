import type { WallItem } from '../../../server/protocol/donations.ts';
import type { FeedEvent, GiftReturned } from '../../../server/protocol/feeds.ts';

/** Gifts that wait to be told one by one; what comes beyond them is told together. */
export const WAITING_MAX = 30;
/** Older gifts are told together: a stream that comes back after an hour shall not play that hour. */
export const OLD_MS = 10 * 60_000;
/** Alerts that the team asked for, which go before the others. */
export const AHEAD_MAX = 10;
/** Of gifts that are told together so many are kept one by one, for whoever is hidden or goes back meanwhile. */
export const FOLDED_MAX = 1_000;

/** What an alert says of one gift: nothing that its feed does not. */
export type Gift = { id: string; name: string | null; amount: number; message: string | null; at: string };
/** `from`..`to` are the numbers of the feed that are told with it; an alert ahead of its turn has none. */
export type Alert =
  | { kind: 'gift'; gift: Gift; from: number; to: number }
  | { kind: 'ahead'; gift: Gift; isTest: boolean }
  | { kind: 'together'; count: number; amount: number; largest: Gift | null; from: number; to: number };

type Single = { from: number; to: number; gift: Gift };
type Folded = { from: number; to: number; gifts: Gift[]; more: { count: number; amount: number } };
type Entry = Single | Folded;

export type AlertQueue = {
  /** Number of the last event that was taken; null before `start`. */
  readonly taken: number | null;
  /** Everything up to this number has been told or has nothing to tell: where one goes on after a reload. */
  readonly told: number | null;
  readonly waiting: number;
  /** Goes on after number `seq` without telling what was before. What waits is told all the same. */
  start(seq: number): void;
  /** Takes the events that follow `taken`, older ones are dropped. False, and nothing is taken, if some are missing. */
  take(events: FeedEvent[]): boolean;
  /** Goes on to number `to` over events that cannot be had; what is known of the gifts among them is told together. */
  leap(to: number, gifts: { count: number; amount: number }): void;
  /** A made-up gift, or one that the team wants told again: before all others. False if too many wait already. */
  ahead(gift: Gift, isTest: boolean): boolean;
  /** The alert whose turn it is; it is told from now on, and never again. */
  next(nowMs: number): Alert | null;
  /** Nothing that waits is told. */
  clear(): void;
};

/**
 * What an alert stream has to tell, in the order of its feed: each gift once, by itself or together with others, and
 * none that was hidden or went back before its turn. No clock, no screen and no connection in here. `isWorth` leaves
 * small gifts out; `onGone` hears of gifts that may not be shown any more, for one that is on the screen.
 */
export function alertQueue({
  isWorth = () => true,
  onGone = () => undefined,
}: {
  isWorth?: (gift: Gift) => boolean;
  onGone?: (id: string) => void;
} = {}): AlertQueue {
  let taken: number | null = null;
  let entries: Entry[] = [];
  let first: { gift: Gift; isTest: boolean }[] = [];

  function add(seq: number, gift: Gift): void {
    const last = entries.at(-1);
    if (last && isFolded(last)) fold(last, { from: seq, to: seq, gift });
    else if (entries.length < WAITING_MAX) entries.push({ from: seq, to: seq, gift });
    else entries.push(fold(empty(seq), { from: seq, to: seq, gift }));
  }

  /** `change` gives what is left of the gift, or null if it is gone. */
  function change(id: string, to: (gift: Gift) => Gift | null): void {
    const changed = (gift: Gift): Gift[] => {
      const next = gift.id === id ? to(gift) : gift;
      return next ? [next] : [];
    };
    entries = entries
      .map((entry) => {
        if (isFolded(entry)) return { ...entry, gifts: entry.gifts.flatMap(changed) };
        const [gift] = changed(entry.gift);
        return gift ? { ...entry, gift } : { ...empty(entry.from), to: entry.to };
      })
      .filter((entry) => !isFolded(entry) || countOf(entry) > 0);
    first = first.flatMap((one) => changed(one.gift).map((gift) => ({ ...one, gift })));
  }

  function hear({ seq, type, data }: FeedEvent): void {
    switch (type) {
      case 'donation.received': {
        const { id, name, gift, message, at } = data as WallItem;
        const one = { id, name, amount: gift.amount, message, at };
        if (isWorth(one)) add(seq, one);
        break;
      }
      case 'donation.message_shown': {
        const { id, message } = data as { id: string; message: string };
        change(id, (gift) => ({ ...gift, message: message || null }));
        break;
      }
      case 'donation.hidden': {
        const { id } = data as { id: string };
        change(id, () => null);
        onGone(id);
        break;
      }
      case 'donation.refunded':
      case 'donation.reversed':
      case 'donation.charged_back': {
        const { id, left } = data as GiftReturned;
        change(id, (gift) => (left.amount > 0 ? { ...gift, amount: left.amount } : null));
        if (left.amount === 0) onGone(id);
        break;
      }
    }
  }

  return {
    get taken() {
      return taken;
    },
    get told() {
      const next = entries[0];
      return next ? next.from - 1 : taken;
    },
    get waiting() {
      return entries.length + first.length;
    },

    start(seq) {
      taken = seq;
    },

    take(events) {
      const last = taken;
      if (last === null) return false;
      const fresh = events.filter(({ seq }) => seq > last);
      if (fresh.some(({ seq }, nth) => seq !== last + 1 + nth)) return false;
      for (const event of fresh) {
        taken = event.seq;
        hear(event);
      }
      return true;
    },

    leap(to, { count, amount }) {
      if (taken === null || to <= taken) return;
      const from = taken + 1;
      taken = to;
      if (count <= 0) return;
      const last = entries.at(-1);
      const more = { from, to, gifts: [], more: { count, amount } };
      if (last && isFolded(last)) fold(last, more);
      else entries.push(more);
    },

    ahead(gift, isTest) {
      if (first.length >= AHEAD_MAX) return false;
      first.push({ gift, isTest });
      return true;
    },

    next(nowMs) {
      const ahead = first.shift();
      if (ahead) return { kind: 'ahead', ...ahead };
      const isOld = (entry: Entry) => isFolded(entry) || nowMs - Date.parse(entry.gift.at) > OLD_MS;
      const young = entries.findIndex((entry) => !isOld(entry));
      const old = young < 0 ? entries.length : young;
      const turn = entries.splice(0, Math.max(1, old));
      const [one] = turn;
      if (!one) return null;
      // Alone it is told as it is, however old: there is nothing to be spared.
      if (turn.length === 1 && !isFolded(one)) return { kind: 'gift', ...one };
      return together(turn.reduce<Folded>(fold, empty(one.from)));
    },

    clear() {
      entries = [];
      first = [];
    },
  };
}

const isFolded = (entry: Entry): entry is Folded => 'gifts' in entry;
const empty = (from: number): Folded => ({ from, to: from, gifts: [], more: { count: 0, amount: 0 } });
const countOf = ({ gifts, more }: Folded): number => gifts.length + more.count;

/** Puts an entry behind the others; beyond FOLDED_MAX only the sum stays. */
function fold(all: Folded, entry: Entry): Folded {
  const gifts = isFolded(entry) ? entry.gifts : [entry.gift];
  if (isFolded(entry)) {
    all.more.count += entry.more.count;
    all.more.amount += entry.more.amount;
  }
  for (const gift of gifts) {
    if (all.gifts.length < FOLDED_MAX) {
      all.gifts.push(gift);
    } else {
      all.more.count += 1;
      all.more.amount += gift.amount;
    }
  }
  all.to = entry.to;
  return all;
}

function together(all: Folded): Alert {
  const { from, to, gifts, more } = all;
  const largest = gifts.reduce<Gift | null>(
    (most, gift) => (most && most.amount >= gift.amount ? most : gift),
    null,
  );
  const amount = gifts.reduce((sum, gift) => sum + gift.amount, more.amount);
  return { kind: 'together', count: countOf(all), amount, largest, from, to };
}
