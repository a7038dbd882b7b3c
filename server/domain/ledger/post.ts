import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { type Tx, together } from '../../db/open.ts';

export type Posting = { account: string; side: 'D' | 'C'; amountMinor: bigint; paymentId: string | null };
export type Journal = {
  kind: string;
  /** Unique among all journals, so that one deed is booked once. */
  clientKey: string;
  effectiveAt: Date;
  currency: string;
  postings: Posting[];
};

/**
 * Books journals, all or none: each sums to zero, or this throws before the database would. Their accounts exist.
 * A second journal under a client key that is booked fails with 23505.
 */
export async function post(tx: Tx, journals: Journal[]): Promise<void> {
  if (journals.length === 0) return;
  const rows = journals.map((journal) => ({ id: uuidv7(), journal, bodyHash: hash(journal) }));
  for (const { postings, clientKey } of journals) {
    const sum = postings.reduce((total, p) => total + (p.side === 'D' ? p.amountMinor : -p.amountMinor), 0n);
    assert(sum === 0n && postings.length > 1, `journal ${clientKey} does not balance`);
  }
  await together([
    tx.ledger.insertJournals(
      rows.map(({ id, journal, bodyHash }) => ({
        id,
        kind: journal.kind,
        clientKey: journal.clientKey,
        bodyHash,
        effectiveAt: journal.effectiveAt,
      })),
    ),
    tx.ledger.insertPostings(
      rows.flatMap(({ id, journal }) =>
        journal.postings.map((posting, index) => ({ journalId: id, line: index + 1, ...posting })),
      ),
    ),
  ]);
}

/** What was asked, so that the same key with other content is told apart from a repetition. */
function hash({ kind, currency, postings }: Journal): Buffer {
  const lines = postings.map((p) => `${p.side} ${p.account} ${p.amountMinor} ${p.paymentId ?? ''}`);
  return createHash('sha256')
    .update([kind, currency, ...lines].join('\n'))
    .digest();
}
