import { io, type Socket } from 'socket.io-client';
import type { EventOf } from '../../server/protocol/apply.ts';
import type { EventsIn, FeedName, StateIn } from '../../server/protocol/feeds.ts';
import type { ClientEvents, Refused, RefusedCode, ServerEvents } from '../../server/protocol/sockets.ts';
import { type Info, type Position, rules } from './rules.ts';

/** `offline` once an attempt to come back has failed; `connecting` before that. */
export type FeedStatus = 'connecting' | 'live' | 'offline';

export type WatchOptions<S, E> = {
  /** Opens a donation's feed to whoever pledged it. */
  claimToken?: string;
  /** What is known already; the state is then not sent. */
  from?: { epoch: string; since: number };
  onState(state: S, head: number): void;
  onEvents(events: EventOf<E>[], info: Info): void;
  onRefused?(code: RefusedCode): void;
};
/** `close` ends it; nothing is called from then on. */
export type Watch = { close(): void };

export type Connection = {
  /**
   * Follows a feed: its state first, unless `from` says what is known already, then each event once, in order.
   * Under load gifts may be left out of public feeds: `onEvents` tells how many, their totals are right at once, and
   * `onState` follows within seconds.
   */
  watch<F extends FeedName>(feed: F, options: WatchOptions<StateIn<F>, EventsIn<F>>): Watch;
  /** The same where the feed's name is known only as the program runs: the caller says what it holds. */
  watch<S, E>(feed: string, options: WatchOptions<S, E>): Watch;
  /** Called at once with the present status, and at every change. */
  onStatus(listen: (status: FeedStatus) => void): () => void;
  onViewers(feed: string, listen: (count: number) => void): () => void;
  /** Renews the token in band, signs in, or with null out. Every feed is asked for again as that person. */
  authenticate(token: string | null): void;
  close(): void;
};

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** A connection that lasted this long was a good one: the next attempt is the first of a new row. */
const STEADY_MS = 10_000;
/** A question that is not answered by now was asked of a dead connection. */
const ANSWER_MS_MAX = 10_000;
/** Clocks of hidden pages tick once a minute; one that stood longer was asleep with its machine. */
const TICK_MS = 5_000;
const SLEPT_MS = 75_000;

type Watching = ReturnType<typeof rules> & { feed: string; ask(): void };

/** One connection for all the feeds of a page. `token` is asked for at every attempt; null is a guest. */
export function connect(
  options: {
    url?: string;
    token?: () => string | null | Promise<string | null>;
    /**
     * More for Socket.IO's own client outside browsers, an agent or a local address. Its own types would ask whoever
     * uses this for those of DOM or Node.
     */
    socket?: object;
  } = {},
): Connection {
  const settings = {
    ...options.socket,
    transports: ['websocket'],
    reconnection: false,
    autoConnect: false,
    forceNew: true,
  };
  const socket: Socket<ServerEvents, ClientEvents> = options.url ? io(options.url, settings) : io(settings);
  const watched = new Map<string, Set<Watching>>();
  const viewers = new Map<string, Set<(count: number) => void>>();
  const statusEars = new Set<(status: FeedStatus) => void>();

  let status: FeedStatus = 'connecting';
  let isClosed = false;
  let attempts = 0;
  let connectedAt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let tokenGiven: string | null = null;
  let tokensRefused = 0;

  function become(next: FeedStatus): void {
    if (status === next) return;
    status = next;
    for (const listen of [...statusEars]) safely(() => listen(next));
  }

  async function open(): Promise<void> {
    clearTimeout(retry);
    retry = undefined;
    try {
      // A token refused twice will not become a good one by asking on: a public page still works for a guest.
      const isGuest = tokensRefused >= 2;
      const token = isGuest ? null : options.token ? await options.token() : tokenGiven;
      if (isGuest) tokensRefused = 0;
      if (isClosed || socket.connected) return;
      socket.auth = { token };
      socket.connect();
    } catch {
      become('offline');
      openLater();
    }
  }

  function openLater(retryAfterMs?: number): void {
    if (isClosed || retry !== undefined) return;
    const wait =
      retryAfterMs === undefined
        ? Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** attempts) * (0.5 + Math.random() / 2)
        : retryAfterMs * (1 + Math.random());
    attempts++;
    retry = setTimeout(() => void open(), wait);
  }

  const all = (): Watching[] => [...watched.values()].flatMap((some) => [...some]);
  const of = (feed: string): Watching[] => [...(watched.get(feed) ?? [])];
  /** Ends a connection that has died unnoticed; `disconnect` below starts the way back. */
  const giveUp = (): void => {
    if (socket.connected) socket.io.engine.close();
  };

  socket.on('connect', () => {
    connectedAt = Date.now();
    become('live');
    for (const watching of all()) watching.ask();
  });
  socket.on('disconnect', () => {
    if (Date.now() - connectedAt > STEADY_MS) attempts = 0;
    become('connecting');
    openLater();
  });
  socket.on('connect_error', (error) => {
    const refused = (error as Error & { data?: Refused }).data;
    if (refused?.code === 'unauthenticated') tokensRefused++;
    become('offline');
    openLater(refused?.retryAfterMs);
  });
  socket.on('news', (news) => {
    for (const watching of of(news.feed)) safely(() => watching.news(news));
  });
  socket.on('head', (head) => {
    for (const watching of of(head.feed)) watching.head(head);
  });
  socket.on('viewers', ({ feed, count }) => {
    for (const listen of [...(viewers.get(feed) ?? [])]) safely(() => listen(count));
  });

  let tickedAt = Date.now();
  const clock = setInterval(() => {
    const slept = Date.now() - tickedAt > SLEPT_MS;
    tickedAt = Date.now();
    if (!slept) return;
    attempts = 0;
    // A connection that died in sleep looks alive until it is asked something.
    if (socket.connected) for (const watching of all()) watching.ask();
    else if (retry !== undefined) void open();
  }, TICK_MS);

  void open();

  return {
    watch<S, E>(feed: string, { claimToken, from, onState, onEvents, onRefused }: WatchOptions<S, E>): Watch {
      let isOver = false;
      let isAsking = false;
      let askLater: ReturnType<typeof setTimeout> | undefined;

      function ask(): void {
        clearTimeout(askLater);
        if (isOver || isAsking || !socket.connected) return;
        isAsking = true;
        const request: { feed: string; claimToken?: string } & Position = { feed, ...followed.position() };
        if (claimToken !== undefined) request.claimToken = claimToken;
        socket.timeout(ANSWER_MS_MAX).emit('watch', request, (unanswered, answer) => {
          isAsking = false;
          if (isOver) return;
          if (unanswered) giveUp();
          else if (answer.ok) safely(() => followed.answer(answer));
          else if (answer.code === 'unavailable' || answer.code === 'too-many-requests')
            askLater = setTimeout(ask, (answer.retryAfterMs ?? RETRY_MS_MIN) * (1 + Math.random()));
          else safely(() => onRefused?.(answer.code));
        });
      }

      const followed = rules({ onState, onEvents }, ask, from);
      const watching = { ...followed, feed, ask };
      const others = watched.get(feed) ?? new Set();
      watched.set(feed, others.add(watching));
      ask();
      return {
        close() {
          if (isOver) return;
          isOver = true;
          clearTimeout(askLater);
          others.delete(watching);
          if (others.size > 0 || watched.get(feed) !== others) return;
          watched.delete(feed);
          if (socket.connected) socket.emit('unwatch', { feed });
        },
      };
    },

    onStatus(listen) {
      statusEars.add(listen);
      listen(status);
      return () => void statusEars.delete(listen);
    },

    onViewers(feed, listen) {
      const ears = viewers.get(feed) ?? new Set();
      viewers.set(feed, ears.add(listen));
      return () => {
        ears.delete(listen);
        if (ears.size === 0 && viewers.get(feed) === ears) viewers.delete(feed);
      };
    },

    authenticate(token) {
      tokenGiven = token;
      tokensRefused = 0;
      if (!socket.connected) return;
      socket.timeout(ANSWER_MS_MAX).emit('authenticate', { token }, (unanswered, answer) => {
        if (!unanswered && answer.ok) for (const watching of all()) watching.ask();
        // A refused token changes nothing: who we were stands until it runs out. The rest is better tried afresh.
        else if (unanswered || (!answer.ok && answer.code !== 'unauthenticated')) giveUp();
      });
    },

    close() {
      isClosed = true;
      clearTimeout(retry);
      clearInterval(clock);
      watched.clear();
      viewers.clear();
      statusEars.clear();
      socket.disconnect();
    },
  };
}

/** An error in one listener must not keep the others from hearing; it is thrown where nothing waits for it. */
function safely(call: () => void): void {
  try {
    call();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
