import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

export type NewUpdate = {
  id: string;
  campaignId: string;
  authorId: string;
  title: string;
  /** Markdown, and the same as HTML. */
  text: string;
  html: string;
  proofOfUse: boolean;
  now: Date;
};
export type UpdateRow = {
  id: string;
  campaign_id: string;
  number: number;
  title: string;
  body_html: string;
  posted_at: Date;
  hidden_at: Date | null;
  proof_of_use: boolean;
  pictures: { id: string; width: number; height: number }[];
};
export type UpdateToMailRow = { id: string; campaign_id: string; mailed_through: string };
/** What a mail of an update says. */
export type UpdateLetterRow = {
  title: string;
  /** Markdown. */
  body: string;
  slug: string;
  campaign_title: string;
  campaign_id: string;
};

const insert = sql('updates/insert.sql');
const find = sql('updates/find.sql');
const list = sql('updates/list.sql');
const countSince = sql('updates/count-since.sql');
const hide = sql('updates/hide.sql');
const insertPicture = sql('updates/insert-picture.sql');
const countWaitingPictures = sql('updates/count-waiting-pictures.sql');
const takePictures = sql('updates/take-pictures.sql');
const deletePictures = sql('updates/delete-pictures.sql');
const lockToMail = sql('updates/lock-to-mail.sql');
const letter = sql('updates/letter.sql');
const mailed = sql('updates/mailed.sql');

const counted = (row: { count: number }): number => row.count;

/** What a campaign's team tells its donors. */
export const updates = (q: IBaseProtocol<unknown>) => ({
  /** Under the campaign's lock, which its number stands on. */
  insert: (update: NewUpdate) => q.none(insert, update),
  find: (id: string) => q.oneOrNone<UpdateRow>(find, { id }),
  /** Newest first, those that are not hidden; `before` is a number. */
  list: (page: { campaignId: string; before: number | null; limit: number }) => q.any<UpdateRow>(list, page),
  countSince: (campaignId: string, since: Date) => q.one(countSince, { campaignId, since }, counted),
  /** False if it is hidden already. */
  hide: async (which: { id: string; userId: string; now: Date }) =>
    (await q.oneOrNone<{ id: string }>(hide, which)) !== null,

  insertPicture: (picture: { pictureId: string; campaignId: string }) => q.none(insertPicture, picture),
  countWaitingPictures: (campaignId: string) => q.one(countWaitingPictures, { campaignId }, counted),
  /** How many of the pictures were the campaign's and free, and are the update's now. */
  takePictures: async (which: { updateId: string; campaignId: string; pictureIds: string[] }) =>
    (await q.result(takePictures, which)).rowCount,
  deletePictures: (updateId: string) => q.none(deletePictures, { updateId }),

  /** The oldest update after `since` with mails to write that no other run holds. */
  lockToMail: (since: Date) => q.oneOrNone<UpdateToMailRow>(lockToMail, { since }),
  letter: (of: { updateId: string; readerId: string }) => q.oneOrNone<UpdateLetterRow>(letter, of),
  mailed: (progress: { id: string; through: string; finishedAt: Date | null }) => q.none(mailed, progress),
});
