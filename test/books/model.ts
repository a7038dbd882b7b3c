/**
 * What the books must say, in as few words as possible: facts are kept, and every total is a sum over facts. No
 * database, no locks, no journals, and no code of the house. Amounts are bigint in rupiah; "minor" is left out because
 * nothing else is here.
 */

export type Campaign = {
  gifts: Gift[];
  attempts: Attempt[];
  payouts: Payout[];
  holds: Hold[];
  platformFees: bigint;
  /** How many payouts were confirmed when somebody last said how money was used. */
  proofAt: number;
  confirmedSoFar: number;
};
export type Gift = { campaign: Campaign; gift: bigint; tip: bigint; captured: Attempt | null };
/** A gift may be tried more than once, and each try may be paid; only the first one that is answers it. */
export type Attempt = {
  id: string;
  of: Gift;
  status: 'pending' | 'paid' | Ended;
  place: 'campaign' | 'suspense' | null;
  refunds: Refund[];
  disputes: Dispute[];
  /** What settlements took out of clearing. */
  settled: { by: Settlement; fee: bigint; rest: bigint }[];
  /** The settlement of the payment itself; later ones only clear what went back since. */
  settlement: Settlement | null;
  fee: bigint;
  /** Of the fee, the platform's to bear. */
  covered: bigint;
};
export type Ended = 'failed' | 'expired' | 'cancelled';
export type Refund = {
  key: string;
  gift: bigint;
  tip: bigint;
  status: 'requested' | 'done' | 'failed';
  byTransfer: boolean;
};
export type Dispute = {
  kind: 'chargeback' | 'reversal';
  gift: bigint;
  tip: bigint;
  status: 'lost' | 'won';
};
export type Payout = {
  amount: bigint;
  status: 'requested' | 'rejected' | 'approved' | 'confirmed' | 'failed' | 'reversed';
  /** The how manieth of the campaign's confirmations; 0 before. */
  confirmation: number;
};
/** Null holds everything. */
export type Hold = { amount: bigint | null; released: boolean };
export type Settlement = { corrected: boolean; platformFees: Map<Campaign, bigint>; attempts: Attempt[] };

export type Word =
  | { kind: 'payment'; status: Attempt['status']; confirmed: boolean; amount: bigint }
  | { kind: 'refund'; refunds: { key: string; amount: bigint }[] }
  | { kind: 'dispute'; amount: bigint | null };

export const newCampaign = (): Campaign => ({
  gifts: [],
  attempts: [],
  payouts: [],
  holds: [],
  platformFees: 0n,
  proofAt: 0,
  confirmedSoFar: 0,
});
export const newAttempt = (of: Gift, id: string): Attempt => ({
  id,
  of,
  status: 'pending',
  place: null,
  refunds: [],
  disputes: [],
  settled: [],
  settlement: null,
  fee: 0n,
  covered: 0n,
});

// Sums over facts.

const sum = <T>(all: readonly T[], of: (one: T) => bigint): bigint => all.reduce((n, one) => n + of(one), 0n);
const least = (...all: bigint[]): bigint => all.reduce((a, b) => (a < b ? a : b));
const atLeastNothing = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

type Back = { gift: bigint; tip: bigint };
const isDone = ({ status }: Refund): boolean => status === 'done';
const isAsked = ({ status }: Refund): boolean => status === 'requested';
const isLost = ({ status }: Dispute): boolean => status === 'lost';
const backOf = (a: Attempt): Back[] => [...a.refunds.filter(isDone), ...a.disputes.filter(isLost)];

export const giftLeft = (a: Attempt): bigint => a.of.gift - sum(backOf(a), (one) => one.gift);
export const tipLeft = (a: Attempt): bigint => a.of.tip - sum(backOf(a), (one) => one.tip);
const amountOf = (a: Attempt): bigint => a.of.gift + a.of.tip;
const counted = (c: Campaign): Attempt[] => c.attempts.filter(({ place }) => place === 'campaign');

/** What the gateway owes us for one payment. */
export function clearing(a: Attempt): bigint {
  if (a.place === null) return 0n;
  const there = [...a.refunds.filter((one) => isDone(one) && !one.byTransfer), ...a.disputes.filter(isLost)];
  return amountOf(a) - sum(there, (one) => one.gift + one.tip) - sum(a.settled, (one) => one.fee + one.rest);
}

export function moneyOf(c: Campaign) {
  const gifts = counted(c);
  const raised = sum(gifts, giftLeft);
  const payouts = (...statuses: Payout['status'][]) =>
    sum(
      c.payouts.filter(({ status }) => statuses.includes(status)),
      ({ amount }) => amount,
    );
  const fees = sum(gifts, (a) => a.fee - a.covered) + c.platformFees;
  const paidOut = payouts('confirmed');
  const pending = payouts('requested', 'approved');
  const worth = raised - fees - paidOut - pending;
  return {
    raised,
    donors: gifts.filter((a) => giftLeft(a) > 0n).length,
    tips: sum(gifts, tipLeft),
    refunded: sum(gifts, (a) => sum(a.refunds.filter(isDone), (one) => one.gift)),
    refunding: sum(gifts, (a) => sum(a.refunds.filter(isAsked), (one) => one.gift)),
    clawedBack: sum(gifts, (a) => sum(a.disputes.filter(isLost), (one) => one.gift)),
    settled: sum(
      gifts.filter(({ settlement }) => settlement !== null),
      giftLeft,
    ),
    fees,
    paidOut,
    pending,
    // What comes always pays the debt first, so there is never both.
    payable: atLeastNothing(worth),
    receivable: atLeastNothing(-worth),
  };
}

// What happens.

const ORDER = { pending: 1, failed: 3, expired: 3, cancelled: 3, paid: 4 };

/**
 * Notices that one server books together. Of several payments of one gift that become paid together the oldest counts;
 * apart from that, it is as if they had come one by one.
 */
export function hear(batch: { about: Attempt; word: Word }[]): void {
  const before = new Map(batch.map(({ about }) => [about, about.status]));
  for (const { about, word } of batch) {
    if (word.kind === 'payment') hearPayment(about, word);
    else if (about.status !== 'paid') continue;
    else if (word.kind === 'refund') hearRefunds(about, word.refunds);
    else hearDispute(about, word.amount);
  }
  const paid = [...before].filter(([a, status]) => status !== 'paid' && a.status === 'paid').map(([a]) => a);
  for (const a of paid.sort((one, other) => (one.id < other.id ? -1 : 1))) {
    a.place = a.of.captured ? 'suspense' : 'campaign';
    a.of.captured ??= a;
  }
}

function hearPayment(a: Attempt, { status, confirmed, amount }: Extract<Word, { kind: 'payment' }>): void {
  if (amount !== amountOf(a)) return;
  if (a.status === 'paid') {
    const left = { gift: giftLeft(a), tip: tipLeft(a) };
    const isDenied = status !== 'paid' && status !== 'pending';
    if (isDenied && confirmed && left.gift + left.tip > 0n) {
      a.disputes.push({ kind: 'reversal', ...left, status: 'lost' });
    }
    return;
  }
  // What was given up is paid only if the gateway says so when asked.
  const isNews = ORDER[status] > ORDER[a.status];
  if (isNews && (a.status === 'pending' || confirmed)) a.status = status;
}

/** All or nothing: a notice of which one part cannot be is put before a person. */
function hearRefunds(a: Attempt, said: { key: string; amount: bigint }[]): void {
  const before = { refunds: a.refunds.map((one) => ({ ...one })), covered: a.covered };
  for (const { key, amount } of said) {
    const asked = a.refunds.find((one) => one.key === key);
    if (asked?.status === 'done') continue;
    const { gift, tip } = asked ? { gift: asked.gift, tip: amount - asked.gift } : split(a, amount);
    if (gift > giftLeft(a) || tip > tipLeft(a) || (asked && asked.tip !== tip)) {
      Object.assign(a, before);
      return;
    }
    if (asked) asked.status = 'done';
    else a.refunds.push({ key, gift, tip, status: 'done', byTransfer: false });
    cover(a);
  }
}

/** The gift first, then the tip; what is asked back comes last, because it names its own parts. */
function split(a: Attempt, amount: bigint): Back {
  const asked = a.refunds.filter(isAsked);
  const freeGift = atLeastNothing(giftLeft(a) - sum(asked, (one) => one.gift));
  const freeTip = atLeastNothing(tipLeft(a) - sum(asked, (one) => one.tip));
  const spoken = atLeastNothing(amount - freeGift - freeTip);
  const gift = least(amount, freeGift) + least(spoken, giftLeft(a) - freeGift);
  return { gift, tip: amount - gift };
}

function hearDispute(a: Attempt, amount: bigint | null): void {
  const left = giftLeft(a) + tipLeft(a);
  const taken = sum(
    a.disputes.filter(({ kind }) => kind === 'chargeback'),
    (one) => one.gift + one.tip,
  );
  if (amount === null && taken >= amountOf(a)) return;
  const more = amount === null ? left : amount - taken;
  if (more <= 0n || more > left) return;
  a.disputes.push({ kind: 'chargeback', ...split(a, more), status: 'lost' });
}

/** The platform bears the fee of what it gave back, and never less of it than it did. */
function cover(a: Attempt): void {
  if (a.place !== 'campaign') return;
  const share = (a.fee * (a.of.gift - giftLeft(a))) / a.of.gift;
  if (share > a.covered) a.covered = share;
}

/** Null where it is refused. */
export function askRefund(
  a: Attempt,
  { key, gift, tip, byTransfer }: { key: string; gift: bigint; tip: bigint; byTransfer: boolean },
): Refund | 'invalid-input' | 'over-limit' | 'wrong-state' {
  if (a.place === null) return 'wrong-state';
  if (gift + tip === 0n) return 'invalid-input';
  const asked = a.refunds.filter(isAsked);
  if (gift > giftLeft(a) - sum(asked, (one) => one.gift)) return 'over-limit';
  if (tip > tipLeft(a) - sum(asked, (one) => one.tip)) return 'over-limit';
  const refund: Refund = { key, gift, tip, status: 'requested', byTransfer };
  if (a.place === 'campaign') {
    const { payable, refunding } = moneyOf(a.of.campaign);
    const share = (a.fee * (a.of.gift - giftLeft(a) + gift)) / a.of.gift;
    if (gift - atLeastNothing(share - a.covered) > payable - refunding) return 'over-limit';
  }
  a.refunds.push(refund);
  if (byTransfer) {
    refund.status = 'done';
    cover(a);
  }
  return refund;
}

/** What is there and nobody holds, of what is settled. */
function freeOf(c: Campaign): bigint {
  const { payable, receivable, raised, settled, refunding } = moneyOf(c);
  return payable - receivable - (raised - settled) - refunding;
}
const holdsOf = (c: Campaign) => {
  const active = c.holds.filter(({ released }) => !released);
  return {
    everything: active.some(({ amount }) => amount === null),
    amount: sum(active, ({ amount }) => amount ?? 0n),
  };
};
export function available(c: Campaign): bigint {
  const { everything, amount } = holdsOf(c);
  return everything ? 0n : atLeastNothing(freeOf(c) - amount);
}

export function askPayout(
  c: Campaign,
  amount: bigint,
): Payout | 'conflict' | 'proof-of-use-missing' | 'over-limit' {
  if (c.payouts.some(({ status }) => status === 'requested' || status === 'approved')) return 'conflict';
  const unproven = c.payouts.some((one) => one.status === 'confirmed' && one.confirmation > c.proofAt);
  if (unproven) return 'proof-of-use-missing';
  if (amount > available(c)) return 'over-limit';
  const payout: Payout = { amount, status: 'requested', confirmation: 0 };
  c.payouts.push(payout);
  return payout;
}

export function approve(c: Campaign, payout: Payout): 'wrong-state' | null {
  if (payout.status === 'approved' || payout.status === 'confirmed') return null;
  if (payout.status !== 'requested') return 'wrong-state';
  const { everything, amount } = holdsOf(c);
  const owes = moneyOf(c).receivable > 0n;
  if (everything || owes || (amount > 0n && freeOf(c) < amount)) return 'wrong-state';
  payout.status = 'approved';
  return null;
}

export function confirm(c: Campaign, payout: Payout): void {
  payout.status = 'confirmed';
  c.confirmedSoFar += 1;
  payout.confirmation = c.confirmedSoFar;
}

/** Shares a fee out by what each payment has outstanding; what division leaves over goes to the largest remainders. */
function sharesOf(fee: bigint, among: { id: string; weight: bigint }[]): Map<string, bigint> {
  const whole = sum(among, ({ weight }) => weight);
  const parts = among.map(({ id, weight }) => ({
    id,
    share: (fee * weight) / whole,
    rest: (fee * weight) % whole,
  }));
  let over = Number(fee - sum(parts, ({ share }) => share));
  parts.sort((a, b) => (a.rest === b.rest ? (a.id < b.id ? -1 : 1) : a.rest > b.rest ? -1 : 1));
  return new Map(parts.map(({ id, share }) => [id, over-- > 0 ? share + 1n : share]));
}

/** Of payments of which something is outstanding. `fee` is at most what was paid among it. */
export function settle(attempts: Attempt[], fee: bigint, platformFeeBp: bigint): Settlement {
  const settlement: Settlement = { corrected: false, platformFees: new Map(), attempts };
  const owed = attempts.map((a) => ({ id: a.id, weight: clearing(a) }));
  const feeOf = sharesOf(
    fee,
    owed.filter(({ weight }) => weight > 0n),
  );
  const fresh = new Map<Campaign, bigint>();
  for (const a of attempts) {
    const own = feeOf.get(a.id) ?? 0n;
    a.settled.push({ by: settlement, fee: own, rest: clearing(a) - own });
    a.fee += own;
    if (a.place === 'suspense') a.covered += own;
    else {
      const share = (a.fee * (a.of.gift - giftLeft(a))) / a.of.gift;
      a.covered += least(own, atLeastNothing(share - a.covered));
      if (a.settlement === null) {
        fresh.set(a.of.campaign, (fresh.get(a.of.campaign) ?? 0n) + giftLeft(a));
      }
    }
    a.settlement ??= settlement;
  }
  for (const [campaign, gifts] of fresh) {
    const kept = (gifts * platformFeeBp) / 10_000n;
    settlement.platformFees.set(campaign, kept);
    campaign.platformFees += kept;
  }
  return settlement;
}

export function correct(settlement: Settlement): void {
  settlement.corrected = true;
  for (const a of settlement.attempts) {
    const fee = sum(
      a.settled.filter(({ by }) => by === settlement),
      (one) => one.fee,
    );
    a.settled = a.settled.filter(({ by }) => by !== settlement);
    a.fee -= fee;
    const share = a.place === 'suspense' ? a.fee : (a.fee * (a.of.gift - giftLeft(a))) / a.of.gift;
    a.covered -= least(fee, atLeastNothing(a.covered - share));
    if (a.settlement === settlement) a.settlement = null;
  }
  for (const [campaign, kept] of settlement.platformFees) campaign.platformFees -= kept;
}
