import fc from 'fast-check';
import { stories } from '../../server/domain/campaigns/stories.ts';
import { CRASH_AT, type Crash, type Deed, live, type Said } from './history.ts';
import type { Ended } from './model.ts';

/**
 * Random histories, lived through by the house and by a model of it that fits on a page. A failure prints its seed and
 * path; `SEED=… PATH_OF=… npm test -- test/books/properties.test.ts` lives the same history again, and `HISTORIES=5000`
 * many more than there is time for on every change.
 */
const { SEED, PATH_OF, HISTORIES } = process.env;
const HISTORIES_MAX = 25;
/** On a busy machine fewer are lived through; also the search for the shortest one that fails ends then. */
const TIME_MS_MAX = 45_000;
const DEEDS_MAX = 30;

const which = fc.nat(30);
const percent = fc.integer({ min: 0, max: 110 });
const upTo100 = fc.integer({ min: 1, max: 100 });
const crash: fc.Arbitrary<Crash> = fc.record({
  at: fc.constantFrom(...CRASH_AT),
  how: fc.constantFrom('abort' as const, 'kill' as const),
});
const rarely = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 3 });

const status = fc.constantFrom(
  'pending' as const,
  'failed' as const,
  'expired' as const,
  'cancelled' as const,
);
const payment = fc.oneof(
  { weight: 6, arbitrary: paymentOf(fc.constant('paid' as const), fc.boolean()) },
  { weight: 4, arbitrary: paymentOf(status, fc.constant(false)) },
  { weight: 1, arbitrary: paymentOf(status, fc.constant(true)) },
);
function paymentOf(status: fc.Arbitrary<'paid' | 'pending' | Ended>, confirmed: fc.Arbitrary<boolean>) {
  const wrong = fc.nat(15).map((n) => n === 0);
  return fc.record({ kind: fc.constant('payment' as const), status, confirmed, wrong });
}
const said: fc.Arbitrary<Said & { about: number }> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: payment },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('refund at the gateway' as const), percent: upTo100 }),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          { kind: 'refunds so far' as const },
          { kind: 'refund of too much' as const },
        ),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('chargeback' as const), percent: upTo100 }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'chargeback of all' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'chargebacks so far' as const }) },
    ),
    which,
  )
  .map(([what, about]) => ({ ...what, about }));

const tell: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant('tell' as const),
  said: fc.array(said, { minLength: 1, maxLength: 8 }),
  cuts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  how: fc.oneof(
    { weight: 4, arbitrary: fc.constant('in order' as const) },
    { weight: 3, arbitrary: fc.constant('storm' as const) },
    { weight: 2, arbitrary: crash },
  ),
});
/** Without fast-check's taste for the first, the last and the same again: a history is worth its variety. */
const deed: fc.Arbitrary<Deed> = fc.noBias(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('pledge' as const),
        campaign: which,
        gift: fc.integer({ min: 1_000, max: 200_000 }),
        tip: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
        isPaid: fc.oneof(
          { weight: 4, arbitrary: fc.constant(true) },
          { weight: 1, arbitrary: fc.constant(false) },
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pay again' as const), gift: which }) },
    { weight: 10, arbitrary: tell },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('refund' as const),
        about: which,
        gift: percent,
        tip: percent,
        way: fc.constantFrom('transfer', 'yes', 'yes', 'yes', 'no', 'lost', 'unheard'),
        crash: rarely(fc.oneof(crash, fc.constant('after the answer' as const))),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'resume refunds' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('win' as const), dispute: which }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('ask for a payout' as const),
        campaign: which,
        percent,
        crash: rarely(crash),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('decide' as const),
        payout: which,
        to: fc.constantFrom('approve', 'approve', 'confirm', 'confirm', 'reject', 'reverse'),
        crash: rarely(crash),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('say how it was used' as const), campaign: which }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('hold' as const),
        campaign: which,
        percent: fc.option(percent),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), hold: which }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        which: fc.oneof(fc.constant(4_095), fc.integer({ min: 1, max: 4_095 })),
        // Of small gifts with a large tip a gateway may keep more than the gift.
        feeBp: fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: 0, max: 400 }) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('correct' as const), settlement: which }) },
  ),
);

describe('the books, whatever happens', () => {
  const rendering = stories();
  after(() => rendering.close());

  it('say what a page of sums says, on every feed too, after every deed of any history', async function () {
    this.timeout(0);
    const property = fc.asyncProperty(
      fc.array(deed, { minLength: 1, maxLength: DEEDS_MAX, size: 'max' }),
      (deeds) => live(rendering, deeds),
    );
    await fc.assert(property, {
      numRuns: Number(HISTORIES ?? HISTORIES_MAX),
      ...(HISTORIES === undefined ? { interruptAfterTimeLimit: TIME_MS_MAX } : {}),
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
      ...(PATH_OF === undefined ? {} : { path: PATH_OF }),
    });
  });

  describe('say so too in histories that went wrong once:', () => {
    const gift: Deed = { do: 'pledge', campaign: 0, gift: 50_000, tip: 10_000, isPaid: true };
    const settle: Deed = { do: 'settle', which: 4_095, feeBp: 300 };
    const told = (said: Said): Deed => ({
      do: 'tell',
      said: [{ ...said, about: 0 }],
      cuts: [],
      how: 'in order',
    });
    const refund = (percent: number, way: 'yes' | 'lost'): Deed => ({
      do: 'refund',
      about: 0,
      gift: percent,
      tip: 0,
      way,
      crash: null,
    });
    const HISTORIES_SEEN: Record<string, Deed[]> = {
      'a refund after the fee was paid, of which the platform bears its part': [
        gift,
        settle,
        refund(50, 'yes'),
      ],
      'a settlement that is corrected after what went back was settled by a later one': [
        gift,
        settle,
        refund(50, 'yes'),
        settle,
        { do: 'correct', settlement: 0 },
      ],
      'a refund whose answer was lost, and a bank that takes the rest before it is heard of': [
        gift,
        refund(90, 'lost'),
        told({ kind: 'chargeback', percent: 100 }),
        told({ kind: 'refunds so far' }),
      ],
      'a part that is given back after the bank lost what it had taken, and the fee with it': [
        gift,
        told({ kind: 'chargeback', percent: 60 }),
        settle,
        { do: 'win', dispute: 0 },
        refund(10, 'yes'),
      ],
      'a tip that is given back after the bank took the gift, and the fee that the platform bears with it': [
        gift,
        settle,
        told({ kind: 'chargeback', percent: 84 }),
        told({ kind: 'refund at the gateway', percent: 20 }),
      ],
      'a gift that goes back whole after its fee was more than all of it': [
        { ...gift, gift: 1_000 },
        { ...settle, feeBp: 9_000 },
        refund(100, 'yes'),
      ],
    };
    for (const [what, deeds] of Object.entries(HISTORIES_SEEN)) {
      it(what, () => live(rendering, deeds));
    }
  });
});
