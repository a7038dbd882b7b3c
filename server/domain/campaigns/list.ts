import Joi from 'joi';
import type { ListedRow } from '../../db/campaigns.ts';
import type { Db } from '../../db/open.ts';
import type { CampaignListQuery, CampaignPage, Sort } from '../../protocol/campaigns.ts';
import { holds, type Principal } from '../accounts/principal.ts';
import { Refusal } from '../refusal.ts';
import { campaignCard } from './present.ts';

/** Campaigns that are shown where a search found nothing. */
const SUGGESTIONS_MAX = 3;

/** The orders a list can have. `mine` and `in_review` have one each, whatever `sort` says. */
type Order = Sort | 'mine' | 'in_review';

/**
 * One page of campaigns. Without a scope these are the live ones: a paused or ended campaign keeps its address, but
 * nobody is sent there to give. `mine` are the caller's own in any status, newest first; `in_review`, for moderators,
 * begins with the one that has waited longest. A search that finds nothing names campaigns that may be meant.
 * Throws Refusal 'unauthenticated', 'forbidden', 'invalid-input' (a cursor that is not ours or of another order).
 */
export async function listCampaigns(
  { db, now }: { db: Db; now: () => Date },
  viewer: Principal,
  { q, category, sort, cursor, limit, scope }: CampaignListQuery,
): Promise<CampaignPage> {
  if (scope && viewer.kind === 'guest') throw new Refusal('unauthenticated', 'Please sign in.');
  if (scope === 'in_review' && !holds(viewer, 'moderator')) {
    throw new Refusal('forbidden', 'Only moderators may list what waits for review.');
  }
  const asked = q?.trim() ? q : null;
  const order: Order =
    scope ?? (asked ? (sort ?? 'relevance') : sort === 'relevance' ? 'newest' : (sort ?? 'newest'));
  const page = {
    category: category ?? null,
    q: asked,
    ...(cursor === undefined ? { key: null, id: null } : readCursor(order, cursor)),
    // One more than asked for tells whether there is another page.
    limit: limit + 1,
  };
  const rows = await {
    relevance: () => db.campaigns.listRelevant({ ...page, now: now() }),
    newest: () => db.campaigns.listNewest({ ...page, now: now() }),
    ending: () => db.campaigns.listEnding({ ...page, now: now() }),
    most_raised: () => db.campaigns.listMostRaised({ ...page, now: now() }),
    mine: () => db.campaigns.listMine({ ...page, userId: viewer.kind === 'user' ? viewer.userId : '' }),
    in_review: () => db.campaigns.listInReview(page),
  }[order]();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const foundNothing = shown.length === 0 && asked !== null && !scope && cursor === undefined;
  return {
    items: shown.map(campaignCard),
    nextCursor: rows.length > limit && last ? cursorAfter(order, last) : null,
    ...(foundNothing
      ? {
          suggestions: (await db.campaigns.suggest({ q: asked, now: now(), limit: SUGGESTIONS_MAX })).map(
            campaignCard,
          ),
        }
      : {}),
  };
}

const cursorAfter = (order: Order, { key, id }: ListedRow): string =>
  Buffer.from(JSON.stringify([order, String(key), id])).toString('base64url');

// Whoever writes a well-formed cursor of their own gets a page that begins elsewhere, and nothing more than that.
const position = (order: Order) =>
  Joi.array<[string, string, string]>()
    .ordered(
      Joi.valid(order).required(),
      Joi.string()
        .pattern(/^\d{1,18}$/)
        .required(),
      Joi.string().uuid().required(),
    )
    .required();

function readCursor(order: Order, cursor: string): { key: bigint; id: string } {
  const { value, error } = position(order).validate(parsed(Buffer.from(cursor, 'base64url').toString()), {
    convert: false,
  });
  if (!error) return { key: BigInt(value[1]), id: value[2] };
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path: 'cursor', message: 'cursor is not one of this list' }],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
