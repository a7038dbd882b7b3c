import type { UpdateLetterRow } from '../../db/updates.ts';
import type { Locale } from '../../protocol/accounts.ts';
import type { Content } from './letter.ts';

/** What of an update a mail repeats; the rest is on the page. */
const WORDS_MAX = 700;

const TEXT = {
  id: {
    subject: (campaign: string, title: string) => `Kabar dari ${campaign}: ${title}`,
    button: 'Baca di halaman kampanye',
    stop: 'Berhenti menerima kabar:',
    because: (campaign: string) =>
      `Anda menerima surel ini karena Anda ingin mendengar kabar dari "${campaign}".`,
  },
  en: {
    subject: (campaign: string, title: string) => `News of ${campaign}: ${title}`,
    button: 'Read on the campaign’s page',
    stop: 'Stop these mails:',
    because: (campaign: string) => `You receive this mail because you wished to hear from "${campaign}".`,
  },
} satisfies Record<Locale, unknown>;

/** Tells somebody who follows, or gave and agreed, what became of a campaign. */
export function updateMail(
  row: UpdateLetterRow,
  { publicUrl, token }: { publicUrl: string; token: string },
  locale: Locale,
): Content {
  const t = TEXT[locale];
  return {
    subject: t.subject(row.campaign_title, row.title),
    heading: row.title,
    paragraphs: paragraphsOf(row.body),
    button: { label: t.button, url: `${publicUrl}/c/${row.slug}#updates` },
    // In the fragment: the token of a link that somebody opens stands in no log.
    afterwards: [`${t.stop} ${publicUrl}/unsubscribe#${token}`],
    because: t.because(row.campaign_title),
    listUnsubscribe: `${publicUrl}/api/v1/unsubscribe?token=${token}`,
  };
}

/** The words without their marks: a letter is plain words. */
function paragraphsOf(markdown: string): string[] {
  const plain = markdown
    .slice(0, WORDS_MAX)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ \t]*(#{1,6}|>)[ \t]+/gm, '')
    .replace(/\*\*|__|`/g, '');
  return `${plain}${markdown.length > WORDS_MAX ? '…' : ''}`
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter(Boolean);
}
