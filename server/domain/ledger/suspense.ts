import type { Tx } from '../../db/open.ts';

/** The key of the journal by which money of a payment came to stand in suspense (`suspenseOf`). */
export const suspenseKey = (paymentId: string): string => `suspense:${paymentId}`;

/** Whether money of a payment stands in suspense, so that no campaign ever had it. */
export const isSuspended = async (tx: Tx, paymentId: string): Promise<boolean> =>
  (await tx.ledger.keysBooked([suspenseKey(paymentId)])).size > 0;
