import { useState } from 'preact/hooks';
import { PASSWORD_BYTES_MAX, PASSWORD_MIN } from '../../../server/protocol/accounts.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { PasswordField } from '../parts/PasswordField.tsx';
import { Problem } from '../parts/Problem.tsx';
import { SignFrame } from '../parts/SignFrame.tsx';
import { resetPassword } from '../session.ts';

/** A new password by the link of a mail. The token stands behind `#`, so that no server's log has it. */
export default function Reset() {
  const t = useTexts();
  const [token] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | undefined>();
  const [problem, setProblem] = useState<unknown>(null);
  const [state, setState] = useState<'asking' | 'sending' | 'done' | 'void'>(token ? 'asking' : 'void');

  async function send() {
    if (state === 'sending') return;
    const found =
      password.length < PASSWORD_MIN
        ? t.sign.errors.passwordShort(PASSWORD_MIN)
        : new TextEncoder().encode(password).length > PASSWORD_BYTES_MAX
          ? t.sign.errors.passwordLong
          : undefined;
    setError(found);
    setProblem(null);
    if (found) return document.getElementById('password')?.focus();
    setState('sending');
    try {
      await resetPassword({ token, password });
      // Neither the history nor a shared address shall hold it.
      history.replaceState(null, '', location.pathname);
      setState('done');
    } catch (reason) {
      if (reason instanceof ApiError && reason.errors.some(({ path }) => path === 'token')) setState('void');
      else {
        setProblem(reason);
        setState('asking');
      }
    }
  }

  if (state === 'done' || state === 'void') {
    const words = state === 'done' ? t.reset.done : t.reset.void;
    return (
      <SignFrame title={words.title} progress={state === 'done' ? 0.85 : 0.3}>
        <p role="status">{words.text}</p>
        <p>
          <a class="button button-call" href={state === 'done' ? '/signin' : '/forgot'}>
            {words.next}
          </a>
        </p>
      </SignFrame>
    );
  }
  return (
    <SignFrame title={t.reset.title} progress={0.6}>
      <p class="quiet">{t.reset.lead}</p>
      <form
        class="stack sign-fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <PasswordField
          label={t.reset.password}
          hint={t.sign.passwordHint(PASSWORD_MIN)}
          error={error}
          autocomplete="new-password"
          value={password}
          onInput={setPassword}
        />
        {problem !== null && <Problem error={problem} />}
        <button
          type="submit"
          class="button button-call button-large button-wide"
          aria-disabled={state === 'sending'}
        >
          {state === 'sending' ? t.sign.working : t.reset.save}
        </button>
      </form>
    </SignFrame>
  );
}
