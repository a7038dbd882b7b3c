export type Weighted = { id: string; weightMinor: bigint };

/**
 * Shares an amount out in proportion to weights, exactly: what division leaves over goes to the largest remainders, one
 * unit each, and among equal ones by id. Weights are above zero.
 */
export function shareOut(amountMinor: bigint, among: Weighted[]): Map<string, bigint> {
  const whole = among.reduce((sum, one) => sum + one.weightMinor, 0n);
  if (whole === 0n) return new Map();
  const parts = among.map(({ id, weightMinor }) => {
    const product = amountMinor * weightMinor;
    return { id, share: product / whole, remainder: product % whole };
  });
  let left = amountMinor - parts.reduce((sum, one) => sum + one.share, 0n);
  const shares = new Map(parts.map(({ id, share }) => [id, share]));
  for (const { id, share } of parts.sort(byRemainder)) {
    if (left === 0n) break;
    shares.set(id, share + 1n);
    left -= 1n;
  }
  return shares;
}

const byRemainder = (a: { id: string; remainder: bigint }, b: { id: string; remainder: bigint }): number => {
  if (a.remainder !== b.remainder) return a.remainder > b.remainder ? -1 : 1;
  return a.id < b.id ? -1 : 1;
};

export const between = (min: bigint, amount: bigint, max: bigint): bigint => {
  if (amount < min) return min;
  return amount > max ? max : amount;
};
