import type { Picture } from './campaigns.ts';

export const UPDATE_TEXT_MAX = 5_000;
export const UPDATE_PICTURES_MAX = 4;

export type UpdateRequest = {
  title: string;
  /** Markdown, as a story. */
  text: string;
  /** Sent before, by this campaign's team; shown in this order. */
  pictureIds: string[];
  /** Says how the money of the last payout was used; the next one waits for it. */
  proofOfUse?: boolean;
};
/** News of a campaign's team, for everyone. `number` counts the campaign's updates from 1. */
export type UpdateView = {
  id: string;
  number: number;
  title: string;
  /** Sanitised HTML. */
  html: string;
  pictures: Picture[];
  at: string;
  /** It says how paid out money was used. Events of before that could be said lack it. */
  proofOfUse?: boolean;
};
export type UpdatePage = { items: UpdateView[]; nextCursor: string | null };
export type UpdatePicture = Picture & { id: string };
export type UpdatePreview = { html: string };

/** What a link of a mail speaks of: one campaign, or every one. */
export type UnsubscribeScope = 'campaign' | 'all';
export type UnsubscribeView = {
  campaign: { title: string; slug: string };
  unsubscribed: { campaign: boolean; all: boolean };
};
