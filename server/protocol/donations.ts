import type { Method } from './methods.ts';
import type { Money } from './money.ts';
import type { OfflineWay } from './offline.ts';

export const DONATION_STATUSES = [
  'pending',
  'paid',
  'expired',
  'failed',
  'cancelled',
  'partially_refunded',
  'refunded',
  'reversed',
  'charged_back',
] as const;
export type DonationStatus = (typeof DONATION_STATUSES)[number];

export const PAYMENT_STATUSES = [
  'created',
  'pending',
  'authorized',
  'paid',
  'failed',
  'expired',
  'cancelled',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const GATEWAYS = ['midtrans'] as const;
export type GatewayName = (typeof GATEWAYS)[number];
/** How and through whom a gift was paid: as its donor chose, or past every gateway. */
export type PaidBy = Method | OfflineWay;
export type PaidThrough = GatewayName | 'offline';

export type DonationRequest = {
  gift: Money;
  tip?: Money;
  /** `updates`: mails about what becomes of the campaign, once the gift is paid. */
  donor?: { name?: string; email?: string; anonymous?: boolean; updates?: boolean };
  message?: string;
  method: Method;
  gateway?: GatewayName;
  /** Milliseconds from opening the form to sending it, and a field that people never see: signs of a machine. */
  form?: { elapsedMs?: number; website?: string };
};
export type PaymentRequest = { method: Method; gateway?: GatewayName };

export type PaymentView = {
  id: string;
  gateway: PaidThrough;
  method: PaidBy;
  status: PaymentStatus;
  amount: Money;
  redirectUrl: string | null;
  expiresAt: string | null;
};

/** What the donor (claim token or own session) sees of a donation. */
export type DonationView = {
  id: string;
  status: DonationStatus;
  gift: Money;
  tip: Money;
  /** Of the gift, what went back. */
  returned: Money;
  campaign: { id: string; slug: string; title: string };
  donorName: string | null;
  anonymous: boolean;
  message: string | null;
  messageStatus: MessageStatus | null;
  createdAt: string;
  paidAt: string | null;
  payment: PaymentView | null;
};
export type MessageStatus = 'shown' | 'held' | 'rejected';

export type DonationCreated = {
  donation: { id: string; status: DonationStatus };
  payment: PaymentView;
  claimToken: string;
};

/** One gift on the public wall. `name` is null where the donor wishes to stay anonymous. */
export type WallItem = { id: string; name: string | null; gift: Money; message: string | null; at: string };
export type WallPage = { items: WallItem[]; nextCursor: string | null };

export type MessageReviewRequest = { decision: 'show' | 'reject'; note?: string };
/** A held message as moderators see it: no donor name, no address. */
export type HeldMessage = {
  donationId: string;
  campaign: { id: string; slug: string; title: string };
  gift: Money;
  message: string;
  reasons: string[];
  at: string;
};

/** What a donor may show to others of a paid gift. */
export type ReceiptView = {
  donationId: string;
  status: DonationStatus;
  gift: Money;
  tip: Money;
  /** Of the gift, what went back. */
  returned: Money;
  donorName: string | null;
  campaign: { slug: string; title: string };
  beneficiary: string;
  permitNumber: string | null;
  paidAt: string;
  method: PaidBy;
  /** Our number of the payment, as the gateway shows it too. */
  reference: string;
};
