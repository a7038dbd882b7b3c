import { useState } from 'preact/hooks';
import { EMAIL_MAX } from '../../../server/protocol/bounds.ts';
import { EMAIL_SHAPE } from '../email-shape.ts';
import { useTexts } from '../i18n/language.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { SignFrame } from '../parts/SignFrame.tsx';
import { askForReset } from '../session.ts';

/** Asks for a link to a new password. It never says whether there is such an account. */
export default function Forgot() {
  const t = useTexts();
  const [email, setEmail] = useState('');
  const [error, setError] = useState<string | undefined>();
  const [problem, setProblem] = useState<unknown>(null);
  const [state, setState] = useState<'asking' | 'sending' | 'sent'>('asking');

  async function send() {
    if (state === 'sending') return;
    const isEmail = EMAIL_SHAPE.test(email.trim());
    setError(isEmail ? undefined : t.sign.errors.email);
    setProblem(null);
    if (!isEmail) return document.getElementById('email')?.focus();
    setState('sending');
    try {
      await askForReset(email.trim());
      setState('sent');
    } catch (reason) {
      setProblem(reason);
      setState('asking');
    }
  }

  if (state === 'sent') {
    return (
      <SignFrame title={t.forgot.sentTitle} progress={0.55}>
        <p role="status">{t.forgot.sent(email.trim())}</p>
        <p class="quiet">{t.forgot.sentNext}</p>
        <p>
          <a class="button" href="/signin">
            {t.forgot.back}
          </a>
        </p>
      </SignFrame>
    );
  }
  return (
    <SignFrame title={t.forgot.title} progress={0.42}>
      <p class="quiet">{t.forgot.lead}</p>
      <form
        class="stack sign-fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field id="email" label={t.sign.email} error={error}>
          {(describe) => (
            <input
              {...describe}
              class="input"
              type="email"
              inputMode="email"
              autocomplete="username"
              maxLength={EMAIL_MAX}
              value={email}
              onInput={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        {problem !== null && <Problem error={problem} />}
        <button
          type="submit"
          class="button button-call button-large button-wide"
          aria-disabled={state === 'sending'}
        >
          {state === 'sending' ? t.sign.working : t.forgot.send}
        </button>
      </form>
      <p>
        <a href="/signin">{t.forgot.back}</a>
      </p>
    </SignFrame>
  );
}
