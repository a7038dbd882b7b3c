import type { CampaignState } from './feeds.ts';

/** What the frame of a campaign on another site begins with: its feed, and the state as of `head`. */
export type EmbedBoot = {
  slug: string;
  feed: string;
  epoch: string;
  head: number;
  /** The newest gifts alone: all of them would be most of the page. */
  state: CampaignState;
};

/** Far fewer than a feed's whole wall: then no event about one of them says too little (apply.ts). */
export const EMBED_GIFTS = 8;
