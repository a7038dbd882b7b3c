export const SETTLEMENT_STATUSES = ['entered', 'arrived', 'corrected'] as const;
export type SettlementStatus = (typeof SETTLEMENT_STATUSES)[number];
