import type { Journal } from './post.ts';

/** Codes of the chart of accounts. */
export const gatewayClearing = (gateway: string): string => `gateway_clearing:${gateway}`;
export const campaignPayable = (campaignId: string): string => `campaign_payable:${campaignId}`;
export const suspense = (gateway: string): string => `suspense:${gateway}`;
export const TIP_INCOME = 'tip_income';

export type Paid = {
  paymentId: string;
  campaignId: string;
  gateway: string;
  giftMinor: bigint;
  tipMinor: bigint;
  currency: string;
  paidAt: Date;
};

/** A gift is paid: the gateway owes us all of it; the gift is owed to the campaign, the tip is ours. */
export const captureOf = (paid: Paid): Journal => ({
  kind: 'capture',
  clientKey: `capture:${paid.paymentId}`,
  effectiveAt: paid.paidAt,
  currency: paid.currency,
  postings: [
    {
      account: gatewayClearing(paid.gateway),
      side: 'D',
      amountMinor: paid.giftMinor + paid.tipMinor,
      paymentId: paid.paymentId,
    },
    {
      account: campaignPayable(paid.campaignId),
      side: 'C',
      amountMinor: paid.giftMinor,
      paymentId: paid.paymentId,
    },
    ...(paid.tipMinor > 0n
      ? [{ account: TIP_INCOME, side: 'C' as const, amountMinor: paid.tipMinor, paymentId: paid.paymentId }]
      : []),
  ],
});

/** Real money that answers no open gift (a donation paid twice): owed to nobody known until a person decides. */
export const suspenseOf = (paid: Paid): Journal => ({
  kind: 'suspense',
  clientKey: `suspense:${paid.paymentId}`,
  effectiveAt: paid.paidAt,
  currency: paid.currency,
  postings: [
    {
      account: gatewayClearing(paid.gateway),
      side: 'D',
      amountMinor: paid.giftMinor + paid.tipMinor,
      paymentId: paid.paymentId,
    },
    {
      account: suspense(paid.gateway),
      side: 'C',
      amountMinor: paid.giftMinor + paid.tipMinor,
      paymentId: paid.paymentId,
    },
  ],
});
