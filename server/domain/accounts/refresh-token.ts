import { createHash, randomBytes } from 'node:crypto';

/** Too long to guess, so a plain hash is enough to keep it by. */
const BYTES = 32;
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

export const newRefreshToken = (): string => randomBytes(BYTES).toString('base64url');

/** SHA-256 of the token as the cookie carries it; null for what cannot be one. */
export const refreshTokenHash = (token: string): Buffer | null =>
  SHAPE.test(token) ? createHash('sha256').update(token).digest() : null;
