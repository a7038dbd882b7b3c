import type { Alert as Told } from '../alerts/queue.ts';
import { rupiah } from '../format.ts';
import { nameOf, useOverlayTexts } from './text.ts';

/** One gift, or several together. `isLeaving` plays the way out; the words stay until it is over. */
export function Alert({
  alert,
  withMessage,
  isLeaving,
}: {
  alert: Told;
  withMessage: boolean;
  isLeaving: boolean;
}) {
  const t = useOverlayTexts();
  const together = alert.kind === 'together' ? alert : null;
  const gift = alert.kind === 'together' ? null : alert.gift;
  const title = together ? t.together : alert.kind === 'ahead' ? (alert.isTest ? t.test : t.again) : t.lit;
  return (
    <section class={`alert${isLeaving ? ' is-leaving' : ''}`} data-kind={alert.kind} aria-live="polite">
      <Lantern />
      <p class="alert-title">{title}</p>
      <p class="alert-name">{gift ? nameOf(gift) : t.more(together?.count ?? 0)}</p>
      <p class="alert-amount">{rupiah(gift?.amount ?? together?.amount ?? 0)}</p>
      {withMessage && gift?.message && <p class="alert-message">{gift.message}</p>}
      {together?.largest && together.count > 1 && (
        <p class="alert-message">{t.largestOf(rupiah(together.largest.amount), nameOf(together.largest))}</p>
      )}
    </section>
  );
}

/** The lamp that each gift lights on the shore. */
export const Lantern = () => (
  <svg class="lantern" viewBox="0 0 64 80" aria-hidden="true" focusable="false">
    <path class="lantern-line" d="M32 2v10" />
    <path class="lantern-cap" d="M22 12h20l5 8H17z" />
    <path class="lantern-glass" d="M17 20h30l4 34a6 6 0 0 1-6 6H19a6 6 0 0 1-6-6z" />
    <path class="lantern-flame" d="M32 27c6 8 9 12 9 18a9 9 0 0 1-18 0c0-6 3-10 9-18z" />
    <path class="lantern-heart" d="M32 38c3 4 4 6 4 9a4 4 0 0 1-8 0c0-3 1-5 4-9z" />
    <path class="lantern-cap" d="M17 60h30l-4 8H21z" />
    <path class="lantern-line" d="M26 68v8M32 68v10M38 68v8" />
  </svg>
);
