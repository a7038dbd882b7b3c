import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { STAFF_ROLES, type StaffRole } from '../../protocol/accounts.ts';
import { Refusal } from '../refusal.ts';
import type { Principal } from './principal.ts';

export const ACCESS_TOKEN_MS = 10 * 60_000;
const SECRET_BYTES_MIN = 32;
const TOKEN_LENGTH_MAX = 2_048;
const ALGORITHM = 'HS256';
const ISSUER = 'sangkuriang';
const AUDIENCE = 'sangkuriang';
/** RFC 9068's type, so that nothing else we may ever sign can pass for an access token (RFC 8725 §3.11). */
const TYPE = 'at+jwt';

export type Tokens = {
  /** Signs an access token for ten minutes. `at` is the moment from before the user's roles were read. */
  issue(of: { userId: string; roles: StaffRole[]; family: string; at: Date }): {
    accessToken: string;
    expiresAt: Date;
  };
  /** Who this token speaks for. Throws Refusal 'unauthenticated' for anything but a live token of ours. */
  verify(token: string): Extract<Principal, { kind: 'user' }>;
};

/**
 * Access tokens: JWT, HS256 and nothing else. `secrets` maps a key's name to its secret of at least 32 bytes;
 * `signWith` names the one that signs, all of them verify, so that keys can be changed without a sign-out.
 */
export function tokens({
  secrets,
  signWith,
  revocations,
  now = () => new Date(),
}: {
  secrets: Record<string, string>;
  signWith: string;
  revocations: { isRevoked(token: { userId: string; family: string; issuedAt: number }): boolean };
  now?: () => Date;
}): Tokens {
  const keys = new Map<unknown, KeyObject>();
  for (const [name, secret] of Object.entries(secrets)) {
    const bytes = Buffer.from(secret, 'utf8');
    if (bytes.length < SECRET_BYTES_MIN) {
      throw new Error(`token secret ${name} must have at least ${SECRET_BYTES_MIN} bytes`);
    }
    keys.set(name, createSecretKey(bytes));
  }
  const signingKey = keys.get(signWith);
  if (!signingKey) throw new Error(`there is no token secret ${signWith}`);

  return {
    issue({ userId, roles, family, at }) {
      const expiresAt = new Date(at.getTime() + ACCESS_TOKEN_MS);
      const accessToken = jwt.sign(
        // To the millisecond (RFC 7519 allows fractions): a token renewed in the very second of a revocation is good.
        { iat: at.getTime() / 1000, exp: expiresAt.getTime() / 1000, roles, fam: family },
        signingKey,
        {
          algorithm: ALGORITHM,
          issuer: ISSUER,
          audience: AUDIENCE,
          subject: userId,
          header: { alg: ALGORITHM, typ: TYPE, kid: signWith },
        },
      );
      return { accessToken, expiresAt };
    },

    verify(token) {
      const claims = claimsOf(token);
      if (!claims) throw new Refusal('unauthenticated', 'The access token is not valid or has run out.');
      const { sub: userId, fam: family, roles, iat, exp } = claims;
      if (revocations.isRevoked({ userId, family, issuedAt: Math.round(iat * 1000) })) {
        throw new Refusal('unauthenticated', 'This access token was withdrawn. Please refresh it.');
      }
      return { kind: 'user', userId, roles, family, expiresAt: Math.round(exp * 1000) };
    },
  };

  function claimsOf(token: string): Claims | null {
    if (token.length > TOKEN_LENGTH_MAX) return null;
    try {
      const header = jwt.decode(token, { complete: true })?.header;
      const key = keys.get(header?.kid);
      if (!key || header?.typ !== TYPE) return null;
      const claims: unknown = jwt.verify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: now().getTime() / 1000,
      });
      return isClaims(claims) ? claims : null;
    } catch {
      return null;
    }
  }
}

type Claims = { sub: string; fam: string; roles: StaffRole[]; iat: number; exp: number };

/** jsonwebtoken is content with a token without `exp`; we are not. */
function isClaims(value: unknown): value is Claims {
  if (typeof value !== 'object' || value === null) return false;
  const { sub, fam, roles, iat, exp } = value as Record<string, unknown>;
  return (
    typeof sub === 'string' &&
    typeof fam === 'string' &&
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    Array.isArray(roles) &&
    roles.every((role) => STAFF_ROLES.includes(role))
  );
}
