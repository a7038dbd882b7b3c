/** "10000.00" → 10000n. Rupiah has no cents at a gateway; anything else is null, never rounded. */
export function wholeRupiah(amount: unknown): bigint | null {
  const match = /^(\d{1,15})(?:\.0{1,2})?$/.exec(String(amount));
  return match?.[1] ? BigInt(match[1]) : null;
}
