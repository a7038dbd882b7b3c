import { useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { campaign as fetchCampaign } from '../api.ts';
import type { CampaignRow } from './queue.ts';

/** Campaigns that are read ahead: how long each has waited stands in its own view alone, and moving on is instant. */
const AHEAD_MAX = 30;
const AT_ONCE = 3;

export type Views = {
  get: (row: CampaignRow) => CampaignView | undefined;
  errorOf: (row: CampaignRow) => unknown;
  retry: (row: CampaignRow) => void;
  put: (row: CampaignRow, view: CampaignView) => void;
};

/** One that came back after a no was changed in between. */
const keyOf = ({ id, round }: CampaignRow): string => `${id} ${round}`;

/** The whole campaigns behind the rows, fetched a few at a time, `first` before the others. */
export function useViews(rows: CampaignRow[] | null, first: string | null): Views {
  const known = useRef(new Map<string, CampaignView>());
  const failed = useRef(new Map<string, unknown>());
  const running = useRef(new Set<string>());
  const wanted = useRef<CampaignRow[]>([]);
  const isOver = useRef(false);
  const [, renew] = useState(0);
  useEffect(() => {
    isOver.current = false;
    return () => {
      isOver.current = true;
    };
  }, []);

  const fill = () => {
    for (const row of wanted.current) {
      if (running.current.size >= AT_ONCE) return;
      const key = keyOf(row);
      if (known.current.has(key) || failed.current.has(key) || running.current.has(key)) continue;
      running.current.add(key);
      fetchCampaign(row.id)
        .then(({ campaign }) => known.current.set(key, campaign))
        .catch((reason) => failed.current.set(key, reason))
        .finally(() => {
          running.current.delete(key);
          if (isOver.current) return;
          renew((n) => n + 1);
          fill();
        });
    }
  };
  const all = rows ?? [];
  wanted.current = [
    ...all.filter(({ id }) => id === first),
    ...all.filter(({ outcome }) => outcome === null).slice(0, AHEAD_MAX),
  ];
  useEffect(fill, [rows, first]);

  return {
    get: (row) => known.current.get(keyOf(row)),
    errorOf: (row) => failed.current.get(keyOf(row)) ?? null,
    retry: (row) => {
      failed.current.delete(keyOf(row));
      renew((n) => n + 1);
      fill();
    },
    put: (row, view) => {
      known.current.set(keyOf(row), view);
      renew((n) => n + 1);
    },
  };
}
