export const PAYOUT_STATUSES = [
  'requested',
  'rejected',
  'approved',
  'submitted',
  'confirmed',
  'failed',
  'reversed',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];
