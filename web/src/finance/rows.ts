import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export type Row<T> = {
  id: string;
  item: T;
  /** It changed while it was in sight, by somebody else's deed. */
  isChanged: boolean;
};
export type Loaded<T> = {
  items: T[];
  nextCursor: string | null;
  /** Where a row that left a filtered list is looked for, so that it can say what became of it. */
  others?: T[];
};
export type Rows<T> = {
  /** Null until the first answer. */
  rows: Row<T>[] | null;
  error: unknown;
  retry: () => void;
  /** Rows that came in meanwhile: they wait above until the reader asks for them, so that nothing moves. */
  fresh: number;
  showFresh: () => void;
  hasMore: boolean;
  isReading: boolean;
  more: () => void;
  /** After a deed of one's own: as the server then has it. */
  put: (item: T) => void;
  add: (item: T) => void;
};

type Known<T> = { of: string; rows: Row<T>[]; cursor: string | null; newest: Loaded<T> | null };

/**
 * A list that is kept as it is while it is read: rows change in place, and new ones wait until they are asked for.
 * `of` names what is listed, `beat` counts what the feed has told.
 */
export function useRows<T>({
  of,
  beat,
  load,
  idOf,
}: {
  of: string;
  beat: number;
  load: (cursor: string | null) => Promise<Loaded<T>>;
  idOf: (item: T) => string;
}): Rows<T> {
  const [known, setKnown] = useState<Known<T> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isReading, setIsReading] = useState(false);
  const latest = useRef({ of, load, idOf });
  latest.current = { of, load, idOf };
  const state = useRef({ isOver: false, isBusy: false, isDue: false });
  useEffect(() => {
    state.current.isOver = false;
    return () => {
      state.current.isOver = true;
    };
  }, []);

  /** One look at a time; what is told during one is looked at after it. */
  const look = useCallback(async () => {
    const now = state.current;
    if (now.isBusy) {
      now.isDue = true;
      return;
    }
    now.isBusy = true;
    do {
      now.isDue = false;
      const asked = latest.current;
      try {
        const loaded = await asked.load(null);
        if (now.isOver) return;
        if (latest.current.of !== asked.of) now.isDue = true;
        else {
          setError(null);
          setKnown((before) => merged(before, asked.of, loaded, asked.idOf));
        }
      } catch (reason) {
        if (latest.current.of !== asked.of) now.isDue = true;
        else setError(reason);
      }
    } while (now.isDue && !now.isOver);
    now.isBusy = false;
  }, []);
  useEffect(() => void look(), [of, beat, look]);

  const rowsOf = (items: T[]): Row<T>[] => items.map((item) => ({ id: idOf(item), item, isChanged: false }));
  const isKnown = known?.of === of;
  const here = isKnown ? known : null;
  const ids = new Set(here?.rows.map(({ id }) => id));
  const fresh = here?.newest?.items.filter((item) => !ids.has(idOf(item))).length ?? 0;
  const change = (how: (now: Known<T>) => Known<T>) => setKnown((now) => (now?.of === of ? how(now) : now));

  return {
    rows: here?.rows ?? null,
    error: here ? null : error,
    retry: () => {
      setError(null);
      void look();
    },
    fresh,
    showFresh: () =>
      change((now) =>
        now.newest
          ? { ...now, rows: rowsOf(now.newest.items), cursor: now.newest.nextCursor, newest: null }
          : now,
      ),
    hasMore: here !== null && here.cursor !== null,
    isReading,
    more: () => {
      if (!here?.cursor || isReading) return;
      setIsReading(true);
      load(here.cursor)
        .then(({ items, nextCursor }) =>
          change((now) => {
            const had = new Set(now.rows.map(({ id }) => id));
            const next = rowsOf(items.filter((item) => !had.has(idOf(item))));
            return { ...now, rows: [...now.rows, ...next], cursor: nextCursor };
          }),
        )
        .catch(setError)
        .finally(() => setIsReading(false));
    },
    put: (item) =>
      change((now) => ({
        ...now,
        rows: now.rows.map((row) => (row.id === idOf(item) ? { ...row, item, isChanged: false } : row)),
      })),
    add: (item) =>
      change((now) => ({
        ...now,
        rows: [...rowsOf([item]), ...now.rows.filter(({ id }) => id !== idOf(item))],
      })),
  };
}

function merged<T>(
  before: Known<T> | null,
  of: string,
  loaded: Loaded<T>,
  idOf: (item: T) => string,
): Known<T> {
  // Nothing in sight: nothing that could move.
  if (before?.of !== of || before.rows.length === 0) {
    const rows = loaded.items.map((item) => ({ id: idOf(item), item, isChanged: false }));
    return { of, rows, cursor: loaded.nextCursor, newest: null };
  }
  const now = new Map([...(loaded.others ?? []), ...loaded.items].map((item) => [idOf(item), item]));
  const rows = before.rows.map((row) => {
    const item = now.get(row.id);
    if (item === undefined || JSON.stringify(item) === JSON.stringify(row.item)) return row;
    return { ...row, item, isChanged: true };
  });
  return { of, rows, cursor: before.cursor, newest: loaded };
}
