import { createHash } from 'node:crypto';
import { type Response, Router } from 'express';
import Joi from 'joi';
import type { Db } from '../db/open.ts';
import { GUEST } from '../domain/accounts/principal.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { SLUG_MAX } from '../domain/campaigns/slug.ts';
import { readFeed } from '../domain/feeds/watch.ts';
import { Refusal } from '../domain/refusal.ts';
import { EMBED_GIFTS, type EmbedBoot } from '../protocol/embed.ts';
import type { CampaignState } from '../protocol/feeds.ts';
import { bootElement, built } from './built.ts';
import { escaped } from './head.ts';

/** Its address is pasted into pages that nobody changes again: a new one is to be everywhere within minutes. */
const SCRIPT_AGE = 'public, max-age=300, stale-while-revalidate=86400';
/** A page of many readers asks a shared cache; the frame itself catches up from the number that it is given. */
const FRAME_AGE = 'public, max-age=15';

const bySlug = Joi.object<{ slug: string }, true>({
  slug: Joi.string().lowercase().max(SLUG_MAX).required(),
});

/**
 * A campaign inside the pages of others: `/embed/:slug` is the one page that anyone may frame, and `/embed.js` puts the
 * frame where its script element stands. Nothing in the frame knows who looks: no session is read, and all that can be
 * done in it is to open the campaign in a tab of its own.
 */
export function embed({ db, dist, publicUrl }: { db: Db; dist: string; publicUrl: string }): Router {
  const router = Router();
  const script = built(dist, 'embed.js');
  const scriptTag = `"${createHash('sha256').update(script).digest('base64url').slice(0, 22)}"`;
  const shell = built(dist, 'embed.html');
  const policy = framePolicy(publicUrl);

  router.get('/embed.js', (_req, res) => {
    res.set({ 'Cache-Control': SCRIPT_AGE, ETag: scriptTag, 'Cross-Origin-Resource-Policy': 'cross-origin' });
    res.type('js').send(script);
  });

  router.get('/embed/:slug', async (req, res) => {
    openToFrames(res, policy);
    const { error, value } = bySlug.validate(req.params);
    const boot = error ? null : await bootOf(db, value.slug).catch(() => undefined);
    // A database that is away says nothing about the campaign: the frame comes again by itself.
    if (boot === undefined) res.status(503).set({ 'Cache-Control': 'no-store', 'Retry-After': '30' });
    else res.status(boot ? 200 : 404).set('Cache-Control', FRAME_AGE);
    res.type('html').send(filled(shell, boot));
  });

  return router;
}

/** Null for a campaign that is not there, or not for everyone. */
async function bootOf(db: Db, asked: string): Promise<EmbedBoot | null> {
  const campaign = await findCampaign(db, GUEST, { slug: asked }).catch((fault: unknown) => {
    if (fault instanceof Refusal && fault.code === 'not-found') return null;
    throw fault;
  });
  // One snapshot of state and number: a gift in between would be counted twice, or never.
  const reading = campaign && (await readFeed(db, campaign.feed.name, null));
  if (!campaign || !reading) return null;
  const { wall, ...state } = reading.state as CampaignState;
  return {
    slug: campaign.slug,
    feed: campaign.feed.name,
    epoch: reading.epoch,
    head: reading.head,
    state: { ...state, wall: wall.slice(0, EMBED_GIFTS), updates: [] },
  };
}

function filled(shell: string, boot: EmbedBoot | null | undefined): string {
  const data = boot === undefined ? '' : bootElement(boot);
  const title = boot ? escaped(boot.state.title) : 'Sangkuriang';
  const href = boot ? `/c/${boot.slug}` : '/';
  return shell
    .replace('<!--boot-->', () => data)
    .replace('<title>Sangkuriang</title>', () => `<title>${title}</title>`)
    .replace('<!--plain-->', () => `<a href="${href}" target="_blank" rel="noopener">${title}</a>`);
}

/** Anyone may frame it, and it may do less than any other page: the policy binds it also where a site sets no sandbox. */
const framePolicy = (publicUrl: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${publicUrl.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'none'",
    'frame-ancestors *',
    'sandbox allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    ...(publicUrl.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join(';');

function openToFrames(res: Response, policy: string): void {
  res.removeHeader('X-Frame-Options');
  res.set({
    'Content-Security-Policy': policy,
    // Also inside pages that are isolated from others, which ask it of all that they load.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
}
