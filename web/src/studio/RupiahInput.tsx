import { useLayoutEffect, useRef } from 'preact/hooks';
import { currencySign, number } from '../format.ts';
import { language } from '../i18n/language.ts';
import type { Describe } from '../parts/Field.tsx';

/** Twelve digits are a trillion rupiah: more than any goal, and still exact. */
const DIGITS_MAX = 12;

type Props = {
  describe: Describe;
  amount: number | null;
  onAmount: (amount: number | null) => void;
};

/** Whole rupiah, grouped as one types. The caret stays behind the same digit. */
export function RupiahInput({ describe, amount, onAmount }: Props) {
  const input = useRef<HTMLInputElement>(null);
  /** Digits before the caret, to be put back after the text is grouped anew. */
  const caret = useRef<number | null>(null);
  const words = language.value;
  const text = amount === null ? '' : number(amount);

  // `words` is among the causes: another language groups with another sign.
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    if (element.value !== text) element.value = text;
    if (caret.current === null) return;
    let at = 0;
    for (let digits = 0; at < text.length && digits < caret.current; at++) if (isDigit(text[at])) digits++;
    element.setSelectionRange(at, at);
    caret.current = null;
  }, [text, words]);

  return (
    <div class="amount-input">
      <span aria-hidden="true">{currencySign()}</span>
      <input
        {...describe}
        ref={input}
        class="input figures"
        inputMode="numeric"
        autocomplete="off"
        onInput={({ currentTarget: { value, selectionStart } }) => {
          const digits = value.replace(/\D/g, '').replace(/^0+/, '').slice(0, DIGITS_MAX);
          const before = value.slice(0, selectionStart ?? value.length).replace(/\D/g, '').length;
          caret.current = before;
          const next = digits === '' ? null : Number(digits);
          // The same amount renders nothing anew: what was typed beside it must go all the same.
          if (next === amount && input.current) input.current.value = text;
          onAmount(next);
        }}
      />
    </div>
  );
}

const isDigit = (character: string | undefined): boolean => character !== undefined && /\d/.test(character);
