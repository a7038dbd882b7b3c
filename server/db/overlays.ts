import type { IBaseProtocol } from 'pg-promise';
import type { OverlaySettings } from '../protocol/overlays.ts';
import { sql } from './sql.ts';

export type NewOverlay = {
  id: string;
  campaignId: string;
  secretHash: Buffer;
  settings: OverlaySettings;
  createdBy: string;
  now: Date;
};
export type OverlayRow = {
  id: string;
  campaign_id: string;
  slug: string;
  title: string;
  secret_hash: Buffer;
  settings: OverlaySettings;
  created_at: Date;
  revoked_at: Date | null;
};

const insert = sql('overlays/insert.sql');
const find = sql('overlays/find.sql');
const openOf = sql('overlays/open-of.sql');
const bySecret = sql('overlays/by-secret.sql');
const set = sql('overlays/set.sql');
const revoke = sql('overlays/revoke.sql');

/** Pages that streamers lay over a broadcast, each behind a link of its own. */
export const overlays = (q: IBaseProtocol<unknown>) => ({
  insert: (overlay: NewOverlay) => q.none(insert, overlay),
  find: (id: string) => q.oneOrNone<OverlayRow>(find, { id }),
  /** The one whose link is good; the others of the campaign were revoked. */
  openOf: (campaignId: string) => q.oneOrNone<OverlayRow>(openOf, { campaignId }),
  bySecret: (secretHash: Buffer) => q.oneOrNone<OverlayRow>(bySecret, { secretHash }),
  set: (id: string, settings: OverlaySettings) => q.none(set, { id, settings }),
  revoke: (id: string, now: Date) => q.none(revoke, { id, now }),
});
