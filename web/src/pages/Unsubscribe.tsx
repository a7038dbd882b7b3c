import { useEffect, useState } from 'preact/hooks';
import type { UnsubscribeScope, UnsubscribeView } from '../../../server/protocol/updates.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import { unsubscribe, unsubscribeStanding } from '../updates.ts';
import '../styles/updates.css';

/** Where the link of a mail leads. Opening it changes nothing: programs that look for dangers open every link. */
export default function Unsubscribe() {
  const t = useTexts();
  const [token] = useState(() => location.hash.slice(1));
  const [view, setView] = useState<UnsubscribeView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    unsubscribeStanding(token, stop.signal).then(setView, (reason) => {
      if (!stop.signal.aborted) setError(reason);
    });
    return () => stop.abort();
  }, [token, attempt]);

  const change = async (scope: UnsubscribeScope, isUndone: boolean) => {
    setIsBusy(true);
    setError(null);
    try {
      setView(await unsubscribe(token, scope, isUndone));
    } catch (reason) {
      setError(reason);
    } finally {
      setIsBusy(false);
    }
  };
  const isWrong = error instanceof ApiError && (error.code === 'not-found' || error.code === 'invalid-input');
  const off = view?.unsubscribed;
  const button = (label: string, scope: UnsubscribeScope, isUndone: boolean, isCall = false) => (
    <button
      type="button"
      class={`button ${isCall ? 'button-call' : ''}`}
      disabled={isBusy}
      onClick={() => void change(scope, isUndone)}
    >
      {label}
    </button>
  );
  return (
    <Layout title={t.unsubscribe.title}>
      <div class="wrap narrow message-page" aria-busy={view === null && error === null}>
        <h1>{off?.all || off?.campaign ? t.unsubscribe.done : t.unsubscribe.title}</h1>
        {isWrong ? (
          <p>{t.unsubscribe.wrong}</p>
        ) : view === null ? (
          error === null && (
            <p class="quiet" role="status">
              {t.site.loading}
            </p>
          )
        ) : (
          <div class="stack" aria-live="polite">
            <p>
              {off?.all ? (
                t.unsubscribe.allDone
              ) : (
                <>
                  {off?.campaign ? t.unsubscribe.campaignDone : t.unsubscribe.about}{' '}
                  <a href={`/c/${view.campaign.slug}`} lang="id">
                    {view.campaign.title}
                  </a>
                  .
                </>
              )}
            </p>
            <p class="unsubscribe-choices">
              {off?.all ? (
                button(t.unsubscribe.undo, 'all', true)
              ) : (
                <>
                  {off?.campaign
                    ? button(t.unsubscribe.undo, 'campaign', true)
                    : button(t.unsubscribe.stop, 'campaign', false, true)}
                  {button(t.unsubscribe.stopAll, 'all', false)}
                </>
              )}
            </p>
            <p class="hint">{t.unsubscribe.receipts}</p>
          </div>
        )}
        {error !== null && !isWrong && (
          <Problem error={error} {...(view ? {} : { retry: () => setAttempt((n) => n + 1) })} />
        )}
      </div>
    </Layout>
  );
}
