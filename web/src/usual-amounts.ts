/** The four amounts offered first, in rupiah. */
export const USUAL_AMOUNTS = [25_000, 50_000, 100_000, 250_000] as const;
