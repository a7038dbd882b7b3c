import type { OverlayRow } from '../../db/overlays.ts';
import type { OverlayPage, OverlayState, OverlayView } from '../../protocol/overlays.ts';

export const overlayView = ({ id, settings, created_at }: OverlayRow): OverlayView => ({
  id,
  settings,
  createdAt: created_at.toISOString(),
});

export const overlayState = ({
  settings,
  campaign_id,
  slug,
  title,
  revoked_at,
}: OverlayRow): OverlayState => ({
  settings,
  campaign: { id: campaign_id, slug, title },
  revoked: revoked_at !== null,
});

export const overlayPage = (row: OverlayRow): OverlayPage => ({ id: row.id, ...overlayState(row) });
