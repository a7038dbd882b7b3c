import type { DonationViewRow, OwnerRow, ReceiptRow, WallRow } from '../../db/donations.ts';
import type { HeldRow } from '../../db/messages.ts';
import type { PaymentRow } from '../../db/payments.ts';
import type {
  DonationView,
  HeldMessage,
  PaymentView,
  ReceiptView,
  WallItem,
} from '../../protocol/donations.ts';
import { rupiah } from '../../protocol/money.ts';

// What leaves the house, field by field. A new column never slips out by itself.

/** The public's view of a paid gift. */
export const wallItem = (row: WallRow): WallItem => ({
  id: row.id,
  name: row.public_name,
  gift: rupiah(row.gift_minor),
  message: row.message,
  at: row.paid_at.toISOString(),
});

/** The campaign team's view: the same public name, and whether words wait for a moderator. */
export const ownerItem = (row: OwnerRow) => ({
  ...wallItem(row),
  messageHeld: row.message_held,
  tip: rupiah(row.tip_minor),
});

export const donationView = (row: DonationViewRow): DonationView => ({
  id: row.id,
  status: row.status,
  gift: rupiah(row.gift_minor),
  tip: rupiah(row.tip_minor),
  returned: rupiah(row.returned_minor),
  campaign: { id: row.campaign_id, slug: row.campaign_slug, title: row.campaign_title },
  donorName: row.donor_name,
  anonymous: row.anonymous,
  message: row.message,
  messageStatus: row.message_status,
  createdAt: row.created_at.toISOString(),
  paidAt: row.paid_at?.toISOString() ?? null,
  payment: row.payment && {
    id: row.payment.id,
    gateway: row.payment.gateway,
    method: row.payment.method,
    status: row.payment.status,
    amount: rupiah(row.payment.amount_minor),
    redirectUrl: row.payment.redirect_url,
    expiresAt: row.payment.expires_at && new Date(row.payment.expires_at).toISOString(),
  },
});

export const receiptView = (row: ReceiptRow): ReceiptView => ({
  donationId: row.id,
  status: row.status,
  gift: rupiah(row.gift_minor),
  tip: rupiah(row.tip_minor),
  returned: rupiah(row.returned_minor),
  donorName: row.donor_name,
  campaign: { slug: row.campaign_slug, title: row.campaign_title },
  beneficiary: row.beneficiary,
  permitNumber: row.permit_number,
  paidAt: row.paid_at.toISOString(),
  method: row.method,
  reference: row.reference,
});

export const paymentView = (row: PaymentRow): PaymentView => ({
  id: row.id,
  gateway: row.gateway,
  method: row.method,
  status: row.status,
  amount: rupiah(row.amount_minor),
  redirectUrl: row.redirect_url,
  expiresAt: row.expires_at?.toISOString() ?? null,
});

/** For moderators: the words and why they wait, never whose they are. */
export const heldMessage = (row: HeldRow): HeldMessage => ({
  donationId: row.donation_id,
  campaign: { id: row.campaign_id, slug: row.campaign_slug, title: row.campaign_title },
  gift: rupiah(row.gift_minor),
  message: row.body,
  reasons: row.reasons,
  at: row.paid_at.toISOString(),
});
