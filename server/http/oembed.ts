import { Router } from 'express';
import type { Db } from '../db/open.ts';
import { GUEST } from '../domain/accounts/principal.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Oembed } from '../protocol/embed.ts';
import { oembedQuery } from '../protocol/schemas/embed.ts';
import { check } from './guards/check.ts';
import { escaped, SITE } from './head.ts';

const CACHE_SECONDS = 3_600;
const WIDTH = 720;
/** From here on the frame stands in two columns (widget.css). */
const WIDE_FROM = 560;
const HEIGHT = { wide: 300, narrow: 460 };
const ADDRESS = /^\/(?:c|embed)\/([a-z0-9-]{1,100})\/?$/i;

/** What the editor of another site puts where somebody has pasted a campaign's address: the frame of `embed.ts`. */
export function oembed({ db, publicUrl }: { db: Db; publicUrl: string }): Router {
  const router = Router();

  router.get('/oembed', async (req, res) => {
    const { url, maxwidth = WIDTH, maxheight = Number.POSITIVE_INFINITY } = check(oembedQuery, req.query);
    const slug = slugOf(url, publicUrl);
    if (!slug) throw new Refusal('not-found', 'This is no address of a campaign.');
    const campaign = await findCampaign(db, GUEST, { slug: slug.toLowerCase() });
    const width = Math.min(WIDTH, maxwidth);
    const height = Math.min(width < WIDE_FROM ? HEIGHT.narrow : HEIGHT.wide, maxheight);
    const answer: Oembed = {
      version: '1.0',
      type: 'rich',
      title: campaign.title,
      author_name: campaign.ownerName,
      provider_name: SITE,
      provider_url: publicUrl,
      cache_age: CACHE_SECONDS,
      width,
      height,
      html: `<iframe src="${publicUrl}/embed/${campaign.slug}" title="${escaped(campaign.title)}" width="${width}" height="${height}" loading="lazy" style="border:0"></iframe>`,
    };
    res.set('Cache-Control', `public, max-age=${CACHE_SECONDS}`).json(answer);
  });

  return router;
}

function slugOf(url: string, publicUrl: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  return origin === new URL(publicUrl).origin ? ADDRESS.exec(pathname)?.[1] : undefined;
}
