/** RFC 9457 problem details; `code` is stable and for programs, `detail` is a sentence for people. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId?: string;
  errors?: { path: string; message: string }[];
};

/** Every refusal the API may give, with its HTTP status. */
export const PROBLEMS = {
  'bad-request': 400,
  'invalid-input': 400,
  'idempotency-key-missing': 400,
  unauthenticated: 401,
  'wrong-credentials': 401,
  forbidden: 403,
  'own-approval': 403,
  'not-found': 404,
  conflict: 409,
  'email-taken': 409,
  'in-flight': 409,
  'not-open': 409,
  'wrong-state': 409,
  'account-on-hold': 409,
  'proof-of-use-missing': 409,
  'too-large': 413,
  'unsupported-media': 415,
  'idempotency-mismatch': 422,
  'not-allowed': 422,
  'over-limit': 422,
  'settlement-mismatch': 422,
  'name-mismatch': 422,
  'too-many-requests': 429,
  'gateway-unavailable': 502,
  unavailable: 503,
  internal: 500,
} as const;
export type ProblemCode = keyof typeof PROBLEMS;
