import { expect } from 'chai';
import fc from 'fast-check';
import { rules } from '../../client/src/rules.ts';
import type { FeedEvent, News } from '../../server/protocol/feeds.ts';
import type { Watched } from '../../server/protocol/sockets.ts';

type Fate = 'arrives' | 'lost' | 'twice' | 'late' | 'as state' | 'thinned' | 'thinned late';
/** What can happen to a client: the feed grows, frames are lost or repeated, the connection breaks, history changes. */
type Step =
  | { kind: 'grow'; by: number; fate: Fate }
  | { kind: 'break' | 'beat' | 'restore' | 'restore unheard' | 'state alone' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('grow' as const),
        by: fc.integer({ min: 1, max: 5 }),
        fate: fc.constantFrom<Fate>(
          'arrives',
          'arrives',
          'arrives',
          'lost',
          'twice',
          'late',
          'as state',
          'thinned',
          'thinned late',
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('break' as const, 'beat' as const, 'state alone' as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('restore' as const, 'restore unheard' as const) }),
    },
  ),
  { maxLength: 60, size: 'max' },
);

const event = (seq: number): FeedEvent => ({ seq, type: 'donation.received', at: '', data: { seq } });
const events = (from: number, to: number): FeedEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => event(from + i));

describe('The rules of a client', () => {
  it('show each event once and in order, or the state in its place, whatever happens on the way', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 8 }), (all: Step[], catchUpMax) => {
        let epoch = 1;
        let head = 3;
        let late: News[] = [];
        let isAsked = false;
        /** What the page has come to: the numbers that it saw, or a state stood for. */
        let shown = { epoch: 0, head: 0 };
        /** Events that are neither on the page nor in its state. */
        let left = 0;

        const followed = rules<{ epoch: number }, Record<string, unknown>>(
          {
            onState: (state, at) => {
              shown = { epoch: state.epoch, head: at };
              left = 0;
            },
            onEvents: (some, { elided }) => {
              expect(shown.epoch, 'of the history that is now').to.equal(epoch);
              const before = shown.head;
              for (const { seq } of some) {
                if (elided === 0) expect(seq, 'the next number').to.equal(shown.head + 1);
                else expect(seq).to.be.greaterThan(shown.head);
                shown.head = seq;
              }
              left += elided;
              // The frames below end with their newest event: what is not given between two positions was counted.
              if (some.length > 0) expect(shown.head - before).to.equal(some.length + elided);
            },
          },
          () => {
            isAsked = true;
          },
        );
        const answer = (): void => {
          for (let tries = 0; isAsked && tries < 3; tries++) {
            isAsked = false;
            const position = followed.position();
            const behind = head - (position.since ?? 0);
            const answered: Watched =
              position.epoch === `e${epoch}` && behind >= 0 && behind <= catchUpMax
                ? { ok: true, epoch: `e${epoch}`, head, events: events((position.since ?? 0) + 1, head) }
                : { ok: true, epoch: `e${epoch}`, head, state: { epoch } };
            followed.answer(answered);
          }
          expect(isAsked, 'an answer settles the question').to.equal(false);
        };
        isAsked = true;
        answer();

        for (const step of all) {
          if (step.kind === 'grow') {
            const from = head + 1;
            head += step.by;
            const news: News = { feed: 'f', epoch: `e${epoch}`, from, to: head, events: events(from, head) };
            const asState = { ...news, events: events(head, head), state: { epoch }, elided: step.by - 1 };
            const thinned = { ...news, events: events(head, head), elided: step.by - 1 };
            if (step.fate === 'as state') followed.news(asState);
            if (step.fate === 'thinned') followed.news(thinned);
            if (step.fate === 'thinned late') late.push(thinned);
            if (step.fate === 'arrives' || step.fate === 'twice') followed.news(news);
            if (step.fate === 'twice') followed.news(news);
            if (step.fate === 'late') late.push(news);
          } else if (step.kind === 'beat') {
            for (const news of late) followed.news(news);
            late = [];
            followed.head({ feed: 'f', epoch: `e${epoch}`, head });
          } else if (step.kind === 'state alone') {
            followed.news({
              feed: 'f',
              epoch: `e${epoch}`,
              from: head + 1,
              to: head,
              events: [],
              state: { epoch },
            });
          } else if (step.kind === 'break') {
            late = [];
            isAsked = true;
          } else {
            epoch++;
            head = Math.max(1, head - (step.kind === 'restore' ? 4 : 0));
            const state = { epoch };
            const news = { feed: 'f', epoch: `e${epoch}`, from: head + 1, to: head, events: [], state };
            if (step.kind === 'restore') followed.news(news);
            late = [];
          }
          answer();
        }
        followed.head({ feed: 'f', epoch: `e${epoch}`, head });
        answer();
        if (left > 0) {
          expect(followed.position(), 'only a state fills holes').to.deep.equal({});
          isAsked = true;
          answer();
        }
        expect(left).to.equal(0);
        expect(shown).to.deep.equal({ epoch, head });
        expect(followed.position()).to.deep.equal({ epoch: `e${epoch}`, since: head });
      }),
      { numRuns: 500 },
    );
  });

  it('ask nothing where they can tell: what they have of a frame is dropped, and the rest applied', () => {
    const seen: number[] = [];
    const followed = rules<unknown, Record<string, unknown>>(
      { onState: () => undefined, onEvents: (some) => seen.push(...some.map(({ seq }) => seq)) },
      () => expect.fail('nothing is missing'),
      { epoch: 'e1', since: 4 },
    );
    followed.news({ feed: 'f', epoch: 'e1', from: 1, to: 4, events: events(1, 4) });
    followed.news({ feed: 'f', epoch: 'e1', from: 3, to: 6, events: events(3, 6) });
    followed.answer({ ok: true, epoch: 'e1', head: 7, events: events(5, 7) });
    followed.head({ feed: 'f', epoch: 'e1', head: 7 });
    expect(seen).to.deep.equal([5, 6, 7]);
  });

  it('ask for the state when an answer does not fit what they have', () => {
    for (const wrong of [
      { epoch: 'e2', head: 6, events: events(5, 6) },
      { epoch: 'e1', head: 7, events: events(6, 7) },
      { epoch: 'e1', head: 3, events: [] },
    ]) {
      let asked = 0;
      const followed = rules<unknown, Record<string, unknown>>(
        { onState: () => undefined, onEvents: () => expect.fail('this is not what comes next') },
        () => asked++,
        { epoch: 'e1', since: 4 },
      );
      followed.answer({ ok: true, ...wrong });
      expect(asked).to.equal(1);
      expect(followed.position()).to.deep.equal({});
    }
  });

  it('count an event also when the page fails at it', () => {
    const seen: number[] = [];
    const followed = rules<unknown, Record<string, unknown>>(
      {
        onState: () => undefined,
        onEvents: (some) => {
          seen.push(...some.map(({ seq }) => seq));
          throw new Error('a fault of the page');
        },
      },
      () => expect.fail('nothing is missing'),
      { epoch: 'e1', since: 0 },
    );
    for (const seq of [1, 2])
      expect(() =>
        followed.news({ feed: 'f', epoch: 'e1', from: seq, to: seq, events: [event(seq)] }),
      ).to.throw('page');
    expect(seen).to.deep.equal([1, 2]);
  });

  it('give the events that come with a state before the state that holds them, and count those left out', () => {
    const heard: string[] = [];
    const followed = rules<string, Record<string, unknown>>(
      {
        onState: (state, head) => heard.push(`${state} at ${head}`),
        onEvents: (some, { elided }) => heard.push(`${some.map(({ seq }) => seq)}, ${elided} left out`),
      },
      () => expect.fail('nothing is missing'),
      { epoch: 'e1', since: 4 },
    );
    followed.news({ feed: 'f', epoch: 'e1', from: 3, to: 9, events: events(8, 9), state: 'all', elided: 5 });
    followed.news({ feed: 'f', epoch: 'e1', from: 5, to: 9, events: events(8, 9), state: 'all', elided: 3 });
    expect(heard).to.deep.equal(['8,9, 3 left out', 'all at 9']);
  });

  it('take a frame that tells how many it leaves out for no gap, and ask for the state if they come back before it', () => {
    const heard: string[] = [];
    let asked = 0;
    const followed = rules<string, Record<string, unknown>>(
      {
        onState: (state, head) => heard.push(`${state} at ${head}`),
        onEvents: (some, { elided }) => heard.push(`${some.map(({ seq }) => seq)}, ${elided} left out`),
      },
      () => asked++,
      { epoch: 'e1', since: 4 },
    );
    const frame = { feed: 'f', epoch: 'e1' };
    // In the middle of a frame: what is known of it already is neither shown again nor counted as left out.
    followed.news({ ...frame, from: 3, to: 9, events: [event(3), event(7), event(9)], elided: 4 });
    expect(followed.position()).to.deep.equal({});
    followed.news({ ...frame, from: 10, to: 11, events: events(10, 11) });
    expect(asked).to.equal(0);
    followed.news({ ...frame, from: 12, to: 11, events: [], state: 'all' });
    expect(followed.position()).to.deep.equal({ epoch: 'e1', since: 11 });
    expect(heard).to.deep.equal(['7,9, 3 left out', '10,11, 0 left out', 'all at 11']);
    followed.news({ ...frame, from: 13, to: 19, events: [event(19)], elided: 6 });
    expect(asked, 'about a frame that was lost before it').to.equal(1);
  });
});
