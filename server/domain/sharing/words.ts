/** What a picture says of a campaign. Equal words are equal pictures. */
export type Words = {
  title: string;
  /** Whole percent of the goal, 0 to 100. */
  percent: number;
  raised: string;
  goal: string;
  donors: string;
  /** One for each donor, up to LAMPS_MAX. */
  lamps: number;
};

export const LAMPS_MAX = 24;

/** Below this many donors the number is said in full. */
const DONORS_EXACT_MAX = 1_000;

const UNITS: [value: number, name: string][] = [
  [1e12, 'triliun'],
  [1e9, 'miliar'],
  [1e6, 'juta'],
];

/**
 * An amount as people say it, in three figures and never more than there is: Rp4,25 juta. So a picture stands for all
 * totals that are said alike, and a campaign on television does not draw one for each gift.
 */
export function sayRupiah(amount: number): string {
  const unit = UNITS.find(([value]) => amount >= value);
  if (!unit) return `Rp${grouped(amount)}`;
  const [value, name] = unit;
  const decimals = amount >= value * 100 ? 0 : amount >= value * 10 ? 1 : 2;
  const step = value / 10 ** decimals;
  const said = Math.floor(amount / step) / 10 ** decimals;
  return `Rp${String(said).replace('.', ',')} ${name}`;
}

export function sayDonors(count: number): string {
  if (count === 0) return 'belum ada donatur';
  if (count < DONORS_EXACT_MAX) return `${count} donatur`;
  const step = 10 ** (String(count).length - 2);
  const said = Math.floor(count / step) * step;
  return `${grouped(said)}${said < count ? '+' : ''} donatur`;
}

/** Written out, because a system without Indonesian in its ICU would say it in English. */
export const grouped = (whole: number): string => String(whole).replace(/\B(?=(\d{3})+$)/g, '.');

export const wordsOf = ({
  title,
  raised,
  goal,
  donorCount,
}: {
  title: string;
  raised: { amount: number };
  goal: { amount: number };
  donorCount: number;
}): Words => ({
  title,
  percent: Math.min(100, Math.floor((raised.amount / goal.amount) * 100)),
  raised: sayRupiah(raised.amount),
  goal: sayRupiah(goal.amount),
  donors: sayDonors(donorCount),
  lamps: Math.min(LAMPS_MAX, donorCount),
});
