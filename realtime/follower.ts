import { apply, redacted, redacts } from '../server/protocol/apply.ts';
import {
  CATCH_UP_MAX,
  type FeedEvent,
  type FeedKind,
  type Head,
  type News,
  parseFeed,
} from '../server/protocol/feeds.ts';
import type { Watched } from '../server/protocol/sockets.ts';
import { Frames } from './frames.ts';
import { AHEAD_MAX, GAP_WAIT_MS, HEARTBEAT_MS, RING_AT_START, RING_MAX } from './limits.ts';
import type { Metrics } from './metrics.ts';

/** What the live layer asks of the house. */
export type Source = {
  /**
   * Head, epoch, state and at most CATCH_UP_MAX events after `since`, all of one snapshot. The state is that of
   * `head`, also where the events do not reach it. Null if there is no such feed.
   */
  read(
    feed: string,
    since: number,
  ): Promise<{ epoch: string; head: number; events: FeedEvent[]; state: unknown } | null>;
  /** Heads of many feeds in one query. Feeds that do not exist are left out. */
  heads(feeds: string[]): Promise<Head[]>;
};

/** Brings what other processes committed; may lose, repeat and cross messages. */
export type Bus = {
  publish(news: News[]): void;
  subscribe(listen: (news: News) => void): () => void;
  /** Asks for a feed's news until the returned function is called. */
  follow(feed: string): () => void;
  /** False while it is known to bring nothing. */
  isSound(): boolean;
};

type Snapshot = NonNullable<Awaited<ReturnType<Source['read']>>>;

export type Surroundings = {
  read: Source['read'];
  heads: Source['heads'];
  /** Sends to all who watch the feed here; gives the bytes that each of them is sent. */
  send(news: News): number;
  sendHead(head: Head): unknown;
  sendViewers(viewers: { feed: string; count: number }): unknown;
  /** How many watch the feed at other processes, as far as we have heard. */
  viewersElsewhere(feed: string): number;
  /** The feed is no more: whoever watches it has to ask anew. */
  gone(follower: Follower): void;
  fault(where: string, fault: unknown): void;
  metrics: Metrics;
};

/** An ear inside this process. Null says that events were missed which cannot be had one by one. */
export type Ear = (events: FeedEvent[] | null) => void;

/**
 * Follows one feed for all who watch it in this process: head, state and the last few hundred events. The bus may
 * lose, repeat and cross its messages; the numbers tell, and the database has what is missing.
 */
export class Follower {
  readonly feed: string;
  readonly #around: Surroundings;
  readonly #kind: FeedKind;
  readonly #ears = new Set<Ear>();
  #epoch = '';
  #head = 0;
  /** Undefined after an event that says too little to carry the state on; read again when somebody needs it. */
  #state: unknown;
  /** Without a gap, the last one is `#head`. */
  #ring: FeedEvent[] = [];
  #isOpen = false;
  #isStopped = false;

  /** The highest number heard of; above `#head` while something is missing. */
  #known = 0;
  #ahead: News[] = [];
  #gapTimer: NodeJS.Timeout | undefined;
  #mending: Promise<void> | undefined;

  readonly #frames: Frames;
  /** Of the last frame or head, whichever was later. */
  #saidAt = Date.now();

  #watchers = 0;
  #viewersSaid = 0;

  constructor(feed: string, around: Surroundings) {
    this.feed = feed;
    this.#kind = parseFeed(feed).kind;
    this.#around = around;
    this.#frames = new Frames({
      isPublic: this.#kind === 'campaign',
      say: (said) => this.#say(said),
      state: () => this.#state,
      refresh: () => this.#mendSoon(),
      metrics: around.metrics,
    });
  }

  get head(): number {
    return this.#head;
  }

  get watchers(): number {
    return this.#watchers;
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isStopped;
  }

  /**
   * Reads the feed with the events that whoever comes back might have missed. News that comes meanwhile waits.
   * False if there is no such feed.
   */
  async open(): Promise<boolean> {
    const [seen] = await this.#around.heads([this.feed]);
    const snapshot = seen && (await this.#around.read(this.feed, Math.max(0, seen.head - RING_AT_START)));
    if (!snapshot) return false;
    this.#adopt(snapshot);
    this.#isOpen = true;
    this.#useAhead();
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#gapTimer);
    this.#frames.stop();
    this.#ears.clear();
  }

  /** Tells the ear the recent events first, and from then on each one as it is applied. */
  listen(ear: Ear): void {
    this.#ears.add(ear);
    if (this.#ring.length > 0) ear(this.#ring);
  }

  joined(): void {
    this.#watchers++;
    this.#around.metrics.watchers.inc();
    // Who has just come knows no count yet, even if another left in the same second.
    this.#viewersSaid = -1;
  }

  left(): void {
    this.#watchers--;
    this.#around.metrics.watchers.dec();
    if (this.#watchers === 0) this.#frames.clear();
  }

  /**
   * From memory, in the caller's tick: every event after `since`, or the state. Undefined if the state has to be
   * read first: `refresh()`, then ask again.
   */
  answer(epoch: string | undefined, since: number | undefined): Watched | undefined {
    if (since !== undefined && epoch === this.#epoch) {
      const behind = this.#head - since;
      if (behind >= 0 && behind <= Math.min(this.#ring.length, CATCH_UP_MAX)) {
        const events = behind === 0 ? [] : this.#ring.slice(-behind);
        return { ok: true, epoch: this.#epoch, head: this.#head, events };
      }
    }
    if (this.#state === undefined) return undefined;
    return { ok: true, epoch: this.#epoch, head: this.#head, state: this.#state };
  }

  refresh(): Promise<void> {
    return this.#mend();
  }

  take(news: News): void {
    if (this.#isStopped) return;
    if (!this.#isOpen) {
      this.#keepAhead(news);
    } else if (news.epoch !== this.#epoch) {
      this.#mendSoon();
    } else if (news.to > this.#head) {
      this.#known = Math.max(this.#known, news.to);
      if (!this.#continues(news)) {
        this.#keepAhead(news);
        this.#waitForGap();
        return;
      }
      const closesGap = this.#ahead.length > 0;
      if (closesGap) this.#around.metrics.healed.inc({ source: 'bus' }, news.to - this.#head);
      this.#apply(news.events);
      if (closesGap) this.#useAhead();
    }
  }

  /** What one query said of this feed's head; `before` is our own head when it was asked. */
  compare(seen: Head | undefined, before: number): void {
    if (!this.isOpen) return;
    if (!seen || seen.epoch !== this.#epoch || seen.head < before) {
      this.#mendSoon();
      return;
    }
    // On a busy feed the news of this head is on its way more often than lost.
    this.#known = Math.max(this.#known, seen.head);
    if (this.#known > this.#head) this.#waitForGap();
  }

  /** Once a second: the number of viewers if it changed, the head if the feed has been silent. */
  tick(now: number): void {
    if (!this.isOpen || this.#watchers === 0) return;
    const count = this.#watchers + this.#around.viewersElsewhere(this.feed);
    if (this.#kind === 'campaign' && this.#viewersSaid !== count) {
      this.#viewersSaid = count;
      this.#around.sendViewers({ feed: this.feed, count });
    }
    // A head that nobody was told the events of would have all of them ask.
    if (now - this.#saidAt >= HEARTBEAT_MS && this.#frames.isEmpty) {
      this.#saidAt = now;
      this.#around.sendHead({ feed: this.feed, epoch: this.#epoch, head: this.#head });
    }
  }

  #continues(news: News): boolean {
    return news.from <= this.#head + 1 && isWhole(news.events, news.from, news.to);
  }

  #keepAhead(news: News): void {
    this.#ahead.push(news);
    if (this.#ahead.length > AHEAD_MAX) this.#ahead.shift();
  }

  #useAhead(): void {
    const waiting = this.#ahead.sort((a, b) => a.from - b.from);
    this.#ahead = [];
    for (const news of waiting) this.take(news);
  }

  #waitForGap(): void {
    if (this.#gapTimer || this.#mending) return;
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = undefined;
      if (this.#known > this.#head) this.#mendSoon();
    }, GAP_WAIT_MS);
  }

  /** A failed read is tried again by the next comparison of heads. */
  #mendSoon(): void {
    this.#mend().catch((fault) => this.#around.fault(`follow ${this.feed}`, fault));
  }

  #mend(): Promise<void> {
    this.#mending ??= this.#readOn().finally(() => {
      this.#mending = undefined;
      if (!this.#isStopped) this.#useAhead();
    });
    return this.#mending;
  }

  async #readOn(): Promise<void> {
    // News follows its commit, so the snapshot below holds whatever had come in before it was asked for.
    this.#ahead = [];
    this.#known = this.#head;
    const before = this.#head;
    const snapshot = await this.#around.read(this.feed, before);
    if (this.#isStopped) return;
    if (!snapshot) {
      this.#around.gone(this);
    } else if (snapshot.epoch !== this.#epoch || snapshot.head < before) {
      this.#startOver(snapshot);
    } else if (snapshot.head >= this.#head) {
      const missed = snapshot.events.filter(({ seq }) => seq > this.#head);
      if (!isWhole(missed, this.#head + 1, snapshot.head)) {
        this.#leap(snapshot);
      } else {
        this.#around.metrics.healed.inc({ source: 'database' }, missed.length);
        if (missed.length > 0) this.#apply(missed);
        this.#state = snapshot.state;
      }
    } else if (this.#state === undefined && this.#head - snapshot.head <= this.#ring.length) {
      // On a busy feed news overtakes every read.
      const since = this.#ring.slice(snapshot.head - this.#head);
      this.#state = since.reduce(
        (state, event) => (state === undefined ? undefined : apply(this.#kind, state, event)),
        snapshot.state,
      );
    }
  }

  #apply(events: FeedEvent[]): void {
    const fresh = events.filter(({ seq }) => seq > this.#head);
    for (const event of fresh) {
      if (this.#state !== undefined) this.#state = apply(this.#kind, this.#state, event);
      if (redacts(event)) {
        this.#ring = this.#ring.map((earlier) => redacted(earlier, event));
        this.#frames.redact(event);
      }
      this.#ring.push(event);
      if (this.#watchers > 0) this.#frames.add(event);
      this.#head = event.seq;
    }
    // Cut in strides: a splice for each event would move the whole ring for each event.
    if (this.#ring.length > RING_MAX * 1.2) this.#ring.splice(0, this.#ring.length - RING_MAX);
    this.#around.metrics.events.inc(fresh.length);
    for (const ear of this.#ears) ear(fresh);
    this.#frames.sendSoon();
  }

  #say(said: Omit<News, 'feed' | 'epoch'>): number {
    this.#around.metrics.frames.inc();
    this.#saidAt = Date.now();
    const bytes = this.#around.send({ feed: this.feed, epoch: this.#epoch, ...said });
    this.#around.metrics.frameBytes.inc(bytes);
    const now = Date.now();
    for (const { at } of said.events)
      this.#around.metrics.commitToSend.observe(Math.max(0, now - Date.parse(at)) / 1_000);
    return bytes;
  }

  #adopt(snapshot: Snapshot): void {
    this.#epoch = snapshot.epoch;
    this.#head = snapshot.head;
    this.#known = snapshot.head;
    this.#state = snapshot.state;
    const { events } = snapshot;
    const first = events[0];
    this.#ring = first && isWhole(events, first.seq, snapshot.head) ? [...events] : [];
    this.#frames.clear();
  }

  /** Too far behind for single events: everyone gets the state, and is told how many events it stands for. */
  #leap(snapshot: Snapshot): void {
    this.#frames.flush();
    const from = this.#head + 1;
    this.#adopt(snapshot);
    this.#around.metrics.leaps.inc();
    const elided = snapshot.head - from + 1;
    this.#around.metrics.healed.inc({ source: 'state' }, elided);
    if (this.#watchers > 0) this.#say({ from, to: this.#head, events: [], state: this.#state, elided });
    for (const ear of this.#ears) ear(null);
  }

  /** Another history: an empty range of numbers with a state says "forget what you had". */
  #startOver(snapshot: Snapshot): void {
    this.#adopt(snapshot);
    this.#around.metrics.leaps.inc();
    if (this.#watchers > 0)
      this.#say({ from: this.#head + 1, to: this.#head, events: [], state: this.#state });
    for (const ear of this.#ears) ear(null);
  }
}

/** True if `events` are exactly the numbers `from` to `to`, in order; no events for an empty range. */
const isWhole = (events: FeedEvent[], from: number, to: number): boolean =>
  events.length === to - from + 1 && events.every(({ seq }, i) => seq === from + i);
