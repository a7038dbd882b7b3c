import { remembered } from './storage.ts';

/** Gateways send people back to /d/:id without the hash, so the tokens of the latest gifts are kept here. */
const KEY = 'sk.claims';
const CLAIMS_MAX = 20;

type Claim = [donationId: string, token: string];

function all(): Claim[] {
  try {
    const stored: unknown = JSON.parse(remembered.get(KEY) ?? '[]');
    return Array.isArray(stored) ? (stored as Claim[]) : [];
  } catch {
    return [];
  }
}

/** Keeps the token that opens a donation, newest first. */
export function keepClaim(donationId: string, token: string): void {
  const others = all().filter(([id]) => id !== donationId);
  remembered.set(KEY, JSON.stringify([[donationId, token], ...others].slice(0, CLAIMS_MAX)));
}

export const claimOf = (donationId: string): string | null =>
  all().find(([id]) => id === donationId)?.[1] ?? null;
