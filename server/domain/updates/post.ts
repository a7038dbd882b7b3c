import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { type CampaignEvents, campaignFeed } from '../../protocol/feeds.ts';
import type { UpdateRequest, UpdateView } from '../../protocol/updates.ts';
import { conflict, isPublic, lockAs, mustEdit, onlyEditors, type User } from '../campaigns/access.ts';
import type { Stories } from '../campaigns/stories.ts';
import { Refusal } from '../refusal.ts';
import { updateView } from './present.ts';

/** Each goes to every follower's mailbox. */
export const UPDATES_PER_DAY_MAX = 5;
const DAY_MS = 24 * 3_600_000;

type House = { db: Db; bus: Bus; stories: Stories; now: () => Date };

/**
 * Tells everyone what became of a campaign, also after its end: how the money was used is said then. Whoever watches
 * sees it at once; mails are written later, by `mailUpdates`. `id` is the caller's, so that a retry posts once.
 * Throws Refusal: not-found, forbidden, conflict, invalid-input, too-many-requests.
 */
export async function postUpdate(
  { db, bus, stories, now }: House,
  user: User,
  { id, campaignId, request }: { id: string; campaignId: string; request: UpdateRequest },
): Promise<UpdateView> {
  await mustEdit(db, user, campaignId);
  const html = await renderText(stories, request.text);
  const { view, news } = await acting(db, user.userId, 'updates.post', async (tx) => {
    const campaign = await lockAs(tx, user, campaignId);
    onlyEditors(campaign);
    const known = await tx.updates.find(id);
    if (known) return { view: updateView(known), news: [] };
    if (!isPublic(campaign.status)) throw conflict('Updates begin once the campaign is published.');
    const since = new Date(now().getTime() - DAY_MS);
    if ((await tx.updates.countSince(campaignId, since)) >= UPDATES_PER_DAY_MAX) {
      throw new Refusal(
        'too-many-requests',
        `A campaign posts at most ${UPDATES_PER_DAY_MAX} updates in a day.`,
        {
          retryAfter: 3_600,
        },
      );
    }
    const { title, text, pictureIds, proofOfUse = false } = request;
    const authorId = user.userId;
    await tx.updates.insert({ id, campaignId, authorId, title, text, html, proofOfUse, now: now() });
    const taken = await tx.updates.takePictures({ updateId: id, campaignId, pictureIds });
    if (taken !== pictureIds.length) {
      throw invalid('pictureIds', 'pictureIds names a picture that is not there, or is shown already');
    }
    const row = await tx.updates.find(id);
    if (!row) throw new Error('the update that was just written is not there');
    const view: CampaignEvents['update.posted'] = updateView(row);
    const event = { feed: campaignFeed(campaignId), type: 'update.posted', data: view };
    return { view, news: await tx.feeds.append([event]) };
  });
  bus.publish(news);
  return view;
}

/** The text as it will be shown; nothing is kept. Throws as `postUpdate` does. */
export async function previewUpdate(
  { db, stories }: { db: Db; stories: Stories },
  user: User,
  campaignId: string,
  text: string,
): Promise<string> {
  await mustEdit(db, user, campaignId);
  return renderText(stories, text);
}

async function renderText(stories: Stories, text: string): Promise<string> {
  try {
    return await stories.render(text);
  } catch (fault) {
    // The renderer speaks of stories; the field here is called otherwise.
    if (!(fault instanceof Refusal) || fault.code !== 'invalid-input') throw fault;
    throw invalid('text', 'text is too intricate: use fewer nested lists, quotes and symbols');
  }
}

const invalid = (path: string, message: string): Refusal =>
  new Refusal('invalid-input', 'Some fields need attention.', { errors: [{ path, message }] });
