import type { EventOf } from '../../server/protocol/apply.ts';
import type { FeedEvent, Head, News } from '../../server/protocol/feeds.ts';
import type { Watched } from '../../server/protocol/sockets.ts';

export type Info = {
  /**
   * Gifts that happened but whose bodies were left out under load. The totals of the events given count them already;
   * the state that holds them follows, in the same turn or within seconds.
   */
  elided: number;
  /** True for events that happened while this client was not listening. */
  caughtUp: boolean;
};

export type Ears<S, E> = {
  /** The whole of the present, as of event number `head`; it replaces whatever was known. */
  onState(state: S, head: number): void;
  /** New events, each one once, in order; with gaps in their numbers where `elided` says so. */
  onEvents(events: EventOf<E>[], info: Info): void;
};

export type Position = { epoch?: string; since?: number };

/**
 * How one feed is followed, whatever the connection does: the next number is applied, an older one dropped, a gap
 * or another epoch is asked about. A frame that says how many events it leaves out is no gap: it counts up to its last
 * number, and from then until the next state only a state answers what was missed, because lists have holes.
 * No connection and no clock in here; another language needs only these rules.
 */
export function rules<S, E>(ears: Ears<S, E>, ask: () => void, from?: { epoch: string; since: number }) {
  let epoch = from?.epoch;
  /** Number of the last event applied, also of those that nobody had an ear for. */
  let last = from?.since;
  /** Bodies were left out since the last state. */
  let hasHoles = false;

  /** The page hears of it only after the position has moved: an error in a page must not repeat events. */
  function hear(events: FeedEvent[], info: Info): void {
    if (events.length > 0 || info.elided > 0) ears.onEvents(events as EventOf<E>[], info);
  }

  function startFrom(state: unknown, at: { epoch: string; head: number }): void {
    epoch = at.epoch;
    last = at.head;
    hasHoles = false;
    ears.onState(state as S, at.head);
  }

  return {
    /** What to ask for with `watch`. */
    position: (): Position => (last === undefined || hasHoles ? {} : { epoch, since: last }),

    /** The server's answer to `watch`. */
    answer(answer: Watched): void {
      const fresh = (answer.events ?? []).filter(({ seq }) => last !== undefined && seq > last);
      if (answer.state !== undefined) {
        startFrom(answer.state, answer);
      } else if (last !== undefined && answer.epoch === epoch && isWhole(fresh, last + 1, answer.head)) {
        last = answer.head;
        hear(fresh, { elided: 0, caughtUp: true });
      } else {
        // An answer that does not fit what we have: a state fits whatever we have.
        last = undefined;
        ask();
      }
    },

    news(news: News): void {
      // The answer to our question is on its way, and holds this too.
      if (last === undefined) return;
      const before = last;
      const fresh = news.events.filter(({ seq }) => seq > before);
      if (news.to < news.from && news.state !== undefined) {
        // A state and no numbers: the whole of the present, also where history has become another one.
        startFrom(news.state, { epoch: news.epoch, head: news.to });
      } else if (news.epoch !== epoch) {
        ask();
      } else if (news.to > before && news.state !== undefined) {
        last = news.to;
        hasHoles = false;
        try {
          hear(fresh, { elided: news.to - before - fresh.length, caughtUp: false });
        } finally {
          ears.onState(news.state as S, news.to);
        }
      } else if (news.to > before && isWhole(fresh, before + 1, news.to)) {
        last = news.to;
        hear(fresh, { elided: 0, caughtUp: false });
      } else if (news.to > before && news.from <= before + 1 && news.elided) {
        last = news.to;
        hasHoles = true;
        hear(fresh, { elided: news.to - before - fresh.length, caughtUp: false });
      } else if (news.to > before) {
        ask();
      }
    },

    /** The server repeats its head now and then: a last event that was lost shows by it. */
    head(head: Head): void {
      if (last !== undefined && (head.epoch !== epoch || head.head !== last)) ask();
    },
  };
}

const isWhole = (events: FeedEvent[], from: number, to: number): boolean =>
  events.length === to - from + 1 && events.every(({ seq }, i) => seq === from + i);
