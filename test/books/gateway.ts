import assert from 'node:assert/strict';
import { type Gateway, GatewayFault, type Word } from '../../server/domain/gateways/gateway.ts';
import { METHODS } from '../../server/protocol/methods.ts';

type Order = {
  amount: bigint;
  isPaid: boolean;
  isDenied: boolean;
  refunds: { key: string; amountMinor: bigint; at: Date }[];
  /** What banks took, and what of it they gave back since. */
  taken: bigint;
  won: bigint;
};
type Heard =
  | { what: 'status'; reference: string; words: Word[] }
  | { what: 'yes' | 'no'; reference: string; key: string; amount: bigint };

/** A gateway that does as the history says, and remembers what it answered. */
export function historysGateway() {
  const orders = new Map<string, Order>();
  const answered: Heard[] = [];
  const next: { answer: 'yes' | 'no' | 'lost' | 'unheard' } = { answer: 'yes' };
  const orderOf = (reference: string): Order => {
    const order = orders.get(reference);
    assert(order, 'an order that was never made');
    return order;
  };
  const leftOf = (order: Order): bigint =>
    order.isPaid && !order.isDenied
      ? order.refunds.reduce((left, one) => left - one.amountMinor, order.amount) - order.taken + order.won
      : 0n;
  const wordsOf = (reference: string): Word[] => {
    const order = orderOf(reference);
    if (!order.isPaid) return [];
    const payment = {
      reference,
      status: order.isDenied ? ('failed' as const) : ('paid' as const),
      amountMinor: order.amount,
      currency: 'IDR',
      transactionId: null,
      at: new Date(),
    };
    const words: Word[] = [{ kind: 'payment', word: payment }];
    if (order.refunds.length > 0) {
      words.push({ kind: 'refund', word: { reference, refunds: [...order.refunds] } });
    }
    return words;
  };
  const gateway: Gateway = {
    name: 'midtrans',
    methods: METHODS,
    refunds: Object.fromEntries(METHODS.map((method) => [method, 'any part' as const])),
    async create({ reference, giftMinor, tipMinor }) {
      const amount = giftMinor + tipMinor;
      orders.set(reference, { amount, isPaid: false, isDenied: false, refunds: [], taken: 0n, won: 0n });
      return { redirectUrl: 'http://127.0.0.1/pay', expiresAt: new Date(Date.now() + 3_600_000) };
    },
    async status({ reference }) {
      const words = wordsOf(reference);
      answered.push({ what: 'status', reference, words });
      return words;
    },
    async expire() {},
    async cancel() {},
    async refund({ reference }, { key, amountMinor }) {
      const order = orderOf(reference);
      const { answer } = next;
      next.answer = 'yes';
      const isKnown = order.refunds.some((one) => one.key === key);
      if (answer === 'unheard') throw new GatewayFault('nobody heard it', { maybeDone: true });
      if (!isKnown && (answer === 'no' || leftOf(order) < amountMinor)) {
        answered.push({ what: 'no', reference, key, amount: amountMinor });
        throw new GatewayFault('no', { maybeDone: false });
      }
      if (!isKnown) order.refunds.push({ key, amountMinor, at: new Date() });
      if (answer === 'lost') throw new GatewayFault('its answer was lost', { maybeDone: true });
      answered.push({ what: 'yes', reference, key, amount: amountMinor });
    },
    read: () => [],
    acknowledge: () => ({ status: 200, body: '' }),
  };
  return { gateway, orderOf, leftOf, answered, next };
}
