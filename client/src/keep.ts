import { apply, type EventOf } from '../../server/protocol/apply.ts';
import { type EventsIn, type FeedName, parseFeed, type StateIn } from '../../server/protocol/feeds.ts';
import type { RefusedCode } from '../../server/protocol/sockets.ts';
import type { Connection, Watch } from './feed.ts';
import type { Info } from './rules.ts';

export type KeepOptions<S, E> = {
  claimToken?: string;
  /** The whole of the present as of event number `head`: at first, and after everything that changes it. */
  onState(state: S, head: number): void;
  /** Each event once, in order, for what a state does not show: a sound, a line that moves. */
  onEvents?(events: EventOf<E>[], info: Info): void;
  onRefused?(code: RefusedCode): void;
};

/**
 * Follows a feed and keeps its state. Each event is applied here; where one says too little for that (a donation's
 * view, a list that was full), the state is asked for again while the events go on. While gifts are left out under
 * load, totals are right and lists have holes, until the next state of the server's own fills them.
 */
export function keep<F extends FeedName>(
  connection: Connection,
  feed: F,
  options: KeepOptions<StateIn<F>, EventsIn<F>>,
): Watch {
  return kept(connection, feed, options);
}

function kept<S, E>(
  connection: Connection,
  feed: string,
  { claimToken, onState, onEvents, onRefused }: KeepOptions<S, E>,
): Watch {
  const { kind } = parseFeed(feed);
  const both = { ...(claimToken === undefined ? {} : { claimToken }), ...(onRefused ? { onRefused } : {}) };
  /** The state, and the number of the last event that it holds. Undefined while it is asked for. */
  let present: { state: S; head: number } | undefined;
  /** The number of the last event heard. */
  let last = 0;
  let asking: Watch | undefined;

  function become(state: S, head: number): void {
    asking?.close();
    asking = undefined;
    present = { state, head };
    last = head;
    onState(state, head);
  }

  /** A second watch on the same feed begins with the state, and disturbs the first one in nothing. */
  function ask(): void {
    asking?.close();
    present = undefined;
    asking = connection.watch<S, E>(feed, {
      ...both,
      // A process that is behind the one which told us more.
      onState: (state, head) => (head < last ? ask() : become(state, head)),
      onEvents: () => undefined,
    });
  }

  function hear(events: EventOf<E>[]): void {
    if (!present || last <= present.head) return;
    const { head } = present;
    let next: S | undefined = present.state;
    for (const event of events) {
      if (next !== undefined && event.seq > head) next = apply(kind, next, event) as S | undefined;
    }
    if (next === undefined) ask();
    else become(next, last);
  }

  const watch = connection.watch<S, E>(feed, {
    ...both,
    onState: become,
    onEvents(events, info) {
      last = events.at(-1)?.seq ?? last;
      try {
        onEvents?.(events, info);
      } finally {
        hear(events);
      }
    },
  });
  return {
    close() {
      asking?.close();
      watch.close();
    },
  };
}
