import { useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { campaign as fetchCampaign } from '../api.ts';
import type { CampaignRow } from './queue.ts';

/** Campaigns that are read ahead: how long each has waited stands in its own view alone, and moving on is instant. */
const AHEAD_MAX = 30;
const AT_ONCE = 3;

export type Views = {
  get: (id: string) => CampaignView | undefined;
  errorOf: (id: string) => unknown;
  retry: (id: string) => void;
  put: (view: CampaignView) => void;
};

/** The whole campaigns behind the rows, fetched a few at a time, `first` before the others. */
export function useViews(rows: CampaignRow[] | null, first: string | null): Views {
  const known = useRef(new Map<string, { card: unknown; view: CampaignView }>());
  const failed = useRef(new Map<string, unknown>());
  const running = useRef(new Set<string>());
  const wanted = useRef<CampaignRow[]>([]);
  const isOver = useRef(false);
  const [, renew] = useState(0);
  useEffect(() => () => void (isOver.current = true), []);

  const fill = () => {
    for (const { id, item } of wanted.current) {
      if (running.current.size >= AT_ONCE) return;
      const has = known.current.get(id);
      if (has || failed.current.has(id) || running.current.has(id)) continue;
      running.current.add(id);
      fetchCampaign(id)
        .then(({ campaign }) => known.current.set(id, { card: item, view: campaign }))
        .catch((reason) => failed.current.set(id, reason))
        .finally(() => {
          running.current.delete(id);
          if (isOver.current) return;
          renew((n) => n + 1);
          fill();
        });
    }
  };
  const open = (rows ?? []).filter(({ outcome }) => outcome === null);
  const chosen = (rows ?? []).filter(({ id }) => id === first);
  wanted.current = [...chosen, ...open.slice(0, AHEAD_MAX)];
  // A campaign that came back after a no was changed in between.
  for (const row of open) {
    if (row.isNew && known.current.get(row.id)?.view.status === 'rejected') known.current.delete(row.id);
  }
  useEffect(fill, [rows, first]);

  return {
    get: (id) => known.current.get(id)?.view,
    errorOf: (id) => failed.current.get(id),
    retry: (id) => {
      failed.current.delete(id);
      renew((n) => n + 1);
      fill();
    },
    put: (view) => {
      known.current.set(view.id, { card: null, view });
      renew((n) => n + 1);
    },
  };
}
