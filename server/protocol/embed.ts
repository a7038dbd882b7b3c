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

/** As https://oembed.com has it, in its own names: what a site's editor asks that is given a campaign's address. */
export type OembedQuery = {
  url: string;
  maxwidth?: number;
  maxheight?: number;
  format?: 'json';
  /** WordPress asks so not to be tracked; nobody is. */
  dnt?: string;
};
export type Oembed = {
  version: '1.0';
  type: 'rich';
  title: string;
  author_name: string;
  provider_name: string;
  provider_url: string;
  cache_age: number;
  width: number;
  height: number;
  html: string;
};
