/** A token bucket: `burst` at once, `perSecond` in the long run. Two numbers for each socket, no timer. */
export function bucket({ perSecond, burst }: { perSecond: number; burst: number }) {
  let tokens = burst;
  let at = performance.now();
  return {
    /** 0 if one token was there and is taken; otherwise the milliseconds until one will be. */
    take(): number {
      const now = performance.now();
      tokens = Math.min(burst, tokens + ((now - at) * perSecond) / 1_000);
      at = now;
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1_000) / perSecond);
      tokens -= 1;
      return 0;
    },
  };
}
