import type { Locale } from '../../protocol/accounts.ts';
import type { Content } from './letter.ts';

const TEXT = {
  id: {
    subject: (title: string) => `Rekening bank baru untuk kampanye Anda: ${title}`,
    heading: 'Rekening bank baru ditambahkan',
    said: (title: string) =>
      `Sebuah rekening bank baru ditambahkan untuk "${title}". Dana kampanye bisa dicairkan ke sana.`,
    button: 'Lihat rekeningnya',
    afterwards:
      'Bila bukan tim Anda yang menambahkannya, hapus rekening itu dan ganti kata sandi Anda sekarang juga.',
    because: 'Anda menerima surel ini karena Anda mengurus kampanye ini.',
  },
  en: {
    subject: (title: string) => `A new bank account for your campaign: ${title}`,
    heading: 'A bank account was added',
    said: (title: string) =>
      `A new bank account was added to "${title}". The campaign's money can be paid out there.`,
    button: 'See the account',
    afterwards: 'If it was not your team, remove the account and change your password right away.',
    because: 'You receive this mail because you look after this campaign.',
  },
} satisfies Record<Locale, unknown>;

/** Where a campaign's money goes was changed. Neither the number nor the name travels by mail. */
export function bankAccountMail(title: string, url: string, locale: Locale): Content {
  const t = TEXT[locale];
  return {
    subject: t.subject(title),
    heading: t.heading,
    paragraphs: [t.said(title)],
    button: { label: t.button, url },
    afterwards: [t.afterwards],
    because: t.because,
  };
}
