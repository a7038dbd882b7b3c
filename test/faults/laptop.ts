import { connect } from '../../client/src/feed.ts';
import { type Shown, screen } from './screens.ts';

/** What the laptop is told, and what it says: its screens at each change, and that it wants another token. */
export type Told =
  | { open: { url: string; feeds: { feed: string; claimToken?: string }[] } }
  | { token: string };
export type Said = { ask: 'token' } | { screens: Shown[] };

const say = (said: Said): void => void process.send?.(said);
const screens: Shown[] = [];
let give: (token: string) => void = () => {};

process.on('message', (told: Told) => {
  if ('token' in told) return give(told.token);
  const connection = connect({
    url: told.open.url,
    token: () =>
      new Promise((resolve) => {
        give = resolve;
        say({ ask: 'token' });
      }),
  });
  for (const { feed, claimToken } of told.open.feeds)
    screens.push(screen(connection, feed, { claimToken, isShown: () => say({ screens }) }));
});
