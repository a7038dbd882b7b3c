import { useEffect, useState } from 'preact/hooks';
import { campaign } from '../api.ts';

/** Many rows are of the same few campaigns. */
const known = new Map<string, Promise<string | null>>();

function titleOf(id: string): Promise<string | null> {
  const found =
    known.get(id) ??
    campaign(id)
      .then(({ campaign: { title } }) => title)
      .catch(() => {
        known.delete(id);
        return null;
      });
  known.set(id, found);
  return found;
}

/** A campaign's title where an answer names it by its id alone; the id's end until it is known. */
export function CampaignTitle({ id }: { id: string }) {
  const [title, setTitle] = useState<string | null>(null);
  useEffect(() => {
    let isOver = false;
    void titleOf(id).then((found) => {
      if (!isOver) setTitle(found);
    });
    return () => {
      isOver = true;
    };
  }, [id]);
  return <span lang="id">{title ?? `…${id.slice(-8)}`}</span>;
}
