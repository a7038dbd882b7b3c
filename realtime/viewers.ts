import { randomUUID } from 'node:crypto';
import type { LiveServer } from './session.ts';

/** How often a process says how many watch it, changed or not. */
export const SAY_EVERY_MS = 1_000;
/**
 * A process that has said nothing for this long is gone, and so are its viewers. With the second until this is looked
 * at and the one until watchers are told, a count is right again five seconds after a process has died.
 */
export const FORGET_MS = 3_000;
/** Campaigns in one message; the ones beyond it are counted where they are watched. */
const FEEDS_MAX = 5_000;
/** Processes that are listened to. */
const NODES_MAX = 200;

/**
 * How many watch a campaign at the other processes. Each says its own numbers once a second over the adapter; what is
 * lost on the way is said again a second later.
 */
export function viewersElsewhere({ io, own }: { io: LiveServer; own(): [string, number][] }) {
  const node = randomUUID();
  const heard = new Map<string, { at: number; counts: Map<string, number> }>();
  let total = new Map<string, number>();

  const addUp = (): void => {
    const over = Date.now() - FORGET_MS;
    total = new Map();
    for (const [from, { at, counts }] of heard) {
      if (at < over) heard.delete(from);
      else for (const [feed, count] of counts) total.set(feed, (total.get(feed) ?? 0) + count);
    }
  };
  io.on('viewers', (said) => {
    if (said.node === node || (heard.size >= NODES_MAX && !heard.has(said.node))) return;
    heard.set(said.node, { at: Date.now(), counts: new Map(said.counts) });
    addUp();
  });
  const clock = setInterval(() => {
    addUp();
    io.serverSideEmit('viewers', { node, counts: own().slice(0, FEEDS_MAX) });
  }, SAY_EVERY_MS);

  return {
    count: (feed: string): number => total.get(feed) ?? 0,
    /** The others need not wait until this process is forgotten. */
    stop(): void {
      clearInterval(clock);
      io.serverSideEmit('viewers', { node, counts: [] });
    },
  };
}
