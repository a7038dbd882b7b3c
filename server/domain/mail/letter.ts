import type { Locale } from '../../protocol/accounts.ts';

export type Letter = {
  subject: string;
  text: string;
  html: string;
  /** Where a mail program posts when its reader has had enough (RFC 8058). */
  listUnsubscribe?: string;
};

/** What a mail says, apart from how it looks: every part is plain words, which the layout escapes. */
export type Content = {
  subject: string;
  heading: string;
  paragraphs: string[];
  facts?: [name: string, value: string][];
  button?: { label: string; url: string };
  /** Below the button, in small letters. */
  afterwards?: string[];
  /** Why somebody gets this mail. */
  because: string;
  listUnsubscribe?: string;
};

const FOOT: Record<Locale, string> = {
  id: 'Sangkuriang, tempat Indonesia memberi.',
  en: 'Sangkuriang, where Indonesia gives.',
};

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (words: string): string => words.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
/** A subject is one header line, whatever a title holds. */
const line = (words: string): string => words.replace(/\s+/g, ' ').trim();

/** Plain text and HTML of the same content. Tables and inline styles, because mail programs know little else; no pictures. */
export function letter(content: Content, locale: Locale): Letter {
  const { subject, listUnsubscribe } = content;
  return {
    subject: line(subject),
    text: textOf(content, locale),
    html: htmlOf(content, locale),
    ...(listUnsubscribe ? { listUnsubscribe } : {}),
  };
}

function textOf(
  { heading, paragraphs, facts = [], button, afterwards = [], because }: Content,
  locale: Locale,
) {
  return [
    heading,
    ...paragraphs,
    ...(facts.length > 0 ? [facts.map(([name, value]) => `${name}: ${value}`).join('\n')] : []),
    ...(button ? [`${button.label}:\n${button.url}`] : []),
    ...afterwards,
    `-- \n${because}\n${FOOT[locale]}`,
  ].join('\n\n');
}

function htmlOf(
  { subject, heading, paragraphs, facts = [], button, afterwards = [], because }: Content,
  locale: Locale,
) {
  const p = (words: string) => `<p style="margin:0 0 16px">${escaped(words)}</p>`;
  const small = (words: string) =>
    `<p style="margin:0 0 8px;font-size:14px;color:#565E6C">${escaped(words)}</p>`;
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="padding:8px 16px 8px 0;color:#565E6C;vertical-align:top">${escaped(name)}</td><td style="padding:8px 0;font-weight:600;word-break:break-word;overflow-wrap:anywhere">${escaped(value)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(line(subject))}</title></head>
<body style="margin:0;background:#F7F4EE;color:#14213D;font:16px/1.5 'Plus Jakarta Sans',-apple-system,'Segoe UI',Roboto,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">
<tr><td style="background:#14213D;border-radius:14px 14px 0 0;padding:20px 28px;color:#F7F4EE;font-weight:700"><span style="color:#F2A541">&#9679;</span>&nbsp; Sangkuriang</td></tr>
<tr><td style="background:#F2A541;height:4px;line-height:4px;font-size:0">&nbsp;</td></tr>
<tr><td style="background:#FFFFFF;border-radius:0 0 14px 14px;padding:28px">
<h1 style="margin:0 0 16px;font-size:24px;line-height:1.3">${escaped(heading)}</h1>
${paragraphs.map(p).join('\n')}
${rows.length > 0 ? `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 16px">${rows.join('\n')}</table>` : ''}
${button ? `<p style="margin:8px 0 24px"><a href="${escaped(button.url)}" style="display:inline-block;background:#B83B12;color:#FFFFFF;text-decoration:none;font-weight:700;padding:14px 28px;border-radius:999px">${escaped(button.label)}</a></p>` : ''}
${afterwards.map(small).join('\n')}
</td></tr>
<tr><td style="padding:20px 28px">${small(because)}${small(FOOT[locale])}</td></tr>
</table></td></tr></table>
</body></html>
`;
}
