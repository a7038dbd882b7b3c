import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { Refusal } from '../domain/refusal.ts';
import { PROBLEMS, type Problem, type ProblemCode } from '../protocol/problems.ts';

const PAST_REPAIR = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE']);
/** SQLSTATE classes and codes of a database that is away, shutting down, full, or too slow right now. */
const DATABASE_BUSY = /^(08|53|57P0|57014|55P03|25P03)/;

/** Whether an error says "come again": the database is away or too busy, and nothing is known to be wrong with the request. */
export function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return PAST_REPAIR.has(code) || DATABASE_BUSY.test(code);
  return (
    typeof message === 'string' &&
    /timeout exceeded when trying to connect|Connection terminated/i.test(message)
  );
}

// Errors of Express's own body parsers carry `type`; each has one meaning for the caller.
const PARSER: Record<string, [ProblemCode, string]> = {
  'entity.parse.failed': ['bad-request', 'The body is not valid JSON.'],
  'entity.too.large': ['too-large', 'The body is too large.'],
  'encoding.unsupported': ['unsupported-media', 'This content encoding is not supported.'],
  'charset.unsupported': ['unsupported-media', 'This character set is not supported.'],
  'request.aborted': ['bad-request', 'The request was cut off.'],
  'request.size.invalid': ['bad-request', 'The body is not as long as it says.'],
};

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  const known = PARSER[type];
  if (known) return new Refusal(...known);
  if (statusOf(error) === 404) return new Refusal('not-found', 'There is no such file.');
  if (/^Z_/.test(codeOf(error))) return new Refusal('bad-request', 'The body is not compressed as it says.');
  if (error instanceof URIError) return new Refusal('bad-request', 'The address is not well formed.');
  if (isTransient(error))
    return new Refusal('unavailable', 'We are busy. Please try again shortly.', { retryAfter: 1 });
  return null;
}

/** zlib's own codes begin with Z_. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** What Express's file server says of an error, by the convention of http-errors. */
const statusOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;

/** The last handler: a refusal becomes problem+json (RFC 9457); anything else is logged and answers a plain 500. */
export function problem({
  onFault,
}: {
  onFault: (fault: unknown, requestId: string | undefined) => void;
}): ErrorRequestHandler {
  return (error, _req, res, next) => {
    const requestId = res.getHeader('x-request-id')?.toString();
    const refusal = refusalOf(error);
    if (!refusal || !(error instanceof Refusal)) {
      if (!refusal || refusal.code === 'unavailable') onFault(error, requestId);
    }
    if (res.headersSent) return next(error);
    const code: ProblemCode = refusal?.code ?? 'internal';
    const status = PROBLEMS[code];
    const body: Problem = {
      type: `urn:sangkuriang:problem:${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: refusal?.message ?? 'Something went wrong on our side. It has been noted.',
      code,
      ...(requestId ? { requestId } : {}),
      ...(refusal && refusal.errors.length > 0 ? { errors: refusal.errors } : {}),
    };
    if (refusal?.retryAfter !== undefined) res.set('Retry-After', String(refusal.retryAfter));
    if (status === 401) res.set('WWW-Authenticate', 'Bearer');
    res.set('Cache-Control', 'no-store');
    res.status(status).type('application/problem+json').send(JSON.stringify(body));
  };
}
