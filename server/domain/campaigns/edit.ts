import type { Bus } from '../../bus.ts';
import type { CampaignFields, CampaignRow } from '../../db/campaigns.ts';
import { acting, type Db } from '../../db/open.ts';
import type { CampaignChange } from '../../protocol/campaigns.ts';
import { conflict, lockAs, mustEdit, onlyEditors, type User } from './access.ts';
import { checkLastDay } from './calendar.ts';
import { changed } from './news.ts';
import { follow } from './slug.ts';
import type { Stories } from './stories.ts';

const FIELDS = [
  'title',
  'story',
  'category',
  'goalMinor',
  'endsOn',
  'timezone',
  'beneficiary',
  'permitNumber',
] as const;
type Field = (typeof FIELDS)[number];

/**
 * What may still change once people have given: they gave for this title, beneficiary, goal and category, which a
 * moderator approved. The story grows, a permit is prolonged, and the last day may move later, never nearer.
 */
const FREE_WHEN_PUBLIC: readonly Field[] = ['story', 'permitNumber', 'endsOn'];
/** How a field is called on the wire, where that differs. */
const PATHS: Partial<Record<Field, string>> = { goalMinor: 'goal.amount' };

/**
 * Changes what `change` names; fields that say what already stands count as not named, so a page may send its whole
 * form. The slug follows a new title, and addresses that were given away lead to it. Nothing changes while a moderator
 * reads, and nothing after the end.
 */
export async function edit(
  { db, bus, stories, now }: { db: Db; bus: Bus; stories: Stories; now: () => Date },
  user: User,
  id: string,
  change: CampaignChange,
): Promise<void> {
  await mustEdit(db, user, id);
  const asked = await fieldsIn(change, stories);
  const news = await acting(db, user.userId, 'campaigns.edit', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    onlyEditors(campaign);
    const before = fieldsOf(campaign);
    const after = { ...before, ...asked };
    const named = FIELDS.filter((field) => after[field] !== before[field]);
    if (named.length === 0) return [];
    mayChange(campaign, before, after, named);
    if (named.includes('endsOn') || named.includes('timezone'))
      checkLastDay(after.endsOn, after.timezone, now());
    await tx.campaigns.update({ id, ...after });
    if (named.includes('title')) await follow(tx, { id, title: after.title });
    return tx.feeds.append(await changed(tx, campaign));
  });
  bus.publish(news);
}

function mayChange(
  { status }: CampaignRow,
  before: CampaignFields,
  after: CampaignFields,
  named: Field[],
): void {
  if (status === 'draft' || status === 'rejected') return;
  if (status === 'in_review')
    throw conflict('The campaign is being reviewed and cannot be changed meanwhile.');
  if (status === 'ended') throw conflict('The campaign has ended and cannot be changed.');
  const fixed = named.filter((field) => !FREE_WHEN_PUBLIC.includes(field));
  const errors = fixed.map((field) => ({
    path: PATHS[field] ?? field,
    message: 'cannot change once it is published',
  }));
  if (after.endsOn < before.endsOn) errors.push({ path: 'endsOn', message: 'may only be moved later' });
  if (errors.length > 0) throw conflict('People have given for the campaign as it was published.', errors);
}

const fieldsOf = (row: CampaignRow): CampaignFields => ({
  title: row.title,
  story: row.story,
  storyHtml: row.story_html,
  category: row.category,
  goalMinor: Number(row.goal_minor),
  endsOn: row.ends_on,
  timezone: row.timezone,
  beneficiary: row.beneficiary,
  permitNumber: row.permit_number,
});

async function fieldsIn(
  { story, goal, permitNumber, ...same }: CampaignChange,
  stories: Stories,
): Promise<Partial<CampaignFields>> {
  return {
    ...same,
    ...(story === undefined ? {} : { story, storyHtml: await stories.render(story) }),
    ...(goal ? { goalMinor: goal.amount } : {}),
    ...(permitNumber === undefined ? {} : { permitNumber: permitNumber || null }),
  };
}
