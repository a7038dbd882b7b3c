import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { type OwnerEvents, ownerFeed } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import { HOLD_DAYS_MAX, type HoldRequest, type HoldView } from '../../protocol/payouts.ts';
import type { User } from '../campaigns/access.ts';
import { conflict, notFound } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';
import { BOOKS, mustBeApart, onlyStaff, readAs } from './access.ts';
import { lockMoney } from './money.ts';
import { holdView } from './present.ts';

/** Active ones of one campaign. */
export const HOLDS_MAX = 50;
const LISTED_MAX = 200;
const DAY_MS = 24 * 3_600_000;

type House = { db: Db; bus: Bus; now: () => Date };

/**
 * Keeps money of a campaign from being paid out, some of it or all, until a day or until it is released. Its team hears
 * that and how much, never why. Throws Refusal: forbidden, not-found, own-approval, invalid-input, conflict.
 */
export async function placeHold(
  { db, bus, now }: House,
  user: User,
  { id, campaignId, request }: { id: string; campaignId: string; request: HoldRequest },
): Promise<HoldView> {
  onlyStaff(user, 'finance', 'moderator');
  const at = now();
  const until = request.until === undefined ? null : new Date(request.until);
  if (until && (until <= at || until.getTime() - at.getTime() > HOLD_DAYS_MAX * DAY_MS)) {
    throw new Refusal('invalid-input', 'Some fields need attention.', {
      errors: [{ path: 'until', message: `until lies in the ${HOLD_DAYS_MAX} days to come` }],
    });
  }
  const amountMinor = request.amount === undefined ? null : BigInt(request.amount.amount);
  const { row, news } = await acting(db, 'system', 'holds.place', async (tx) => {
    if (!(await tx.campaigns.state(campaignId))) throw notFound();
    await mustBeApart(tx, user, campaignId);
    await lockMoney(tx, campaignId, at);
    const known = await tx.holds.find(id);
    if (known) return { row: known, news: [] };
    if ((await tx.holds.countActive(campaignId, at)) >= HOLDS_MAX) {
      throw conflict(`A campaign has at most ${HOLDS_MAX} holds at a time.`);
    }
    const { reason } = request;
    await tx.holds.insert({ id, campaignId, amountMinor, reason, placedBy: user.userId, now: at, until });
    const row = await tx.holds.find(id);
    if (!row) throw new Error('the hold that was just written is not there');
    const amount = amountMinor === null ? null : rupiah(amountMinor);
    const data: OwnerEvents['hold.placed'] = { id, amount };
    return {
      row,
      news: await tx.feeds.append([{ feed: ownerFeed(campaignId), type: 'hold.placed', data }]),
    };
  });
  bus.publish(news);
  return holdView(row, { reason: true });
}

/** Once; again changes nothing. Throws Refusal: forbidden, not-found, own-approval. */
export async function releaseHold({ db, bus, now }: House, user: User, id: string): Promise<HoldView> {
  onlyStaff(user, 'finance', 'moderator');
  const at = now();
  const { row, news } = await acting(db, 'system', 'holds.release', async (tx) => {
    const found = await tx.holds.find(id);
    if (!found) throw new Refusal('not-found', 'There is no such hold.');
    const campaignId = found.campaign_id;
    await mustBeApart(tx, user, campaignId);
    await lockMoney(tx, campaignId, at);
    const before = await tx.holds.find(id);
    if (before?.released_at) return { row: before, news: [] };
    await tx.holds.release({ id, releasedBy: user.userId, now: at });
    const data: OwnerEvents['hold.released'] = { id };
    return {
      row: { ...found, released_at: at },
      news: await tx.feeds.append([{ feed: ownerFeed(campaignId), type: 'hold.released', data }]),
    };
  });
  bus.publish(news);
  return holdView(row, { reason: true });
}

/**
 * Newest first. Whoever is on the team reads no reasons, a moderator neither: a flag must not reach the suspect.
 * Throws Refusal: not-found, forbidden.
 */
export async function listHolds(db: Db, user: User, campaignId: string): Promise<HoldView[]> {
  const campaign = await readAs(db, user, campaignId, {
    team: ['owner', 'editor', 'viewer'],
    staff: [...BOOKS, 'moderator'],
  });
  const rows = await db.holds.list(campaignId, LISTED_MAX);
  return rows.map((row) => holdView(row, { reason: campaign.role === null }));
}
