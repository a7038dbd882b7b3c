import { POSTER } from '../domain/sharing/poster.ts';
import { versionOf } from '../domain/sharing/posters.ts';
import { grouped, wordsOf } from '../domain/sharing/words.ts';
import type { CampaignView } from '../protocol/campaigns.ts';
import type { StatementSummary } from '../protocol/statement.ts';

export const SITE = 'Sangkuriang';
const HOME = {
  title: 'Sangkuriang: sebelum matahari terbit',
  description: 'Kampanye dan donasi yang terlihat langsung: setiap donasi menyalakan satu lentera.',
};
/** X shows 200, WhatsApp some 80: the figures come first. */
const DESCRIPTION_MAX = 200;
const ICON = { path: '/icon-512.png', width: 512, height: 512, type: 'image/png' };

/** Pages that belong to one person or to the staff, and doors that lead nowhere for others. */
const UNLISTED = /^\/(d|me|studio|review|finance|signin|forgot|reset|verify-email|unsubscribe)(\/|$)/;

type Picture = { url: string; width: number; height: number; type: string; alt: string };
type Head = {
  /** The document's title; `name` is what stands in previews, which say the site's name themselves. */
  title: string;
  name: string;
  description: string;
  url: string;
  picture: Picture;
  isLarge: boolean;
  isListed: boolean;
  /** Where the editors of other sites learn what to put in the address's place (oembed.ts). */
  embedUrl?: string;
};

/** A campaign's page as crawlers read it, which run no script. Only for what everyone may see. */
export function campaignHead(publicUrl: string, campaign: CampaignView): string {
  const words = wordsOf(campaign);
  const figures = `Terkumpul Rp${grouped(campaign.raised.amount)} dari Rp${grouped(campaign.goal.amount)}, ${words.donors}.`;
  return head({
    title: campaign.title.includes(SITE) ? campaign.title : `${campaign.title} · ${SITE}`,
    name: campaign.title,
    description: cut(`${figures} ${textOf(campaign.story)}`),
    url: `${publicUrl}/c/${campaign.slug}`,
    picture: posterOf(publicUrl, campaign),
    isLarge: true,
    isListed: true,
    embedUrl: `${publicUrl}/api/v1/oembed?url=${encodeURIComponent(`${publicUrl}/c/${campaign.slug}`)}`,
  });
}

/** The same of its statement. */
export function statementHead(
  publicUrl: string,
  campaign: CampaignView,
  { paid, settled, refunded, clawedBack, paidOut }: StatementSummary,
): string {
  const name = `Laporan keuangan: ${campaign.title}`;
  const back = refunded.amount + clawedBack.amount;
  const figures = [
    `dibayar Rp${grouped(paid.amount)}`,
    `sudah disetor Rp${grouped(settled.amount)}`,
    `dikirim ke penerima Rp${grouped(paidOut.amount)}`,
    ...(back > 0 ? [`kembali ke donatur Rp${grouped(back)}`] : []),
  ];
  return head({
    title: name.includes(SITE) ? name : `${name} · ${SITE}`,
    name,
    description: cut(`Setiap rupiah untuk ${campaign.beneficiary}: ${figures.join(', ')}.`),
    url: `${publicUrl}/c/${campaign.slug}/ledger`,
    picture: posterOf(publicUrl, campaign),
    isLarge: true,
    isListed: true,
  });
}

function posterOf(publicUrl: string, campaign: CampaignView): Picture {
  const words = wordsOf(campaign);
  return {
    ...POSTER,
    type: 'image/jpeg',
    url: `${publicUrl}/og/${campaign.slug}.jpg?v=${versionOf(words)}`,
    alt: `${campaign.title}: ${words.raised} terkumpul dari ${words.goal}`,
  };
}

/** Every other page. `isListed` false keeps an address out of search engines whatever it looks like. */
export function siteHead(publicUrl: string, path: string, { isListed = true } = {}): string {
  const { path: icon, ...size } = ICON;
  return head({
    title: path === '/' ? HOME.title : SITE,
    name: HOME.title,
    description: HOME.description,
    url: path === '/' ? `${publicUrl}/` : `${publicUrl}${path.replace(/\/+$/, '')}`,
    picture: { ...size, url: `${publicUrl}${icon}`, alt: SITE },
    isLarge: false,
    isListed: isListed && !UNLISTED.test(path),
  });
}

function head({ title, name, description, url, picture, isLarge, isListed, embedUrl }: Head): string {
  const properties: [string, string | number][] = [
    ['og:site_name', SITE],
    ['og:type', 'website'],
    ['og:locale', 'id_ID'],
    ['og:locale:alternate', 'en_US'],
    ['og:title', name],
    ['og:description', description],
    ['og:url', url],
    ['og:image', picture.url],
    ['og:image:type', picture.type],
    ['og:image:width', picture.width],
    ['og:image:height', picture.height],
    ['og:image:alt', picture.alt],
  ];
  return [
    `<title>${escaped(title)}</title>`,
    `<meta name="description" content="${escaped(description)}" />`,
    // An address that nobody should list names none to list instead.
    isListed ? `<link rel="canonical" href="${escaped(url)}" />` : '<meta name="robots" content="noindex" />',
    ...(embedUrl
      ? [
          `<link rel="alternate" type="application/json+oembed" href="${escaped(embedUrl)}" title="${escaped(name)}" />`,
        ]
      : []),
    ...properties.map(
      ([property, content]) => `<meta property="${property}" content="${escaped(String(content))}" />`,
    ),
    `<meta name="twitter:card" content="${isLarge ? 'summary_large_image' : 'summary'}" />`,
  ].join('\n    ');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

const SIGNS: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** The words of a story's stored HTML, which is sanitised: no `<` in it but that of a tag. */
const textOf = (html: string): string =>
  html
    .slice(0, DESCRIPTION_MAX * 10)
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/&(lt|gt|quot|#39|#x27|nbsp|amp);/g, (entity) => SIGNS[entity] ?? entity)
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim();

function cut(text: string): string {
  const characters = [...text.trim()];
  if (characters.length <= DESCRIPTION_MAX) return characters.join('');
  const kept = characters.slice(0, DESCRIPTION_MAX - 1).join('');
  return `${kept.replace(/\s+\S*$/, '')}…`;
}
