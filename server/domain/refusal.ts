import type { ProblemCode } from '../protocol/problems.ts';

/** A "no" that a caller may meet and can act on. Anything else that is thrown is our own fault and answers 500. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly errors: { path: string; message: string }[];
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    message: string,
    more: { errors?: { path: string; message: string }[]; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.errors = more.errors ?? [];
    this.retryAfter = more.retryAfter;
  }
}
