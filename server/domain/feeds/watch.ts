import { type Db, snapshot, type Tx } from '../../db/open.ts';
import { HELD_MAX, SUBMITTED_MAX } from '../../protocol/apply.ts';
import {
  CATCH_UP_MAX,
  type CampaignState,
  type DonationState,
  type FeedEvent,
  type FinanceState,
  type Head,
  type ModerationState,
  type OwnerState,
  parseFeed,
  UPDATES_SHOWN,
  type UserState,
  WALL_MAX,
} from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { OverlayState } from '../../protocol/overlays.ts';
import { holds, type Principal } from '../accounts/principal.ts';
import { campaignCard } from '../campaigns/present.ts';
import { readCampaignState } from '../campaigns/state.ts';
import { type Claims, isDonor } from '../donations/claim.ts';
import { donationView, heldMessage, ownerItem, wallItem } from '../donations/present.ts';
import { overlayState } from '../overlays/present.ts';
import { holdsOverlay } from '../overlays/secret.ts';
import { updateView } from '../updates/present.ts';

/** Whether someone may watch a feed now. The same answer guards the socket and the REST call. */
export async function mayWatch(
  { db, claims }: { db: Db; claims: Claims },
  { principal, feed, claimToken }: { principal: Principal; feed: string; claimToken?: string | undefined },
): Promise<boolean> {
  const { kind, id } = parseFeed(feed);
  const userId = principal.kind === 'user' ? principal.userId : null;
  switch (kind) {
    case 'campaign':
      return true;
    case 'donation':
      return claims.holds(id, claimToken) || (userId !== null && (await isDonor(db, id, userId)));
    case 'owner':
      return userId !== null && (await db.campaigns.roleOf(id, userId)) !== null;
    case 'user':
      return userId === id;
    case 'overlay':
      return holdsOverlay(db, id, claimToken);
    case 'moderation':
      return holds(principal, 'moderator');
    case 'finance':
      return holds(principal, 'finance', 'auditor');
    case 'revocations':
      return false;
  }
}

export type FeedReading = { epoch: string; head: number; events: FeedEvent[]; state: unknown };

/**
 * Head, epoch, the events after `since` (at most CATCH_UP_MAX; none if `since` is null) and the whole state, all of one
 * snapshot. Null if there is no such feed, or what it speaks of is not public.
 */
export function readFeed(db: Db, feed: string, since: number | null): Promise<FeedReading | null> {
  return snapshot(db, 'system', 'feeds.read', async (tx) => {
    const head = await tx.feeds.head(feed);
    if (!head) return null;
    const state = await readState(tx, feed);
    if (state === null) return null;
    const events = since === null ? [] : await tx.feeds.since(feed, since, CATCH_UP_MAX);
    return { epoch: head.epoch, head: head.head, events, state };
  });
}

export const readHeads = (db: Db, feeds: string[]): Promise<Head[]> => db.feeds.heads(feeds);

function readState(tx: Tx, feed: string): Promise<unknown> {
  const { kind, id } = parseFeed(feed);
  switch (kind) {
    case 'campaign':
      return campaignState(tx, id);
    case 'donation':
      return donationState(tx, id);
    case 'owner':
      return ownerState(tx, id);
    case 'user':
      return userState(tx, id);
    case 'overlay':
      return readOverlayState(tx, id);
    case 'moderation':
      return moderationState(tx);
    case 'finance':
      return financeState(tx);
    case 'revocations':
      return Promise.resolve({});
  }
}

async function campaignState(tx: Tx, id: string): Promise<CampaignState | null> {
  const state = await readCampaignState(tx, id);
  if (!state) return null;
  const wall = await tx.donations.wall({ campaignId: id, after: null, limit: WALL_MAX });
  const updates = await tx.updates.list({ campaignId: id, before: null, limit: UPDATES_SHOWN });
  return { ...state, wall: wall.map(wallItem), updates: updates.map(updateView) };
}

async function donationState(tx: Tx, id: string): Promise<DonationState | null> {
  const row = await tx.donations.view(id);
  return row && { donation: donationView(row) };
}

async function ownerState(tx: Tx, id: string): Promise<OwnerState | null> {
  const row = await tx.campaigns.state(id);
  if (!row) return null;
  const recent = await tx.donations.ownerRecent(id, WALL_MAX);
  const totals = { raised: rupiah(row.raised_minor), donorCount: row.donor_count };
  return { totals, status: row.status, recent: recent.map(ownerItem) };
}

async function userState(tx: Tx, id: string): Promise<UserState> {
  const rows = await tx.donations.mine({ userId: id, before: null, limit: WALL_MAX });
  return {
    recent: rows.map((row) => ({
      id: row.id,
      campaignId: row.campaign_id,
      status: row.status,
      gift: rupiah(row.gift_minor),
      at: (row.paid_at ?? row.created_at).toISOString(),
    })),
  };
}

async function readOverlayState(tx: Tx, id: string): Promise<OverlayState | null> {
  const row = await tx.overlays.find(id);
  return row && overlayState(row);
}

async function moderationState(tx: Tx): Promise<ModerationState> {
  const submitted = await tx.campaigns.listInReview({
    category: null,
    q: null,
    key: null,
    id: null,
    limit: SUBMITTED_MAX,
  });
  const held = await tx.messages.held(HELD_MAX);
  return { submitted: submitted.map(campaignCard), held: held.map(heldMessage) };
}

async function financeState(tx: Tx): Promise<FinanceState> {
  const rows = await tx.notices.quarantined(WALL_MAX);
  return { quarantined: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
}
