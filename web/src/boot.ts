import type { CampaignPage, CampaignView } from '../../server/protocol/campaigns.ts';
import type { WallPage } from '../../server/protocol/donations.ts';
import type { StatementPage } from '../../server/protocol/statement.ts';
import type { UpdatePage } from '../../server/protocol/updates.ts';

/** What the server wrote into the page, so that the first picture needs no further call. */
export type Boot = {
  campaign?: CampaignView;
  wall?: WallPage;
  updates?: UpdatePage;
  statement?: StatementPage;
  campaigns?: CampaignPage;
};

function read(): Boot {
  const text = document.getElementById('boot')?.textContent;
  if (!text) return {};
  try {
    return JSON.parse(text) as Boot;
  } catch {
    return {};
  }
}
let boot: Boot | null = null;

/** Takes a part of the boot data out: it is fresh for one first render and stale for every later visit. */
export function takeBoot<K extends keyof Boot>(
  key: K,
  fits: (value: NonNullable<Boot[K]>) => boolean = () => true,
) {
  boot ??= read();
  const value = boot[key];
  if (!value || !fits(value)) return undefined;
  delete boot[key];
  return value;
}
