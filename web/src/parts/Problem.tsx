import { ApiError } from '../http.ts';
import type { Texts } from '../i18n/id.ts';
import { useTexts } from '../i18n/language.ts';

/** A sentence for people about an error of a call: what happened and what to do. */
export function sentenceOf(error: unknown, t: Texts): string {
  if (!(error instanceof ApiError)) return t.problem.internal;
  switch (error.code) {
    case 'offline':
      return t.problem.offline;
    case 'unavailable':
    case 'in-flight':
      return t.problem.unavailable;
    case 'gateway-unavailable':
      return t.problem.gateway;
    case 'too-many-requests':
      return t.problem.tooMany;
    case 'unauthenticated':
      return t.problem.signIn;
    case 'forbidden':
      return t.problem.forbidden;
    case 'not-open':
      return t.problem.notOpen;
    case 'not-allowed':
      return t.problem.notAllowed;
    case 'conflict':
    case 'idempotency-mismatch':
      return t.problem.conflict;
    case 'invalid-input':
    case 'bad-request':
    case 'too-large':
    case 'unsupported-media':
      return t.problem.input;
    default:
      return t.problem.internal;
  }
}

/** What went wrong, said where the eye is, with a way on where there is one. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts();
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined;
  return (
    <div class="notice notice-alarm" role="alert">
      <p>
        <strong>{t.problem.title}.</strong> {sentenceOf(error, t)}
      </p>
      {requestId && <p class="small quiet">{t.problem.reference(requestId)}</p>}
      {retry && (
        <p>
          <button type="button" class="button-text" onClick={retry}>
            {t.site.tryAgain}
          </button>
        </p>
      )}
    </div>
  );
}
