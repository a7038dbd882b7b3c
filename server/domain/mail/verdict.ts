import type { Locale } from '../../protocol/accounts.ts';
import type { Content } from './letter.ts';

const TEXT = {
  id: {
    approved: {
      subject: (title: string) => `Kampanye Anda sudah terbit: ${title}`,
      heading: 'Kampanye Anda sudah terbit',
      said: (title: string) => `"${title}" sudah kami periksa dan sekarang bisa menerima donasi.`,
      next: 'Bagikan tautannya: donasi pertama biasanya datang dari orang yang mengenal Anda.',
      button: 'Buka kampanye',
    },
    rejected: {
      subject: (title: string) => `Kampanye Anda perlu diperbaiki: ${title}`,
      heading: 'Kampanye Anda belum bisa terbit',
      said: (title: string) => `"${title}" sudah kami periksa. Ada yang perlu diperbaiki dulu:`,
      next: 'Perbaiki di studio, lalu kirim lagi. Kami akan memeriksanya kembali.',
      button: 'Buka studio',
    },
    because: 'Anda menerima surel ini karena Anda mengurus kampanye ini.',
  },
  en: {
    approved: {
      subject: (title: string) => `Your campaign is live: ${title}`,
      heading: 'Your campaign is live',
      said: (title: string) => `We have reviewed "${title}", and it takes gifts from now on.`,
      next: 'Share its link: the first gifts usually come from people who know you.',
      button: 'Open the campaign',
    },
    rejected: {
      subject: (title: string) => `Your campaign needs a change: ${title}`,
      heading: 'Your campaign cannot go live yet',
      said: (title: string) => `We have reviewed "${title}". Something needs to be changed first:`,
      next: 'Change it in the studio and send it again. We will look at it once more.',
      button: 'Open the studio',
    },
    because: 'You receive this mail because you look after this campaign.',
  },
} satisfies Record<Locale, unknown>;

/** Tells a campaign's team what a moderator decided, and what to do next. */
export function verdictMail(
  { decision, title, note }: { decision: 'approve' | 'reject'; title: string; note: string },
  url: string,
  locale: Locale,
): Content {
  const t = TEXT[locale];
  const words = decision === 'approve' ? t.approved : t.rejected;
  return {
    subject: words.subject(title),
    heading: words.heading,
    paragraphs: [words.said(title), ...(note ? [note] : []), words.next],
    button: { label: words.button, url },
    because: t.because,
  };
}
