import { demoCampaigns } from './campaigns.ts';
import { type DemoMessage, demoMessages, heldMessages } from './messages.ts';
import { donorNames, type Voice } from './names.ts';

/** One gift of the demo, to be booked through the same verbs as a real one. */
export type DemoGift = {
  /** The campaign's slug. */
  campaign: string;
  giftRupiah: number;
  /** 0 when the donor leaves no tip. */
  tipRupiah: number;
  /** A name with `anonymous: true` is known to the books and must not reach the public. */
  donor: { name: string | null; anonymous: boolean };
  message: string | null;
  method: 'qris' | 'gopay' | 'ovo' | 'dana' | 'va_bca' | 'va_mandiri' | 'va_bri' | 'shopeepay' | 'card';
  minutesAgo: number;
};

type Random = () => number;

const ANONYMOUS_SHARE = 0.25;
const MESSAGE_SHARE = 0.4;
const TIP_SHARE = 0.35;
const TIP_MAX_RUPIAH = 50_000;
/** How far a campaign's sum may lie from its share of the goal. */
const SUM_TOLERANCE = 0.005;
/** A few hundred redraws suffice in practice; the limit turns a campaign that cannot be met into an error. */
const REDRAWS_MAX = 20_000;
/** The oldest gift's age; the newer days get more gifts. */
const OLDEST_MINUTES = 19 * 24 * 60;

// Repeats make a value more likely: people give round sums.
const SMALL_THOUSANDS = [
  10, 10, 15, 20, 20, 20, 25, 25, 25, 30, 35, 40, 45, 50, 50, 50, 50, 60, 75, 75, 100, 100, 100, 100, 12, 17,
  27, 33, 77, 99,
];
const MIDDLE_THOUSANDS = [250, 250, 250, 300, 300, 350, 400, 500, 500, 500, 600, 750, 1000];
const LARGE_THOUSANDS = [2500, 2500, 3000, 5000];
/** Of a hundred gifts about two are large; they are fixed by count so that chance cannot swallow a goal. */
const LARGE_SHARE = 0.02;
const SMALL_SHARE = 0.72;

const METHODS: { method: DemoGift['method']; weight: number }[] = [
  { method: 'qris', weight: 34 },
  { method: 'gopay', weight: 20 },
  { method: 'dana', weight: 13 },
  { method: 'ovo', weight: 9 },
  { method: 'shopeepay', weight: 8 },
  { method: 'va_bca', weight: 7 },
  { method: 'va_bri', weight: 4 },
  { method: 'va_mandiri', weight: 3 },
  { method: 'card', weight: 2 },
];
/** Wallet balances end here for most people, so larger gifts come by bank or card. */
const WALLET_MAX_RUPIAH = 2_000_000;
const BANK_METHODS = METHODS.filter(({ method }) => method.startsWith('va_') || method === 'card');

/**
 * The 200 gifts of the demo, oldest first. The same seed gives the same gifts. Each campaign gets its number of
 * gifts, which add up to its share of the goal within 0.5 %; two fifths carry a message, five of them one that
 * moderation holds.
 */
export function demoGifts(seed: number): DemoGift[] {
  const random = mulberry32(seed);
  const donors = dealDonors(random);
  const unused = shuffled(demoMessages, random);
  const gifts = demoCampaigns.flatMap((campaign) => {
    const amounts = drawAmounts(campaign.gifts, campaign.goalRupiah * campaign.raisedShare, random);
    const anonymous = chosen(campaign.gifts, ANONYMOUS_SHARE, random);
    const speaking = shuffled([...amounts.keys()], random).slice(
      0,
      Math.round(campaign.gifts * MESSAGE_SHARE),
    );
    const held = heldMessages.filter((message) => message.campaign === campaign.slug);
    const heldAt = new Map(held.map((message, k) => [speaking[k], message.text]));
    const spoken = new Set(speaking);
    return amounts.map((giftRupiah, i): DemoGift => {
      const donor = donors();
      const hidden = anonymous.has(i);
      const name = hidden && random() < 0.4 ? null : donor.name;
      const text = spoken.has(i)
        ? (heldAt.get(i) ?? takeMessage(unused, campaign.slug, donor.voices, random))
        : null;
      return {
        campaign: campaign.slug,
        giftRupiah,
        tipRupiah: random() < TIP_SHARE ? drawTip(giftRupiah, random) : 0,
        donor: { name, anonymous: hidden },
        message: text,
        method: drawMethod(giftRupiah, random),
        minutesAgo: 2 + Math.floor(random() ** 1.7 * (OLDEST_MINUTES - 2)),
      };
    });
  });
  return gifts.sort((a, b) => b.minutesAgo - a.minutesAgo);
}

/** Mulberry32 by Tommy Ettinger (public domain): 32 bits of state, uniform in [0, 1). Not for secrets. */
function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(from: readonly T[], random: Random): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new Error('Nothing to pick from.');
  return one;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function chosen(count: number, share: number, random: Random): Set<number> {
  const all = Array.from({ length: count }, (_, i) => i);
  return new Set(shuffled(all, random).slice(0, Math.round(count * share)));
}

/** Amounts in rupiah that add up to `targetRupiah` within SUM_TOLERANCE. */
function drawAmounts(count: number, targetRupiah: number, random: Random): number[] {
  const large = Math.max(1, Math.round(count * LARGE_SHARE));
  const ordinary = () => 1000 * pick(random() < SMALL_SHARE ? SMALL_THOUSANDS : MIDDLE_THOUSANDS, random);
  const amounts = Array.from({ length: count }, (_, i) =>
    i < large ? 1000 * pick(LARGE_THOUSANDS, random) : ordinary(),
  );
  let sum = amounts.reduce((total, amount) => total + amount, 0);
  let redraws = 0;
  // Replacing single gifts, and keeping what comes nearer, leaves every amount one that people give.
  while (Math.abs(sum - targetRupiah) > SUM_TOLERANCE * targetRupiah) {
    if (++redraws > REDRAWS_MAX) throw new Error(`${count} gifts cannot add up to Rp${targetRupiah}.`);
    const i = large + Math.floor(random() * (count - large));
    const candidate = sum - (amounts[i] ?? 0) + ordinary();
    if (Math.abs(candidate - targetRupiah) >= Math.abs(sum - targetRupiah)) continue;
    amounts[i] = (amounts[i] ?? 0) + candidate - sum;
    sum = candidate;
  }
  return shuffled(amounts, random);
}

/** Deals the whole pool before a name comes back, with "Hamba Allah" now and then as people do sign. */
function dealDonors(random: Random): () => { name: string; voices: Voice[] } {
  const pool = donorNames.flatMap(({ voices, names }) => names.map((name) => ({ name, voices })));
  let hand: typeof pool = [];
  return () => {
    if (random() < 0.04) return { name: 'Hamba Allah', voices: ['muslim'] };
    if (hand.length === 0) hand = shuffled(pool, random);
    const donor = hand.pop();
    if (!donor) throw new Error('The pool of donors is empty.');
    return donor;
  };
}

/** Takes a message out of `unused` that fits, one that speaks to this campaign or in the donor's voice first. */
function takeMessage(
  unused: DemoMessage[],
  campaign: string,
  voices: readonly Voice[],
  random: Random,
): string | null {
  const fits = ({ voice, campaign: of }: DemoMessage) =>
    (of === undefined || of === campaign) && (voice === undefined || voices.includes(voice));
  const own = unused.findIndex(
    (message) => fits(message) && (message.voice ?? message.campaign) !== undefined,
  );
  const asGroup = unused.findIndex(({ voice }) => voice === 'rombongan');
  let at = own >= 0 && random() < 0.8 ? own : unused.findIndex(fits);
  // A group that writes "my first wages" would give the demo away.
  if (voices.includes('rombongan') && asGroup >= 0) at = asGroup;
  if (at < 0) return null;
  return unused.splice(at, 1)[0]?.text ?? null;
}

function drawTip(giftRupiah: number, random: Random): number {
  const wanted = giftRupiah * pick([0.05, 0.05, 0.1], random);
  return Math.min(TIP_MAX_RUPIAH, Math.max(1000, Math.round(wanted / 1000) * 1000));
}

function drawMethod(giftRupiah: number, random: Random): DemoGift['method'] {
  const methods = giftRupiah > WALLET_MAX_RUPIAH ? BANK_METHODS : METHODS;
  let left = random() * methods.reduce((total, { weight }) => total + weight, 0);
  for (const { method, weight } of methods) {
    left -= weight;
    if (left < 0) return method;
  }
  return 'qris';
}
