import type { ProblemCode } from '../../../server/protocol/problems.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { sentenceOf } from '../parts/Problem.tsx';
import { useFinanceTexts } from './text.ts';

type Sentences = Partial<Record<ProblemCode | 'offline', string>>;

/** Why a deed was refused, as a sentence that says what to do. `own` are sentences of this very deed. */
export function Refused({ error, own = {} }: { error: unknown; own?: Sentences }) {
  const site = useTexts();
  const { refusal: t } = useFinanceTexts();
  if (error === null) return null;
  const known: Sentences = {
    'own-approval': t.ownApproval,
    'wrong-state': t.wrongState,
    'over-limit': t.overLimit,
    'not-allowed': t.notAllowed,
    'settlement-mismatch': t.mismatch,
    'not-open': t.notOpen,
    'not-found': t.notFound,
    'gateway-unavailable': t.gateway,
    ...own,
  };
  const said = error instanceof ApiError ? known[error.code] : undefined;
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined;
  return (
    <div class="notice notice-alarm fin-refused" role="alert">
      <p>{said ?? sentenceOf(error, site)}</p>
      {requestId && <p class="small">{site.problem.reference(requestId)}</p>}
    </div>
  );
}

/** The server's word on a field, as a sentence of ours. */
export const isFieldRefused = (error: unknown, ...paths: string[]): boolean =>
  error instanceof ApiError &&
  error.code === 'invalid-input' &&
  error.errors.some(({ path }) => paths.some((one) => path === one || path.startsWith(`${one}.`)));
