import type { FeedEvent, Head, News } from './feeds.ts';

/** Why a watch or a handshake was refused; stable, for programs. */
export const REFUSED_CODES = [
  'bad-request',
  'forbidden',
  'not-found',
  'unauthenticated',
  'too-many-feeds',
  'too-many-requests',
  'unavailable',
] as const;
export type RefusedCode = (typeof REFUSED_CODES)[number];
export type Refused = { ok: false; code: RefusedCode; retryAfterMs?: number };

export type Watch = { feed: string; epoch?: string; since?: number; claimToken?: string };
/** Either every event after `since`, or the whole state as of `head`; never both, never a part. */
export type Watched = { ok: true; epoch: string; head: number; events?: FeedEvent[]; state?: unknown };

export type ServerEvents = {
  news: (news: News) => void;
  head: (head: Head) => void;
  viewers: (viewers: { feed: string; count: number }) => void;
};
export type ClientEvents = {
  watch: (watch: Watch, ack: (answer: Watched | Refused) => void) => void;
  unwatch: (unwatch: { feed: string }, ack?: (answer: { ok: true } | Refused) => void) => void;
  authenticate: (
    credentials: { token: string | null },
    ack: (answer: { ok: true } | Refused) => void,
  ) => void;
};

/** In the handshake's `auth`: an access token, or nothing for a guest. */
export type Handshake = { token?: string | null };

/** Feeds one socket may watch at a time. */
export const FEEDS_MAX = 20;
