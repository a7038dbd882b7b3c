import type { Tx } from '../../db/open.ts';
import { Refusal } from '../refusal.ts';

/** Characters of a slug, its number included. */
export const SLUG_MAX = 80;
/** Kept free for a number of six digits and its hyphen. */
const WORDS_MAX = SLUG_MAX - 7;
/** Each try lost means that somebody else took the same title in the same moment. */
const TRIES_MAX = 20;
/** Slugs one campaign may have had: nobody takes all good addresses by renaming a draft again and again. */
export const SLUGS_MAX = 10;

const UUID_LIKE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The address of a title: ASCII words joined by hyphens, without accents and apostrophes. */
export function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}|['’‘ʼ`]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const slug = cut(words.replace(/^-/, ''));
  // A title in another script leaves nothing, and one that looks like an id would stand in that campaign's place.
  return slug === '' || UUID_LIKE.test(slug) ? cut(`kampanye-${slug}`) : slug;
}

/** At most WORDS_MAX characters, ending with a whole word where there is more than one. */
function cut(words: string): string {
  if (words.length <= WORDS_MAX) return words.replace(/-$/, '');
  const end = words.lastIndexOf('-', WORDS_MAX);
  return words.slice(0, end > 0 ? end : WORDS_MAX);
}

/**
 * Offers `take` one slug after another until one is free for the campaign `id`: the title's own, then with -2, -3, …
 * `take` answers false if somebody has or had it, also somebody who committed in this very moment.
 */
export async function withFreeSlug(
  tx: Tx,
  { id, title }: { id: string; title: string },
  take: (slug: string) => Promise<boolean>,
): Promise<string> {
  const base = slugOf(title);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const used = await tx.campaigns.slugNumbers(base, id);
    let n = 1;
    while (used.has(n)) n += 1;
    const slug = n === 1 ? base : `${base}-${n}`;
    if (await take(slug)) return slug;
  }
  throw new Refusal('unavailable', 'Many campaigns of this name are being started. Please try again.', {
    retryAfter: 1,
  });
}

/**
 * Gives the campaign the slug of its new title. Its old ones go on leading to it; after SLUGS_MAX of them it keeps the
 * one it has. Must run under the campaign's lock.
 */
export async function follow(tx: Tx, campaign: { id: string; title: string }): Promise<void> {
  if ((await tx.campaigns.countSlugs(campaign.id)) >= SLUGS_MAX) return;
  await withFreeSlug(tx, campaign, (slug) => tx.campaigns.takeSlug(campaign.id, slug));
}
