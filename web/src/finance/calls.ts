import type { GatewayName } from '../../../server/protocol/donations.ts';
import type { NoticePage, NoticeView } from '../../../server/protocol/notices.ts';
import type {
  OfflinePage,
  OfflineRequest,
  OfflineStatus,
  OfflineView,
} from '../../../server/protocol/offline.ts';
import type {
  AccountRequest,
  Balances,
  Bank,
  BankAccountView,
  HoldRequest,
  HoldView,
  PayoutPage,
  PayoutStatus,
  PayoutView,
} from '../../../server/protocol/payouts.ts';
import type {
  DisputePage,
  DisputeView,
  PaidGiftView,
  RefundPage,
  RefundRequest,
  RefundStatus,
  RefundView,
} from '../../../server/protocol/refunds.ts';
import type {
  ArrivalRequest,
  FinanceOverview,
  SettlementPage,
  SettlementRequest,
  SettlementView,
  SuspensePage,
  UnsettledPage,
} from '../../../server/protocol/settlements.ts';
import { call, query } from '../api.ts';

// Each throws ApiError.

export const LIST_LIMIT = 50;
const UNSETTLED_LIMIT = 100;

export const overview = async (): Promise<FinanceOverview['counts']> =>
  (await call<FinanceOverview>('/finance/overview')).counts;

const page = <P>(path: string, cursor: string | null, filter: Record<string, string | null> = {}) =>
  call<P>(`${path}${query({ ...filter, cursor, limit: LIST_LIMIT })}`);
const post = <A>(path: string, body: unknown, key?: string) =>
  call<A>(path, { method: 'POST', body, ...(key ? { headers: { 'idempotency-key': key } } : {}) });

export const payouts = (status: PayoutStatus | null, cursor: string | null) =>
  page<PayoutPage>('/finance/payouts', cursor, { status });
export type PayoutDeed = 'approve' | 'reject' | 'reversed' | 'confirmed';
/** The words are a note, or the bank's reference of a payout that was paid by hand. */
export const decidePayout = async (id: string, deed: PayoutDeed, words: string): Promise<PayoutView> =>
  (
    await post<{ payout: PayoutView }>(
      `/payouts/${id}/${deed}`,
      deed === 'confirmed' ? { bankReference: words } : { note: words },
    )
  ).payout;
export const balances = async (campaignId: string): Promise<Balances> =>
  (await call<{ balances: Balances }>(`/campaigns/${campaignId}/balances`)).balances;
export const bankAccounts = async (campaignId: string): Promise<BankAccountView[]> =>
  (await call<{ items: BankAccountView[] }>(`/campaigns/${campaignId}/bank-accounts`)).items;
export const holds = async (campaignId: string): Promise<HoldView[]> =>
  (await call<{ items: HoldView[] }>(`/campaigns/${campaignId}/holds`)).items;
export const placeHold = (campaignId: string, request: HoldRequest, key: string) =>
  post<{ hold: HoldView }>(`/campaigns/${campaignId}/holds`, request, key);
export const releaseHold = (id: string) => post<{ hold: HoldView }>(`/holds/${id}/release`, undefined);

export const findGift = async (by: { id: string } | { reference: string }): Promise<PaidGiftView> =>
  (await call<{ donation: PaidGiftView }>(`/finance/donations${query(by)}`)).donation;
export const refunds = (status: RefundStatus | null, cursor: string | null) =>
  page<RefundPage>('/finance/refunds', cursor, { status });
export const giveBack = async (
  donationId: string,
  request: RefundRequest,
  key: string,
): Promise<RefundView> =>
  (await post<{ refund: RefundView }>(`/donations/${donationId}/refunds`, request, key)).refund;

/** Whose a bank account is, as its bank writes it. */
export const holderOf = async (account: AccountRequest): Promise<string> =>
  (await post<{ holder: string }>('/finance/holder', account)).holder;
export const banks = async (): Promise<Bank[]> => (await call<{ items: Bank[] }>('/banks')).items;

export const disputes = (cursor: string | null) => page<DisputePage>('/finance/disputes', cursor);
export const winDispute = async (id: string, note: string): Promise<DisputeView> =>
  (await post<{ dispute: DisputeView }>(`/disputes/${id}/won`, { note })).dispute;
export const bookDisputeFee = async (id: string, amount: number): Promise<DisputeView> =>
  (await post<{ dispute: DisputeView }>(`/disputes/${id}/fee`, { amount: { amount, currency: 'IDR' } }))
    .dispute;

export const settlements = (cursor: string | null) => page<SettlementPage>('/settlements', cursor);
export const unsettled = (gateway: GatewayName, cursor: string | null) =>
  call<UnsettledPage>(`/finance/unsettled${query({ gateway, cursor, limit: UNSETTLED_LIMIT })}`);
export const enterSettlement = async (request: SettlementRequest, key: string): Promise<SettlementView> =>
  (await post<{ settlement: SettlementView }>('/settlements', request, key)).settlement;
export const enterArrival = async (id: string, request: ArrivalRequest): Promise<SettlementView> =>
  (await post<{ settlement: SettlementView }>(`/settlements/${id}/arrival`, request)).settlement;
export const correctSettlement = async (id: string, reason: string): Promise<SettlementView> =>
  (await post<{ settlement: SettlementView }>(`/settlements/${id}/correct`, { reason })).settlement;

export const offlineGifts = (status: OfflineStatus | null, cursor: string | null) =>
  page<OfflinePage>('/finance/offline-donations', cursor, { status });
export const enterOffline = async (
  campaignId: string,
  request: OfflineRequest,
  key: string,
): Promise<OfflineView> =>
  (await post<{ offline: OfflineView }>(`/campaigns/${campaignId}/offline-donations`, request, key)).offline;
export const decideOffline = async (
  donationId: string,
  decision: 'approve' | 'reject',
  note: string,
): Promise<OfflineView> =>
  (await post<{ offline: OfflineView }>(`/offline-donations/${donationId}/${decision}`, { note })).offline;

export const notices = (handled: boolean | null, cursor: string | null) =>
  page<NoticePage>('/finance/notices', cursor, { handled: handled === null ? null : String(handled) });
export const handleNotice = async (id: string, note: string): Promise<NoticeView> =>
  (await post<{ notice: NoticeView }>(`/finance/notices/${id}/handled`, { note })).notice;
export const suspense = (cursor: string | null) => page<SuspensePage>('/finance/suspense', cursor);
