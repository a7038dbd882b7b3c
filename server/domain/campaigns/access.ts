import type { CampaignRow } from '../../db/campaigns.ts';
import type { Db, Tx } from '../../db/open.ts';
import type { CampaignStatus, TeamRole } from '../../protocol/campaigns.ts';
import { holds, type Principal } from '../accounts/principal.ts';
import { Refusal } from '../refusal.ts';

export type User = Extract<Principal, { kind: 'user' }>;

/** What everyone may see. Before a moderator's yes, and after a no, a campaign is its team's and the moderators'. */
export const isPublic = (status: CampaignStatus): boolean => ['live', 'paused', 'ended'].includes(status);

export const notFound = (): Refusal => new Refusal('not-found', 'There is no such campaign.');
export const conflict = (message: string, errors?: { path: string; message: string }[]): Refusal =>
  new Refusal('conflict', message, errors ? { errors } : {});

/** Whether the viewer, for whom the row was read, may see the campaign at all. */
export const maySee = (campaign: CampaignRow, viewer: Principal): boolean =>
  isPublic(campaign.status) || campaign.role !== null || holds(viewer, 'moderator');

/**
 * Locks a campaign for a change and reads it as it then stands, with the user's own role.
 * Throws Refusal 'not-found' where the user may not see it.
 */
export async function lockAs(tx: Tx, user: User, id: string): Promise<CampaignRow> {
  // Two statements: one that waited for the lock would join the row to what stood beside it before the wait.
  const campaign =
    (await tx.campaigns.lock(id)) && (await tx.campaigns.find({ id, slug: null, viewerId: user.userId }));
  if (!campaign || !maySee(campaign, user)) throw notFound();
  return campaign;
}

/** Throws Refusal 'forbidden' unless the campaign's reader has one of the roles on its team. */
export function onlyTeam(campaign: CampaignRow, ...roles: TeamRole[]): void {
  if (campaign.role && roles.includes(campaign.role)) return;
  throw new Refusal('forbidden', `Only the campaign's ${roles.join(' and ')} may do this.`);
}
/** The owner and the editors. */
export const onlyEditors = (campaign: CampaignRow): void => onlyTeam(campaign, 'owner', 'editor');

/**
 * Asked before what only editors may see is read, or before costly work is done for a change; the change itself asks
 * again under the lock.
 * Throws Refusal 'not-found' or 'forbidden'.
 */
export async function mustEdit(db: Db, user: User, id: string): Promise<void> {
  const campaign = await db.campaigns.find({ id, slug: null, viewerId: user.userId });
  if (!campaign || !maySee(campaign, user)) throw notFound();
  onlyEditors(campaign);
}
