import type { Problem, ProblemCode } from '../../server/protocol/problems.ts';
import { language } from './i18n/language.ts';

/** An API call that did not give what was asked: the server's problem+json, or no usable answer at all. */
export class ApiError extends Error {
  readonly code: ProblemCode | 'offline';
  /** HTTP status; 0 when nothing arrived. */
  readonly status: number;
  readonly errors: { path: string; message: string }[];
  readonly requestId: string | undefined;
  /** From `Retry-After`, where the server gave one in seconds. */
  readonly retryAfterS: number | null;

  constructor(
    problem: Omit<Partial<Problem>, 'code'> & { code: ProblemCode | 'offline' },
    retryAfterS: number | null = null,
  ) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status ?? 0;
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
    this.retryAfterS = retryAfterS;
  }
}

export type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, except a Blob, which is sent as it is with its own type. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Goes on when the page is left: its cookies must arrive. */
  outlivesPage?: boolean;
};

/** Gateways may take some seconds to open a payment; past this a person had better hear of it. */
const ANSWER_MS_MAX = 20_000;

/**
 * One call to the API, without credentials of its own (`api.ts` adds them).
 * Throws ApiError for a refusal, and ApiError 'offline' when no answer came; an abort by the caller stays an abort.
 */
export async function request<T>(
  path: string,
  { method = 'GET', body, headers = {}, signal, outlivesPage = false }: Call = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  const isBlob = body instanceof Blob;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      keepalive: outlivesPage,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        // What was chosen on the page, not how the browser was set up: mails are written in it.
        'accept-language': language.value,
        ...(body === undefined ? {} : { 'content-type': isBlob ? body.type : 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : isBlob ? body : JSON.stringify(body),
      signal: signal ? either(signal, timeout) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ code: 'offline' });
  }
  const text = await response.text().catch(() => {
    throw new ApiError({ code: 'offline' });
  });
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  throw new ApiError(problemOf(text, response.status), Number(response.headers.get('retry-after')) || null);
}

/** A proxy in between answers in HTML; then the status alone has to tell. */
function problemOf(text: string, status: number): Partial<Problem> & { code: ProblemCode } {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.code === 'string') return { ...problem, status, code: problem.code };
  } catch {
    // Not JSON: told by status below.
  }
  if (status === 404) return { status, code: 'not-found' };
  if (status === 429) return { status, code: 'too-many-requests' };
  return { status, code: status >= 502 ? 'unavailable' : 'internal' };
}

/** AbortSignal.any came to browsers in 2023; a donor's phone may be older. */
function either(a: AbortSignal, b: AbortSignal): AbortSignal {
  if ('any' in AbortSignal) return AbortSignal.any([a, b]);
  const both = new AbortController();
  for (const one of [a, b]) {
    if (one.aborted) both.abort(one.reason);
    else one.addEventListener('abort', () => both.abort(one.reason), { once: true });
  }
  return both.signal;
}
