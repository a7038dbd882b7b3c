import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { PASSWORD_BYTES_MAX, PASSWORD_MIN } from '../../../server/protocol/accounts.ts';
import { EMAIL_MAX, NAME_MAX } from '../../../server/protocol/bounds.ts';
import { query } from '../api.ts';
import { EMAIL_SHAPE } from '../email-shape.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { PasswordField } from '../parts/PasswordField.tsx';
import { Problem } from '../parts/Problem.tsx';
import { SignFrame } from '../parts/SignFrame.tsx';
import { register, signIn, signOut, user } from '../session.ts';

type Errors = { email?: string; password?: string; name?: string };

/** Where to go on after signing in: an address of this site alone, or a link could send people elsewhere. */
function onwardOf(next: string | undefined): string {
  if (!next?.startsWith('/')) return '/';
  try {
    const url = new URL(next, location.origin);
    return url.origin === location.origin && url.pathname !== '/signin'
      ? url.pathname + url.search + url.hash
      : '/';
  } catch {
    return '/';
  }
}

export default function SignIn() {
  const t = useTexts();
  const { query: address, route } = useLocation();
  const isNew = address.mode === 'register';
  const next = onwardOf(address.next);
  const hrefOf = (mode: 'register' | null) => `/signin${query({ mode, next: next === '/' ? null : next })}`;
  const title = isNew ? t.sign.upTitle : t.sign.inTitle;

  return (
    <SignFrame title={title} progress={isNew ? 0.62 : 0.5}>
      {user.value ? (
        <>
          <p>{t.sign.already(user.value.name)}</p>
          <p class="sign-actions">
            <a class="button button-call" href={next}>
              {t.sign.onward}
            </a>
            <button type="button" class="button" onClick={() => void signOut().catch(() => undefined)}>
              {t.nav.signOut}
            </button>
          </p>
        </>
      ) : (
        <>
          <p class="quiet">{t.sign.lead}</p>
          <nav class="sign-tabs" aria-label={t.sign.tabs}>
            <a href={hrefOf(null)} aria-current={isNew ? undefined : 'page'}>
              {t.sign.inTitle}
            </a>
            <a href={hrefOf('register')} aria-current={isNew ? 'page' : undefined}>
              {t.sign.upTitle}
            </a>
          </nav>
          <Form
            isNew={isNew}
            onDone={() => {
              route(next, true);
              scrollTo(0, 0);
            }}
            key={isNew ? 'new' : 'known'}
          />
        </>
      )}
    </SignFrame>
  );
}

function Form({ isNew, onDone }: { isNew: boolean; onDone: () => void }) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const [problem, setProblem] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  function check(): Errors {
    const found: Errors = {};
    if (isNew && name.trim() === '') found.name = t.sign.errors.name;
    if (!EMAIL_SHAPE.test(email.trim())) found.email = t.sign.errors.email;
    if (password === '') found.password = t.sign.errors.password;
    else if (isNew && password.length < PASSWORD_MIN)
      found.password = t.sign.errors.passwordShort(PASSWORD_MIN);
    else if (isNew && new TextEncoder().encode(password).length > PASSWORD_BYTES_MAX) {
      found.password = t.sign.errors.passwordLong;
    }
    return found;
  }

  function fromServer(error: ApiError): Errors | null {
    if (error.code === 'wrong-credentials') return { password: t.sign.errors.wrong };
    if (error.code === 'email-taken') return { email: t.sign.errors.taken };
    const found: Errors = {};
    for (const { path } of error.errors) {
      if (path === 'email') found.email = t.sign.errors.email;
      if (path === 'name') found.name = t.sign.errors.name;
      if (path === 'password') found.password = t.sign.errors.passwordShort(PASSWORD_MIN);
    }
    return Object.keys(found).length > 0 ? found : null;
  }

  async function send() {
    if (isSending) return;
    const found = check();
    setErrors(found);
    setProblem(null);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return;
    }
    setIsSending(true);
    try {
      if (isNew) await register({ email: email.trim(), password, name: name.trim() });
      else await signIn({ email: email.trim(), password });
      onDone();
    } catch (reason) {
      const atFields = reason instanceof ApiError ? fromServer(reason) : null;
      if (atFields) {
        setErrors(atFields);
        focusFirstError(form.current);
      } else setProblem(reason);
    } finally {
      setIsSending(false);
    }
  }

  return (
    <form
      class="stack sign-fields"
      noValidate
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {isNew && (
        <Field id="name" label={t.sign.name} error={errors.name}>
          {(describe) => (
            <input
              {...describe}
              class="input"
              type="text"
              autocomplete="name"
              maxLength={NAME_MAX}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field id="email" label={t.sign.email} error={errors.email}>
        {(describe) => (
          <input
            {...describe}
            class="input"
            type="email"
            inputMode="email"
            autocomplete={isNew ? 'email' : 'username'}
            maxLength={EMAIL_MAX}
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      <PasswordField
        label={t.sign.password}
        hint={isNew ? t.sign.passwordHint(PASSWORD_MIN) : null}
        error={errors.password}
        autocomplete={isNew ? 'new-password' : 'current-password'}
        value={password}
        onInput={setPassword}
      />
      {!isNew && (
        <p>
          <a href="/forgot">{t.forgot.link}</a>
        </p>
      )}
      {problem !== null && <Problem error={problem} />}
      <button type="submit" class="button button-call button-large button-wide" aria-disabled={isSending}>
        {isSending ? t.sign.working : isNew ? t.sign.register : t.sign.signIn}
      </button>
    </form>
  );
}
