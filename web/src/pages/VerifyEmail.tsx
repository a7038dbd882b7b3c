import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { Problem } from '../parts/Problem.tsx';
import { SignFrame } from '../parts/SignFrame.tsx';
import { verifyEmail } from '../session.ts';

/** Where the link of the mail that confirms an address leads: opening it is enough. */
export default function VerifyEmail() {
  const t = useTexts();
  const [token] = useState(() => location.hash.slice(1));
  const [state, setState] = useState<'asking' | 'done' | 'void'>(token ? 'asking' : 'void');
  const [problem, setProblem] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!token) return;
    setProblem(null);
    verifyEmail(token).then(
      () => {
        history.replaceState(null, '', location.pathname);
        setState('done');
      },
      (reason) => {
        if (reason instanceof ApiError && reason.code === 'invalid-input') setState('void');
        else setProblem(reason);
      },
    );
  }, [attempt]);

  const words = t.verify[state];
  return (
    <SignFrame title={words.title} progress={state === 'done' ? 0.9 : 0.4}>
      <p role="status">{words.text}</p>
      {problem !== null && <Problem error={problem} retry={() => setAttempt((n) => n + 1)} />}
      {state !== 'asking' && (
        <p>
          <a class="button button-call" href="/">
            {t.missing.home}
          </a>
        </p>
      )}
    </SignFrame>
  );
}
