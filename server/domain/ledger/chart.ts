import type { AccountType } from '../../db/ledger.ts';

/** Codes of the chart of accounts. */
export const gatewayClearing = (gateway: string): string => `gateway_clearing:${gateway}`;
export const gatewayBalance = (gateway: string): string => `gateway_balance:${gateway}`;
export const suspense = (gateway: string): string => `suspense:${gateway}`;
export const campaignPayable = (campaignId: string): string => `campaign_payable:${campaignId}`;
export const campaignReceivable = (campaignId: string): string => `campaign_receivable:${campaignId}`;
export const payoutPending = (campaignId: string): string => `payout_pending:${campaignId}`;
export const BANK = 'bank:main';
export const CASH = 'cash:main';
export const TIP_INCOME = 'tip_income';
export const PLATFORM_FEE_INCOME = 'platform_fee_income';
export const REFUND_COVER = 'refund_cover';
export const DISPUTE_FEE = 'dispute_fee';

/** The accounts that a campaign is given when it is made. */
export const accountsOf = (
  campaignId: string,
): { code: string; type: AccountType; campaignId: string | null }[] => [
  { code: campaignPayable(campaignId), type: 'liability', campaignId },
  { code: campaignReceivable(campaignId), type: 'asset', campaignId },
  { code: payoutPending(campaignId), type: 'liability', campaignId },
];
