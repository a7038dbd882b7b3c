import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../../db/open.ts';

export type Posting = { account: string; side: 'D' | 'C'; amountMinor: bigint; paymentId: string | null };
export type Journal = {
  kind: string;
  /** Unique among all journals, so that one deed is booked once. */
  clientKey: string;
  effectiveAt: Date;
  currency: string;
  postings: Posting[];
  /** What the journal is about and does not show: kept apart under a salted commitment, and deletable. */
  private?: Readonly<Record<string, string>>;
};

export const posting = (
  account: string,
  side: 'D' | 'C',
  amountMinor: bigint,
  paymentId: string | null = null,
): Posting => ({ account, side, amountMinor, paymentId });

const SALT_BYTES = 16;

/**
 * Books journals, all or none: each sums to zero, or this throws before the database would. Their accounts exist.
 * Postings of nothing are left out. A second journal under a client key that is booked fails with 23505; one that would
 * overdraw a guarded account, with 23514. Called once in a transaction, so that accounts are locked in one order.
 */
export async function post(tx: Tx, journals: Journal[]): Promise<void> {
  if (journals.length === 0) return;
  const salts = randomBytes(SALT_BYTES * journals.length);
  const rows = journals.map((journal, index) => {
    const postings = journal.postings.filter(({ amountMinor }) => amountMinor !== 0n);
    const sum = postings.reduce((total, p) => total + (p.side === 'D' ? p.amountMinor : -p.amountMinor), 0n);
    assert(sum === 0n && postings.length > 1, `journal ${journal.clientKey} does not balance`);
    const salt = salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
    const hidden = canonical(journal.private ?? {});
    return { id: uuidv7(), journal, postings, salt, hidden };
  });
  await tx.ledger.insert(
    rows.map(({ id, journal, postings, salt, hidden }) => ({
      id,
      kind: journal.kind,
      clientKey: journal.clientKey,
      bodyHash: bodyHash(journal, postings),
      effectiveAt: journal.effectiveAt,
      commitment: commitmentOf(salt, hidden),
      salt,
      private: hidden,
    })),
    rows.flatMap(({ postings }, place) =>
      postings.map((posting, index) => ({ journal: place + 1, line: index + 1, ...posting })),
    ),
  );
}

/** SHA-256 of the salt and the private fields as canonical JSON: 32 bytes. */
export const commitmentOf = (salt: Buffer, canonicalJson: string): Buffer =>
  hash('sha256', Buffer.concat([salt, Buffer.from(canonicalJson)]), 'buffer');

/** RFC 8785 of a flat object of strings: keys in the order of their UTF-16 units, no space, JSON's own escapes. */
const canonical = (fields: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));

/** What was asked, so that the same key with other content is told apart from a repetition. */
function bodyHash({ kind, currency }: Journal, postings: Posting[]): Buffer {
  const lines = postings.map((p) => `${p.side} ${p.account} ${p.amountMinor} ${p.paymentId ?? ''}`);
  return hash('sha256', [kind, currency, ...lines].join('\n'), 'buffer');
}
