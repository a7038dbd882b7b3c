import { v7 as uuidv7 } from 'uuid';
import { acting, type Db } from '../../db/open.ts';
import type { UpdatePicture } from '../../protocol/updates.ts';
import { lockAs, onlyEditors, type User } from '../campaigns/access.ts';
import type { EncodePicture } from '../campaigns/picture-encoder.ts';
import { Refusal } from '../refusal.ts';

/** Pictures that a campaign's team has sent and no update shows yet; the purge takes them after a day. */
export const WAITING_PICTURES_MAX = 20;

/** Keeps a picture for an update that is being written. Throws Refusal: not-found, forbidden, invalid-input, conflict. */
export async function addPicture(
  { db, encode, now }: { db: Db; encode: EncodePicture; now: () => Date },
  user: User,
  campaignId: string,
  bytes: Buffer,
): Promise<UpdatePicture> {
  const picture = await encode(bytes);
  const id = uuidv7();
  await acting(db, user.userId, 'updates.add-picture', async (tx) => {
    onlyEditors(await lockAs(tx, user, campaignId));
    if ((await tx.updates.countWaitingPictures(campaignId)) >= WAITING_PICTURES_MAX) {
      throw new Refusal('conflict', 'Many pictures wait for an update. Post one, or come back tomorrow.');
    }
    await tx.pictures.insert({ id, ...picture, now: now() });
    await tx.updates.insertPicture({ pictureId: id, campaignId });
  });
  return { id, url: `/pictures/${id}.webp`, width: picture.width, height: picture.height };
}
