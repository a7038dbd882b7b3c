import { useEffect, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { campaign as fetchCampaign } from '../api.ts';

/** A campaign that was made a moment ago, for the page that opens it next; `pictureError` if its picture did not follow. */
export type Created = { view: CampaignView; pictureError: unknown };
let created: Created | null = null;
export const handOver = (made: Created): void => {
  created = made;
};
/** Takes what was handed over for this id; a second visit asks the server. */
export function takeCreated(id: string | null): Created | null {
  const made = created?.view.id === id ? created : null;
  if (made) created = null;
  return made;
}

export type Loaded = {
  view: CampaignView | null;
  error: unknown;
  retry: () => void;
  setView: (view: CampaignView) => void;
};

/** A campaign as its team sees it; `first` spares the first call. */
export function useCampaign(id: string | null, first: CampaignView | null): Loaded {
  const [view, setView] = useState(first);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const isKnown = view !== null;
  useEffect(() => {
    if (!id || isKnown) return;
    const stop = new AbortController();
    setError(null);
    fetchCampaign(id, stop.signal)
      .then(({ campaign }) => setView(campaign))
      .catch((reason) => {
        if (!stop.signal.aborted) setError(reason);
      });
    return () => stop.abort();
  }, [id, isKnown, attempt]);
  return { view, error, retry: () => setAttempt((n) => n + 1), setView };
}
