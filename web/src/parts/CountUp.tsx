import { useLayoutEffect, useRef } from 'preact/hooks';
import { rupiah } from '../format.ts';
import { language } from '../i18n/language.ts';

const COUNT_MS = 500;
export const isStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** An amount that counts to its new value in half a second; written straight to the text, without a render per frame. */
export function CountUp({ amount }: { amount: number }) {
  const element = useRef<HTMLSpanElement>(null);
  const shown = useRef(amount);
  const words = language.value;
  // `words` is among the causes: another language writes the same amount differently.
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const from = shown.current;
    const write = (value: number) => {
      shown.current = value;
      target.textContent = rupiah(value);
    };
    if (from === amount || isStill() || document.hidden) {
      write(amount);
      return;
    }
    const startedAt = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const share = Math.min(1, (now - startedAt) / COUNT_MS);
      const eased = 1 - (1 - share) ** 3;
      write(share >= 1 ? amount : Math.round(from + (amount - from) * eased));
      if (share < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [amount, words]);
  return <span ref={element} class="figures" />;
}
