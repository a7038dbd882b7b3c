import type {
  Balances,
  Bank,
  BankAccountRequest,
  BankAccountView,
  HoldView,
  PayoutPage,
  PayoutRequest,
  PayoutView,
} from '../../../server/protocol/payouts.ts';
import { call, query } from '../api.ts';

// Calls about a campaign's money. Each throws ApiError. `key` is the Idempotency-Key: the same for every repetition of
// the same content.

type Signal = AbortSignal | undefined;
const by = (signal: Signal) => (signal ? { signal } : {});

export const fetchBalances = async (campaignId: string, signal?: AbortSignal) =>
  (await call<{ balances: Balances }>(`/campaigns/${campaignId}/balances`, by(signal))).balances;
export const fetchHolds = async (campaignId: string, signal?: AbortSignal) =>
  (await call<{ items: HoldView[] }>(`/campaigns/${campaignId}/holds`, by(signal))).items;

export const fetchBanks = async (signal?: AbortSignal) =>
  (await call<{ items: Bank[] }>('/banks', by(signal))).items;
export const fetchBankAccounts = async (campaignId: string, signal?: AbortSignal) =>
  (await call<{ items: BankAccountView[] }>(`/campaigns/${campaignId}/bank-accounts`, by(signal))).items;
export const addBankAccount = async (campaignId: string, body: BankAccountRequest, key: string) =>
  (
    await call<{ bankAccount: BankAccountView }>(`/campaigns/${campaignId}/bank-accounts`, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
    })
  ).bankAccount;
export const removeBankAccount = (campaignId: string, id: string) =>
  call<void>(`/campaigns/${campaignId}/bank-accounts/${id}`, { method: 'DELETE' });

export const fetchPayouts = (
  campaignId: string,
  page: { cursor?: string | null; limit: number },
  signal?: AbortSignal,
) => call<PayoutPage>(`/campaigns/${campaignId}/payouts${query(page)}`, by(signal));
export const askForPayout = async (campaignId: string, body: PayoutRequest, key: string) =>
  (
    await call<{ payout: PayoutView }>(`/campaigns/${campaignId}/payouts`, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
    })
  ).payout;
