import type { News } from './protocol/feeds.ts';

/**
 * Carries news from the process that committed to those that watch. It may lose anything at any time: every
 * listener knows the number it expects next and reads what it missed from the database.
 */
export type Bus = {
  publish(news: News[]): void;
  /** Hears all news that reaches this process; `follow` sees to it that a feed's news does. */
  subscribe(listen: (news: News) => void): () => void;
  /** Asks for a feed's news until the returned function is called. */
  follow(feed: string): () => void;
  /** False while this process is known to hear nothing; true promises nothing. */
  isSound(): boolean;
};

/** Within one process: delivery after the caller's own turn, so that publishing never runs a listener's code. */
export function inProcessBus({ onFault }: { onFault: (fault: unknown) => void }): Bus {
  const listeners = new Set<(news: News) => void>();
  return {
    publish(all) {
      if (all.length === 0) return;
      setImmediate(() => {
        for (const news of all) {
          for (const listen of listeners) {
            try {
              listen(news);
            } catch (fault) {
              onFault(fault);
            }
          }
        }
      });
    },
    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    follow: () => () => {},
    isSound: () => true,
  };
}
