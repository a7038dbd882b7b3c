import { expect } from 'chai';
import type { Connection } from '../../client/src/feed.ts';
import type { Db } from '../../server/db/open.ts';
import { type FeedReading, readFeed } from '../../server/domain/feeds/watch.ts';
import { apply } from '../../server/protocol/apply.ts';
import { CATCH_UP_MAX, type FeedEvent, parseFeed } from '../../server/protocol/feeds.ts';
import { until } from '../support/until.ts';

export type Screen = ReturnType<typeof screen>;
/** What a screen shows, also one of another process. */
export type Shown = Omit<Screen, 'close'>;

const CAUGHT_UP_MS_MAX = 120_000;

/** What somebody sees of one feed, and every way in which that breaks the client's promise. */
export function screen(
  connection: Connection,
  feed: string,
  {
    claimToken,
    isShown = () => {},
  }: {
    claimToken?: string | undefined;
    isShown?(): void;
  } = {},
) {
  const { kind } = parseFeed(feed);
  const seen = {
    feed,
    last: -1,
    /** As the page draws it: the last state with the events after it. Undefined where an event says too little. */
    drawn: undefined as unknown,
    /** Heads of the states that were given: the first one, and each one that told of a gap or of another history. */
    states: [] as number[],
    /** Since the last state. */
    events: [] as FeedEvent[],
    /** All events ever shown, and how many more were left out. */
    shown: 0,
    elided: 0,
    /** Bodies were left out up to this number, and the state that holds them has not come yet. -1 if it has. */
    owed: -1,
    wrong: [] as string[],
    refused: [] as string[],
  };
  const watching = connection.watch<unknown, Record<string, unknown>>(feed, {
    ...(claimToken === undefined ? {} : { claimToken }),
    onState(state, head) {
      if (head < seen.owed) seen.wrong.push(`the state of ${head} came where that of ${seen.owed} was owed`);
      seen.owed = -1;
      // The state stands for all before it, also where what was shown has never happened.
      seen.events.length = 0;
      seen.drawn = state;
      seen.states.push(head);
      seen.last = head;
      isShown();
    },
    onEvents(events, { elided }) {
      const to = seen.last + events.length + elided;
      if (elided > 0) seen.owed = to;
      seen.shown += events.length;
      for (const event of events as FeedEvent[]) {
        const isNext = elided > 0 ? event.seq > seen.last && event.seq <= to : event.seq === seen.last + 1;
        if (!isNext) seen.wrong.push(`${event.seq} came after ${seen.last}`);
        seen.last = event.seq;
        seen.events.push(event);
        if (seen.drawn !== undefined) seen.drawn = apply(kind, seen.drawn, event);
      }
      seen.last = to;
      seen.elided += elided;
      isShown();
    },
    onRefused: (code) => seen.refused.push(code),
  });
  return Object.assign(seen, { close: () => watching.close() });
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Waits until the screen stands where the feed stands, and compares all that it shows with the database. */
export async function expectTruth(db: Db, one: Shown): Promise<void> {
  let truth: FeedReading | null = null;
  await until(
    async () => {
      truth = await readFeed(db, one.feed, null);
      return truth && one.last === truth.head && one.owed < 0;
    },
    {
      timeoutMs: CAUGHT_UP_MS_MAX,
      everyMs: 100,
      what: `a screen to show ${one.feed} up to its head`,
    },
  );
  const { head, state } = truth as unknown as FeedReading;
  expect(one.wrong, `what was wrong on a screen of ${one.feed}`).to.deep.equal([]);
  expect(one.refused).to.deep.equal([]);
  if (one.drawn !== undefined) expect(plain(one.drawn), one.feed).to.deep.equal(plain(state));
  const since = one.states.at(-1) ?? 0;
  const shown = one.events.filter(({ seq }) => seq > since).slice(-CATCH_UP_MAX);
  const said = await db.feeds.since(one.feed, Math.max(since, head - CATCH_UP_MAX), CATCH_UP_MAX);
  if (one.elided === 0) expect(plain(shown), `events of ${one.feed}`).to.deep.equal(plain(said));
}

/** Also that nothing had to be told by a state: each event came by itself. */
export async function expectEach(db: Db, screens: Shown[]): Promise<void> {
  for (const one of screens) await expectTruth(db, one);
  for (const { feed, states, elided } of screens) {
    expect(states, `states of ${feed}`).to.have.length(1);
    expect(elided, `left out of ${feed}`).to.equal(0);
  }
}
