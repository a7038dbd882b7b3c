import type { CampaignRow } from '../../db/campaigns.ts';
import type { Db, Tx } from '../../db/open.ts';
import type { StaffRole } from '../../protocol/accounts.ts';
import type { TeamRole } from '../../protocol/campaigns.ts';
import { holds } from '../accounts/principal.ts';
import { maySee, notFound, type User } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';

/** Whoever finance answers to, and finance. */
export const BOOKS: StaffRole[] = ['finance', 'auditor'];

type May = { team: TeamRole[]; staff: StaffRole[] };
export const ONLY_OWNER: May = { team: ['owner'], staff: [] };
export const TEAM_AND_BOOKS: May = { team: ['owner', 'editor', 'viewer'], staff: BOOKS };

/**
 * The campaign as the user reads it, if they are on its team in one of the roles or hold one of the staff's.
 * Throws Refusal: not-found, forbidden.
 */
export async function readAs(q: Db | Tx, user: User, id: string, may: May): Promise<CampaignRow> {
  const campaign = await q.campaigns.find({ id, slug: null, viewerId: user.userId });
  const asStaff = may.staff.length > 0 && holds(user, ...may.staff);
  if (!campaign || !(asStaff || maySee(campaign, user))) throw notFound();
  if (asStaff || (campaign.role && may.team.includes(campaign.role))) return campaign;
  throw new Refusal('forbidden', 'Your role does not allow this.');
}

/** Nobody decides about money of their own campaign. Throws Refusal 'own-approval'. */
export async function mustBeApart(tx: Tx, user: User, campaignId: string): Promise<void> {
  if ((await tx.campaigns.roleOf(campaignId, user.userId)) === null) return;
  throw new Refusal('own-approval', 'Somebody who is not on the team of this campaign decides this.');
}

/** Throws Refusal 'forbidden' unless the user holds one of the roles. */
export function onlyStaff(user: User, ...roles: StaffRole[]): void {
  if (!holds(user, ...roles)) throw new Refusal('forbidden', 'Your role does not allow this.');
}

export const wrongState = (message: string): Refusal => new Refusal('wrong-state', message);
