import { parseFeed } from '../server/protocol/feeds.ts';
import { type Bus, type Ear, Follower, type Source, type Surroundings } from './follower.ts';
import { COMPARE_EVERY_MS, COMPARE_UNHEARD_MS, FOLLOWERS_MAX, RELEASE_MS, SOURCE_MS_MAX } from './limits.ts';

export type Followers = ReturnType<typeof followers>;

type Followed = {
  follower: Follower;
  opened: Promise<boolean>;
  holds: number;
  unfollow(): void;
  release?: NodeJS.Timeout;
};

/** One follower per feed that somebody here watches, and for a while after the last one left. */
export function followers(
  options: { source: Source; bus: Bus } & Omit<Surroundings, 'read' | 'heads' | 'gone'> & {
      gone(feed: string): void;
    },
) {
  const { source, metrics, fault } = options;
  const followed = new Map<string, Followed>();

  const around: Surroundings = {
    ...options,
    read: (feed, since) => withinTime(source.read(feed, since)),
    heads: (feeds) => withinTime(source.heads(feeds)),
    gone: ({ feed }) => {
      forget(feed);
      options.gone(feed);
    },
  };

  function follow(feed: string): Followed {
    const follower = new Follower(feed, around);
    const unfollow = options.bus.follow(feed);
    // Known to the bus before the first read, so that nothing falls between the two.
    const one: Followed = { follower, opened: follower.open(), holds: 0, unfollow };
    followed.set(feed, one);
    metrics.followers.set(followed.size);
    const giveUp = () => {
      if (followed.get(feed) === one) forget(feed);
    };
    one.opened.then((isThere) => isThere || giveUp(), giveUp);
    return one;
  }

  function forget(feed: string): void {
    const one = followed.get(feed);
    if (!one) return;
    clearTimeout(one.release);
    one.follower.stop();
    one.unfollow();
    followed.delete(feed);
    metrics.followers.set(followed.size);
  }

  /** Makes room by forgetting a feed that nobody watches; the oldest of them is found first. */
  function hasRoom(): boolean {
    if (followed.size < FOLLOWERS_MAX) return true;
    for (const [feed, { holds }] of followed) {
      if (holds > 0) continue;
      forget(feed);
      return true;
    }
    return false;
  }

  let isComparing = false;
  async function compare(): Promise<void> {
    const before = new Map<Follower, number>();
    for (const { follower } of followed.values()) {
      if (follower.isOpen) before.set(follower, follower.head);
    }
    if (isComparing || before.size === 0) return;
    isComparing = true;
    try {
      const heads = await around.heads([...before.keys()].map(({ feed }) => feed));
      const byFeed = new Map(heads.map((head) => [head.feed, head]));
      for (const [follower, head] of before) follower.compare(byFeed.get(follower.feed), head);
    } catch (error) {
      fault('compare heads', error);
    } finally {
      isComparing = false;
    }
  }

  const unsubscribe = options.bus.subscribe((news) => followed.get(news.feed)?.follower.take(news));
  let beat = 0;
  let wasSound = true;
  const clock = setInterval(() => {
    const isWhole = ++beat % (COMPARE_EVERY_MS / COMPARE_UNHEARD_MS) === 0;
    const isSound = options.bus.isSound();
    // Once more when it is back: what was said before it listened again is not repeated.
    if (isWhole || !isSound || !wasSound) void compare();
    wasSound = isSound;
    if (!isWhole) return;
    const now = Date.now();
    for (const { follower } of followed.values()) follower.tick(now);
  }, COMPARE_UNHEARD_MS);

  return {
    /**
     * The feed's follower, opened, and kept until `release` is called once for it. Null if there is no such feed.
     * Rejects if the database does not answer; undefined if this process follows too many feeds already.
     */
    async hold(feed: string): Promise<Follower | null | undefined> {
      if (!followed.has(feed) && !hasRoom()) return undefined;
      const one = followed.get(feed) ?? follow(feed);
      clearTimeout(one.release);
      one.holds++;
      try {
        if (await one.opened) return one.follower;
      } catch (error) {
        one.holds--;
        throw error;
      }
      one.holds--;
      return null;
    },

    /** One more hold of a follower that the caller holds already. */
    keep(follower: Follower): void {
      const one = followed.get(follower.feed);
      if (one?.follower === follower) one.holds++;
    },

    release(follower: Follower): void {
      const one = followed.get(follower.feed);
      if (one?.follower !== follower) return;
      one.holds--;
      if (one.holds > 0) return;
      clearTimeout(one.release);
      one.release = setTimeout(() => forget(follower.feed), RELEASE_MS);
    },

    /** Follows a feed for this process itself, for good. False if it cannot be had yet. */
    async listen(feed: string, ear: Ear): Promise<boolean> {
      const follower = await this.hold(feed);
      follower?.listen(ear);
      return !!follower;
    },

    /** How many watch each campaign here. */
    viewers(): [string, number][] {
      return [...followed.values()]
        .filter(({ follower }) => follower.watchers > 0 && parseFeed(follower.feed).kind === 'campaign')
        .map(({ follower }) => [follower.feed, follower.watchers]);
    },

    stats(): { feeds: number; watchers: number } {
      let watchers = 0;
      for (const { follower } of followed.values()) watchers += follower.watchers;
      return { feeds: followed.size, watchers };
    },

    stop(): void {
      unsubscribe();
      clearInterval(clock);
      for (const feed of [...followed.keys()]) forget(feed);
    },
  };
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer from the database in ${SOURCE_MS_MAX} ms`)),
      SOURCE_MS_MAX,
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
