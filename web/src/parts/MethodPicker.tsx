import type { Method } from '../../../server/protocol/methods.ts';
import { useTexts } from '../i18n/language.ts';
import { FieldError } from './Field.tsx';
import '../styles/method-picker.css';

const USUAL: Method[] = ['qris', 'gopay', 'ovo', 'dana', 'shopeepay'];
const OTHERS: { key: 'banks' | 'others'; methods: Method[] }[] = [
  { key: 'banks', methods: ['va_bca', 'va_mandiri', 'va_bri', 'va_bni', 'va_permata'] },
  { key: 'others', methods: ['card', 'alfamart', 'indomaret'] },
];

type Props = {
  name: string;
  legend: string;
  method: Method | null;
  onMethod: (method: Method) => void;
  error?: string | null | undefined;
};

/** One choice among the ways to pay, by their plain names. */
export function MethodPicker({ name, legend, method, onMethod, error }: Props) {
  const t = useTexts();
  const choices = (methods: Method[]) => (
    <div class="method-choices">
      {methods.map((one) => (
        <label class="choice" key={one}>
          <input
            type="radio"
            name={name}
            value={one}
            checked={method === one}
            aria-invalid={Boolean(error)}
            onChange={() => onMethod(one)}
          />
          <span>
            {t.method[one]}
            {one === 'qris' && <small>{t.give.qrisHint}</small>}
          </span>
        </label>
      ))}
    </div>
  );
  return (
    <fieldset class="methods" aria-describedby={error ? `${name}-error` : undefined}>
      <legend class="label">{legend}</legend>
      {choices(USUAL)}
      {/* What most people use stands open; the rest is one tap away. */}
      {OTHERS.map(({ key, methods }) => (
        <details class="method-group fold" open={method !== null && methods.includes(method)} key={key}>
          <summary>{t.give[key]}</summary>
          {choices(methods)}
        </details>
      ))}
      <FieldError id={`${name}-error`} error={error} />
    </fieldset>
  );
}
