import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { number, percent, rupiah } from '../format.ts';
import '../styles/money-bar.css';

/** What a part of the money is, as its colour and its grain: never as its colour alone. */
export type Tone = 'sun' | 'sun-way' | 'lake' | 'lake-way' | 'stone' | 'held' | 'gone';

export type Part = {
  key: string;
  label: string;
  /** A sentence that says what the label means. */
  hint?: ComponentChildren;
  amount: number;
  tone: Tone;
};

/**
 * Parts of one sum, drawn as the planks of a boat on the lake, with a legend that carries the meaning. Parts of nothing
 * have neither plank nor line.
 */
export function MoneyBar({ parts, none }: { parts: Part[]; none: string }) {
  const hull = useId();
  const present = parts.filter(({ amount }) => amount > 0);
  const sum = present.reduce((all, { amount }) => all + amount, 0);
  return (
    <div class="money-bar">
      <svg class="money-shape" width="0" height="0" aria-hidden="true" focusable="false">
        <clipPath id={hull} clipPathUnits="objectBoundingBox">
          <path d="M0 0C.025 .2 .09 .27 .18 .27H.82C.91 .27 .975 .2 1 0C.99 .5 .965 1 .9 1H.1C.035 1 .01 .5 0 0Z" />
        </clipPath>
      </svg>
      <div class="money-hull" style={{ clipPath: `url(#${hull})` }} aria-hidden="true">
        {present.map(({ key, tone, amount }) => (
          <span key={key} class={`plank tone-${tone}`} style={{ flexGrow: amount / sum }} />
        ))}
      </div>
      <svg class="money-water" viewBox="0 0 400 8" preserveAspectRatio="none" aria-hidden="true">
        <path d="M0 4Q10 0 20 4T40 4T60 4T80 4T100 4T120 4T140 4T160 4T180 4T200 4T220 4T240 4T260 4T280 4T300 4T320 4T340 4T360 4T380 4T400 4" />
      </svg>
      {present.length === 0 ? (
        <p class="quiet">{none}</p>
      ) : (
        <ul class="money-legend">
          {present.map(({ key, label, hint, amount, tone }) => (
            <li key={key}>
              <span class={`money-key tone-${tone}`} aria-hidden="true" />
              <span class="money-label">{label}</span>
              <strong class="money-amount figures">{rupiah(amount)}</strong>
              <span class="money-share quiet small figures">{share(amount, sum)}</span>
              {hint && <span class="money-hint small quiet">{hint}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Beside its parts a whole percentage is rounded, not cut: they are to add up to the eye. */
function share(amount: number, sum: number): string {
  const whole = Math.round((amount / sum) * 100);
  return whole === 0 ? percent(amount / sum) : `${number(whole)}%`;
}
