import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Position, rules } from '../../client/src/rules.ts';
import type { Head, News } from '../../server/protocol/feeds.ts';
import type { Watched } from '../../server/protocol/sockets.ts';
import { root } from '../../server/root.ts';

type Call =
  | 'ask'
  | { events: number[]; elided: number; caughtUp: boolean }
  | { state: unknown; head: number };
type Step = (
  | { hears: 'answer'; says: Watched }
  | { hears: 'news'; says: News }
  | { hears: 'head'; says: Head }
) & { calls: Call[]; position: Position };
type Vector = { name: string; from: { epoch: string; since: number } | null; steps: Step[] };

const { vectors } = JSON.parse(readFileSync(join(root, 'client/vectors.json'), 'utf8')) as {
  vectors: Vector[];
};

/** The same file is for clients in other languages. */
describe('A client by the test vectors', () => {
  for (const { name, from, steps } of vectors) {
    it(name, () => {
      let calls: Call[] = [];
      const followed = rules<unknown, Record<string, unknown>>(
        {
          onState: (state, head) => calls.push({ state, head }),
          onEvents: (events, { elided, caughtUp }) =>
            calls.push({ events: events.map(({ seq }) => seq), elided, caughtUp }),
        },
        () => calls.push('ask'),
        from ?? undefined,
      );
      for (const [i, step] of steps.entries()) {
        calls = [];
        if (step.hears === 'answer') followed.answer(step.says);
        else if (step.hears === 'news') followed.news(step.says);
        else followed.head(step.says);
        expect(calls, `step ${i + 1}`).to.deep.equal(step.calls);
        expect(followed.position(), `step ${i + 1}`).to.deep.equal(step.position);
      }
    });
  }

  it('knows more than a score of cases, each by a name of its own', () => {
    expect(vectors.length).to.be.greaterThan(20);
    expect(new Set(vectors.map(({ name }) => name)).size).to.equal(vectors.length);
  });
});
