import { useState } from 'preact/hooks';
import { useTexts } from '../i18n/language.ts';
import { Field } from './Field.tsx';

type Props = {
  label: string;
  hint?: string | null;
  error: string | undefined;
  /** So that password managers offer the old one, or to make a new one. */
  autocomplete: 'current-password' | 'new-password';
  value: string;
  onInput(value: string): void;
};

/** A password that may be looked at while it is typed: on a phone a typing error is likelier than a neighbour. */
export function PasswordField({ label, hint = null, error, autocomplete, value, onInput }: Props) {
  const t = useTexts();
  const [isShown, setIsShown] = useState(false);
  return (
    <>
      <Field id="password" label={label} hint={hint} error={error}>
        {(describe) => (
          <input
            {...describe}
            {...(isShown ? { type: 'text' as const } : { type: 'password' as const })}
            class="input"
            autocomplete={autocomplete}
            value={value}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        )}
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={isShown}
          onChange={(event) => setIsShown(event.currentTarget.checked)}
        />
        <span>{t.sign.show}</span>
      </label>
    </>
  );
}
