import { useEffect, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { campaign } from '../api.ts';

type Known = Pick<CampaignView, 'title' | 'beneficiary'>;
/** Many rows are of the same few campaigns. */
const known = new Map<string, Promise<Known | null>>();

function read(id: string): Promise<Known | null> {
  const found =
    known.get(id) ??
    campaign(id)
      .then(({ campaign: { title, beneficiary } }) => ({ title, beneficiary }))
      .catch(() => {
        known.delete(id);
        return null;
      });
  known.set(id, found);
  return found;
}

/** A campaign that an answer names by its id alone; null until it is known. */
export function useCampaign(id: string): Known | null {
  const [found, setFound] = useState<Known | null>(null);
  useEffect(() => {
    let isOver = false;
    void read(id).then((one) => {
      if (!isOver) setFound(one);
    });
    return () => {
      isOver = true;
    };
  }, [id]);
  return found;
}

/** The end of the id until the title is known. */
export const CampaignTitle = ({ id }: { id: string }) => (
  <span lang="id">{useCampaign(id)?.title ?? `…${id.slice(-8)}`}</span>
);
