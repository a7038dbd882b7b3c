import { useLayoutEffect, useRef } from 'preact/hooks';
import { currencySign, number } from '../format.ts';
import type { Describe } from './Field.tsx';
import '../styles/amount-field.css';

type Props = {
  describe: Describe;
  /** Whole rupiah; null while the field is empty. */
  amount: number | null;
  onAmount: (amount: number | null) => void;
  isLarge?: boolean;
};

/** No amount has more figures; what is typed beyond is not taken. */
const FIGURES_MAX = 12;

/** An amount in rupiah that is grouped while it is typed, with the caret kept where the hand left it. */
export function AmountField({ describe, amount, onAmount, isLarge = false }: Props) {
  const input = useRef<HTMLInputElement>(null);
  /** Figures that stand right of the caret: grouping moves the others. */
  const after = useRef<number | null>(null);
  const text = amount === null ? '' : number(amount);

  useLayoutEffect(() => {
    const element = input.current;
    if (!element || after.current === null || document.activeElement !== element) return;
    let caret = element.value.length;
    for (let left = after.current; caret > 0 && left > 0; caret--) {
      if (/\d/.test(element.value.charAt(caret - 1))) left--;
    }
    element.setSelectionRange(caret, caret);
    after.current = null;
  });

  return (
    <span class={`amount-field ${isLarge ? 'amount-field-large' : ''}`}>
      <span class="amount-sign" aria-hidden="true">
        {currencySign()}
      </span>
      <input
        {...describe}
        class="input figures"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        ref={input}
        value={text}
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          const figures = value
            .replace(/\D/g, '')
            .replace(/^0+(?=\d)/, '')
            .slice(0, FIGURES_MAX);
          after.current = value.slice(selectionStart ?? value.length).replace(/\D/g, '').length;
          const next = figures === '' ? null : Number(figures);
          // The same amount renders nothing anew, and a letter typed in would stay.
          event.currentTarget.value = next === null ? '' : number(next);
          onAmount(next);
        }}
      />
    </span>
  );
}
