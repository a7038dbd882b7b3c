import { redacted } from '../server/protocol/apply.ts';
import type { CampaignEvents, FeedEvent, News } from '../server/protocol/feeds.ts';
import {
  FRAME_EVENTS_MAX,
  FRAME_MS,
  RETRY_MS,
  THIN_FRAME_MS,
  THIN_GIFTS,
  THIN_OTHERS_MAX,
  THIN_OVER_MS,
  THIN_STATE_EVERY_MS,
  THIN_WAITING_MAX,
} from './limits.ts';
import type { Metrics } from './metrics.ts';
import { Pace } from './pace.ts';

type Said = Pick<News, 'from' | 'to' | 'events' | 'state' | 'elided'>;

/**
 * What waits to be said to the watchers of one feed, and when it leaves. Idle: each event at once. Under load:
 * everything that came within a frame together. A public feed with more events or bytes in a second than its bounds
 * is thinned: its frames hold the largest gifts, the newest, and everything that is no gift, and say how many
 * others there were. Totals are absolute, so they are right at once; the whole state follows when the burst is over,
 * and every few seconds while it lasts.
 */
export class Frames {
  readonly #isPublic: boolean;
  readonly #say: (said: Said) => number;
  readonly #state: () => unknown;
  readonly #refresh: () => void;
  readonly #metrics: Metrics;
  readonly #pace = new Pace();

  #waiting: FeedEvent[] = [];
  /** The numbers that `#waiting` stands for; it has fewer events if some of them are left out already. */
  #from = 0;
  #to = 0;
  #frameTimer: NodeJS.Timeout | undefined;
  #stateTimer: NodeJS.Timeout | undefined;

  /** True after gifts were left out, until the whole state is said. */
  #owesState = false;
  #thinnedAt = Number.NEGATIVE_INFINITY;
  /** When the last state was said, or the burst began. */
  #statedAt = 0;

  constructor(options: {
    /** Only a public feed is thinned. */
    isPublic: boolean;
    /** Sends to all watchers; gives the bytes that each of them is sent. */
    say(said: Said): number;
    /** The state with all events applied that were added; undefined if it has to be read first. */
    state(): unknown;
    /** Asks for a state to be read. */
    refresh(): void;
    metrics: Metrics;
  }) {
    this.#isPublic = options.isPublic;
    this.#say = options.say;
    this.#state = options.state;
    this.#refresh = options.refresh;
    this.#metrics = options.metrics;
  }

  /** True if all that was added has been said. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Events in the order of their numbers, each following the one before. */
  add(event: FeedEvent): void {
    if (this.isEmpty) this.#from = event.seq;
    this.#to = event.seq;
    this.#waiting.push(event);
    if (this.#isPublic && this.#waiting.length > THIN_WAITING_MAX + THIN_OTHERS_MAX)
      this.#waiting = sample(this.#waiting);
  }

  /** What `later` takes back is not said any more. */
  redact(later: FeedEvent): void {
    this.#waiting = this.#waiting.map((earlier) => redacted(earlier, later));
  }

  /** Once the events of one turn are added: now if a frame may leave, otherwise as soon as one may. */
  sendSoon(): void {
    if (this.isEmpty || this.#frameTimer) return;
    const wait = this.#pace.wait(performance.now());
    if (wait === 0) this.flush();
    else this.#frameTimer = setTimeout(() => this.flush(), wait);
  }

  /** Says what waits, now. */
  flush(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
    if (this.isEmpty) return;
    const now = performance.now();
    const events = this.#waiting;
    const from = this.#from;
    this.#waiting = [];
    const isWhole = events.length === this.#to - from + 1;
    if (!this.#isPublic) {
      this.#sayWhole(events, from, now);
      return;
    }
    const spared = sparing(events);
    if (isWhole && this.#pace.allows(now, events.length, sizeOf(spared))) this.#sayWhole(spared, from, now);
    else this.#sayThinned(events, from, now);
  }

  /** Forgets what waits: everyone has gone, or is told the whole state. */
  clear(): void {
    this.stop();
    this.#waiting = [];
    this.#owesState = false;
  }

  stop(): void {
    clearTimeout(this.#frameTimer);
    clearTimeout(this.#stateTimer);
    this.#frameTimer = undefined;
    this.#stateTimer = undefined;
  }

  #sayWhole(events: FeedEvent[], from: number, now: number): void {
    let bytes = 0;
    for (let i = 0; i < events.length; i += FRAME_EVENTS_MAX) {
      const part = events.slice(i, i + FRAME_EVENTS_MAX);
      const said: Said = { from: from + i, to: from + i + part.length - 1, events: part };
      if (i + FRAME_EVENTS_MAX >= events.length) this.#settle(said, now);
      bytes += this.#say(said);
    }
    this.#pace.left(now, { events: events.length, bytes: this.#isPublic ? bytes : 0, distanceMs: FRAME_MS });
  }

  #sayThinned(events: FeedEvent[], from: number, now: number): void {
    const to = this.#to;
    const happened = to - from + 1;
    let kept = sample(events);
    const state = kept.length > THIN_GIFTS + THIN_OTHERS_MAX ? this.#state() : undefined;
    if (state !== undefined) kept = kept.filter(isGift);
    const said: Said = { from, to, events: sparing(kept) };
    if (kept.length < happened) {
      said.elided = happened - kept.length;
      this.#metrics.thinned.inc(said.elided);
      this.#owesState = true;
      if (now - this.#thinnedAt > THIN_OVER_MS) this.#statedAt = now;
      this.#thinnedAt = now;
      if (state !== undefined) this.#put(said, state, now);
      else this.#settle(said, now);
    }
    const bytes = this.#say(said);
    this.#pace.left(now, { events: happened, bytes, distanceMs: THIN_FRAME_MS });
  }

  /** Puts the state that is owed into what is about to be said, if it is time and there is room. */
  #settle(said: Said, now: number): void {
    if (!this.#owesState) return;
    const isTime = now >= Math.min(this.#thinnedAt + THIN_OVER_MS, this.#statedAt + THIN_STATE_EVERY_MS);
    const state = isTime ? this.#state() : undefined;
    if (state !== undefined && this.#pace.allowsState(now, sizeOf(said.events) + sizeOf(state)))
      this.#put(said, state, now);
    else this.#settleLater(isTime && state === undefined ? RETRY_MS : THIN_OVER_MS);
  }

  #put(said: Said, state: unknown, now: number): void {
    said.state = state;
    this.#owesState = false;
    this.#statedAt = now;
  }

  /** The burst may have been the last that happens for long: then the state goes by itself. */
  #settleLater(ms: number): void {
    this.#stateTimer ??= setTimeout(() => {
      this.#stateTimer = undefined;
      if (!this.#owesState) return;
      const now = performance.now();
      if (this.#state() === undefined) this.#refresh();
      // An empty range of numbers: nothing has happened since, and this is the whole of the present.
      const said: Said = { from: this.#to + 1, to: this.#to, events: [] };
      if (this.isEmpty && this.#pace.wait(now) === 0) this.#settle(said, now);
      else this.#settleLater(ms);
      if (said.state === undefined) return;
      this.#pace.left(now, { events: 0, bytes: this.#say(said), distanceMs: FRAME_MS });
    }, ms);
  }
}

const isGift = ({ type }: FeedEvent): boolean => type === 'donation.received';
const amountOf = ({ data }: FeedEvent): number => (data as CampaignEvents['donation.received']).gift.amount;
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The largest gifts, the newest, and all that is no gift. A sample of a sample with more after it is the same. */
function sample(events: FeedEvent[]): FeedEvent[] {
  const gifts = events.filter(isGift);
  if (gifts.length <= THIN_GIFTS) return events;
  const newest = gifts.splice(-THIN_GIFTS / 2);
  const largest = gifts.sort((a, b) => amountOf(b) - amountOf(a)).slice(0, THIN_GIFTS / 2);
  const kept = new Set([...largest, ...newest]);
  return events.filter((event) => !isGift(event) || kept.has(event));
}

/** Of gifts in a row only the last tells the totals: they are absolute, and nobody sees those before it. */
const sparing = (events: FeedEvent[]): FeedEvent[] =>
  events.map((event, i) => {
    const next = events[i + 1];
    if (!next?.totals || !event.totals || !isGift(event) || !isGift(next)) return event;
    const { totals: _, ...rest } = event;
    return rest;
  });
