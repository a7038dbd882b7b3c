import type { ReceiptRow } from '../../db/donations.ts';
import type { RefundViewRow } from '../../db/refunds.ts';
import type { Locale } from '../../protocol/accounts.ts';
import type { Content } from './letter.ts';
import { money } from './receipt.ts';

const TEXT = {
  id: {
    subject: (amount: string, title: string) => `Uang kembali: ${amount} dari donasi untuk ${title}`,
    heading: (amount: string) => `${amount} kami kembalikan.`,
    hello: (name: string) => `Yth. ${name},`,
    nobody: 'Hamba Allah',
    said: 'Dana dari donasi Anda sedang kembali kepada Anda, lewat jalan yang sama seperti saat dibayar. Bank atau dompet digital Anda dapat membutuhkan beberapa hari kerja untuk menampilkannya.',
    transfer: 'Dana dari donasi Anda sudah kami kembalikan lewat transfer bank.',
    gift: 'Dari donasi',
    tip: 'Dari tip',
    campaign: 'Kampanye',
    reference: 'Nomor pembayaran',
    button: 'Lihat donasi Anda',
    because: 'Anda menerima surel ini karena alamat ini ditulis saat berdonasi.',
  },
  en: {
    subject: (amount: string, title: string) => `Refund: ${amount} of your gift for ${title}`,
    heading: (amount: string) => `We have given back ${amount}.`,
    hello: (name: string) => `Dear ${name},`,
    nobody: 'friend',
    said: 'The money is on its way back to you, the way it was paid. Your bank or wallet may need some working days until it shows.',
    transfer: 'We have given the money back to you by bank transfer.',
    gift: 'Of the gift',
    tip: 'Of the tip',
    campaign: 'Campaign',
    reference: 'Payment number',
    button: 'See your gift',
    because: 'You receive this mail because this address was given with a donation.',
  },
} satisfies Record<Locale, unknown>;

/** Tells a donor what came back, and how. The reason is finance's own and is not passed on. */
export function refundMail(refund: RefundViewRow, gift: ReceiptRow, url: string, locale: Locale): Content {
  const t = TEXT[locale];
  const amount = money(refund.gift_minor + refund.tip_minor, locale);
  const facts: [string, string][] = [
    [t.gift, money(refund.gift_minor, locale)],
    ...(refund.tip_minor > 0n ? ([[t.tip, money(refund.tip_minor, locale)]] as [string, string][]) : []),
    [t.campaign, gift.campaign_title],
    [t.reference, refund.reference],
  ];
  return {
    subject: t.subject(amount, gift.campaign_title),
    heading: t.heading(amount),
    paragraphs: [
      t.hello(gift.donor_name ?? t.nobody),
      refund.made_at === 'transfer' || refund.made_at === 'payout' ? t.transfer : t.said,
    ],
    facts,
    button: { label: t.button, url },
    because: t.because,
  };
}
