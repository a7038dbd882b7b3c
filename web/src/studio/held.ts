import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * True while a person is at a list: the pointer rests on it, or its top is scrolled out of view. Rows that came on top
 * would then move what is being read or aimed at. `region` also holds what the list is worked with, so that reaching
 * for it does not count as leaving.
 */
export function useAtHand(region: RefObject<HTMLElement | null>, isThere: boolean): boolean {
  const [isAtHand, setIsAtHand] = useState(false);
  useEffect(() => {
    const element = region.current;
    if (!element || !isThere) return;
    let isOver = false;
    const look = () => setIsAtHand(isOver || element.getBoundingClientRect().top < 0);
    // A finger leaves nothing behind that could miss its row; scrolling tells that it reads.
    const over = (event: PointerEvent) => {
      isOver = event.pointerType === 'mouse';
      look();
    };
    const out = () => {
      isOver = false;
      look();
    };
    element.addEventListener('pointerenter', over);
    element.addEventListener('pointerleave', out);
    addEventListener('scroll', look, { passive: true });
    return () => {
      element.removeEventListener('pointerenter', over);
      element.removeEventListener('pointerleave', out);
      removeEventListener('scroll', look);
    };
  }, [region, isThere]);
  return isAtHand;
}

export type Held<T> = {
  /** What to show: the rows as they were when holding began, or the newest. */
  rows: T[];
  /** Rows that wait above, or 0. */
  waiting: number;
  /** Rows on show read differently by now. */
  hasChanged: boolean;
  /** Shows the newest at a person's own wish, and holds on from there. */
  release: () => void;
};

/**
 * Keeps the rows still while `isHeld`. `list` names them: another list begins afresh. `mustShow` says what may not
 * wait, e.g. that a name was taken back.
 */
export function useHeld<T extends { id: string }>(
  list: string,
  rows: T[],
  isHeld: boolean,
  mustShow: (held: T, now: T) => boolean,
): Held<T> {
  const kept = useRef<T[] | null>(null);
  const of = useRef(list);
  const [, renew] = useState(0);
  if (!isHeld || of.current !== list) kept.current = null;
  of.current = list;
  if (isHeld) kept.current ??= rows;
  const release = () => {
    kept.current = rows;
    renew((n) => n + 1);
  };
  if (!kept.current) return { rows, waiting: 0, hasChanged: false, release };
  const now = new Map(rows.map((row) => [row.id, row]));
  const held = kept.current.map((row) => {
    const fresh = now.get(row.id);
    return fresh && mustShow(row, fresh) ? fresh : row;
  });
  // What is fetched below at the reader's wish moves nothing above it.
  const last = held.at(-1);
  const below = last ? rows.slice(rows.findIndex(({ id }) => id === last.id) + 1) : [];
  const ids = new Set(held.map(({ id }) => id));
  const shown = [...held, ...below.filter(({ id }) => !ids.has(id))];
  const firstKnown = rows.findIndex(({ id }) => ids.has(id));
  return {
    rows: shown,
    waiting: firstKnown < 0 ? rows.length : firstKnown,
    hasChanged: held.some((row) => {
      const fresh = now.get(row.id);
      return !fresh || fresh !== row;
    }),
    release,
  };
}
