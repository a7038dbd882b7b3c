export const OFFLINE_STATUSES = ['entered', 'approved', 'rejected'] as const;
export type OfflineStatus = (typeof OFFLINE_STATUSES)[number];
/** How a gift came that passed no gateway. */
export const OFFLINE_WAYS = ['bank_transfer', 'cash'] as const;
export type OfflineWay = (typeof OFFLINE_WAYS)[number];
