import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { conflict, lockAs, onlyEditors, type User } from './access.ts';
import { changed } from './news.ts';
import type { EncodePicture } from './picture-encoder.ts';

/** Gives the campaign another picture under a new address; `bytes` is the image file as it was sent. */
export async function setPicture(
  { db, bus, encode, now }: { db: Db; bus: Bus; encode: EncodePicture; now: () => Date },
  user: User,
  id: string,
  bytes: Buffer,
): Promise<void> {
  const picture = await encode(bytes);
  const pictureId = uuidv7();
  const news = await acting(db, user.userId, 'campaigns.set-picture', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    onlyEditors(campaign);
    if (campaign.status === 'in_review')
      throw conflict('The campaign is being reviewed and cannot be changed meanwhile.');
    if (campaign.status === 'ended') throw conflict('The campaign has ended and cannot be changed.');
    await tx.pictures.insert({ id: pictureId, ...picture, now: now() });
    await tx.campaigns.setPicture(id, pictureId);
    return tx.feeds.append(await changed(tx, campaign));
  });
  bus.publish(news);
}

/** How long a picture stays that no campaign shows any more: pages that are open may still ask for it. */
const KEPT_MS = 24 * 3_600_000;
const PURGE_BATCH_MAX = 100;

/** Deletes pictures that have long been replaced. Returns how many, at most PURGE_BATCH_MAX. */
export const purgePictures = ({ db, now }: { db: Db; now: () => Date }): Promise<number> =>
  acting(db, 'system', 'pictures.purge', (tx) =>
    tx.pictures.purge({ before: new Date(now().getTime() - KEPT_MS), limit: PURGE_BATCH_MAX }),
  );
