import type { ReceiptRow } from '../../db/donations.ts';
import type { Locale } from '../../protocol/accounts.ts';
import { amountInWords } from './amount-in-words.ts';
import type { Content } from './letter.ts';

const TEXT = {
  id: {
    subject: (amount: string, title: string) => `Tanda terima: ${amount} untuk ${title}`,
    heading: 'Terima kasih. Donasi Anda sudah kami terima.',
    hello: (name: string) => `Yth. ${name},`,
    nobody: 'Hamba Allah',
    said: 'Ini tanda terima donasi Anda. Simpanlah untuk catatan Anda.',
    gift: 'Donasi',
    words: 'Terbilang',
    tip: 'Tip untuk Sangkuriang',
    total: 'Jumlah dibayar',
    campaign: 'Kampanye',
    beneficiary: 'Penerima',
    permit: 'Izin pengumpulan',
    at: 'Dibayar',
    reference: 'Nomor pembayaran',
    button: 'Lihat donasi Anda',
    because: 'Anda menerima surel ini karena alamat ini ditulis saat berdonasi.',
  },
  en: {
    subject: (amount: string, title: string) => `Receipt: ${amount} for ${title}`,
    heading: 'Thank you. We have received your gift.',
    hello: (name: string) => `Dear ${name},`,
    nobody: 'friend',
    said: 'This is the receipt of your gift. Please keep it for your records.',
    gift: 'Gift',
    words: 'In words',
    tip: 'Tip for Sangkuriang',
    total: 'Paid in all',
    campaign: 'Campaign',
    beneficiary: 'Beneficiary',
    permit: 'Fundraising permit',
    at: 'Paid',
    reference: 'Payment number',
    button: 'See your gift',
    because: 'You receive this mail because this address was given with a donation.',
  },
} satisfies Record<Locale, unknown>;

/** Rp150.000 in Indonesian, IDR 150,000 in English. */
export const money = (amountMinor: bigint, locale: Locale): string =>
  locale === 'id' ? `Rp${amountMinor.toLocaleString('id-ID')}` : `IDR ${amountMinor.toLocaleString('en-US')}`;

/** 27 November 2026 pukul 09.15 WIB. */
const whenIn = (at: Date, locale: Locale): string =>
  `${new Intl.DateTimeFormat(locale === 'id' ? 'id-ID' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Asia/Jakarta',
  }).format(at)} WIB`;

/** What a donor may show to others: how much, for whom, under which permit, when. */
export function receiptMail(row: ReceiptRow, url: string, locale: Locale): Content {
  const t = TEXT[locale];
  return {
    subject: t.subject(money(row.gift_minor, locale), row.campaign_title),
    heading: t.heading,
    paragraphs: [t.hello(row.donor_name ?? t.nobody), t.said],
    facts: [
      [t.gift, money(row.gift_minor, locale)],
      [t.words, amountInWords(row.gift_minor, locale)],
      ...(row.tip_minor > 0n
        ? ([
            [t.tip, money(row.tip_minor, locale)],
            [t.total, money(row.gift_minor + row.tip_minor, locale)],
          ] as [string, string][])
        : []),
      [t.campaign, row.campaign_title],
      [t.beneficiary, row.beneficiary],
      ...(row.permit_number ? ([[t.permit, row.permit_number]] as [string, string][]) : []),
      [t.at, whenIn(row.paid_at, locale)],
      [t.reference, row.reference],
    ],
    button: { label: t.button, url },
    because: t.because,
  };
}
