import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Connection, FeedStatus } from '../../client/src/feed.ts';
import type { EventOf } from '../../server/protocol/apply.ts';
import type { RefusedCode } from '../../server/protocol/sockets.ts';
import { accessToken, onToken } from './session.ts';

/** How the page's one connection stands. `connecting` covers the first moment as well as coming back. */
export const liveStatus = signal<FeedStatus>('connecting');
/** True once it has been live: from then on, connecting means coming back. */
export const wasLive = signal(false);

let connection: Promise<Connection> | null = null;

/** The page's one connection, opened by whoever needs it first; socket.io is loaded only then. */
function open(): Promise<Connection> {
  connection ??= import('../../client/src/feed.ts').then(({ connect }) => {
    const opened = connect({ token: accessToken });
    opened.onStatus((status) => {
      liveStatus.value = status;
      if (status === 'live') wasLive.value = true;
    });
    onToken((token) => opened.authenticate(token));
    return opened;
  });
  return connection;
}

export type FeedListener<S, E> = {
  claimToken?: string | null;
  /** A point the page already knows, e.g. what the server wrote into it; read once, when the watch begins. */
  from?: { epoch: string; since: number } | null;
  onState?: (state: S, head: number) => void;
  onEvents?: (events: EventOf<E>[], info: { elided: number; caughtUp: boolean }) => void;
  onRefused?: (code: RefusedCode) => void;
};

/** Watches a feed for as long as the component stands; null waits. The newest listener always hears. */
export function useFeed<S, E>(feed: string | null, listener: FeedListener<S, E>): void {
  const latest = useRef(listener);
  latest.current = listener;
  const { claimToken } = listener;
  useEffect(() => {
    if (!feed) return;
    let stop: (() => void) | null = null;
    let gone = false;
    void open().then((opened) => {
      if (gone) return;
      const { from } = latest.current;
      const watch = opened.watch<S, E>(feed, {
        ...(claimToken ? { claimToken } : {}),
        ...(from ? { from } : {}),
        onState: (state, head) => latest.current.onState?.(state, head),
        onEvents: (events, info) => latest.current.onEvents?.(events, info),
        onRefused: (code) => latest.current.onRefused?.(code),
      });
      stop = () => watch.close();
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [feed, claimToken]);
}

/** How many watch the feed now; null while unknown. */
export function useViewers(feed: string | null): number | null {
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    if (!feed) return;
    let stop: (() => void) | null = null;
    let gone = false;
    void open().then((opened) => {
      if (!gone) stop = opened.onViewers(feed, setCount);
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [feed]);
  return count;
}
