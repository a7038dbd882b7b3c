import type { Money } from './money.ts';

/** Named after the night that the platform is about: night, dawn, and plain. */
export const OVERLAY_THEMES = ['malam', 'fajar', 'polos'] as const;
export const OVERLAY_LANGUAGES = ['id', 'en'] as const;
export const OVERLAY_VOICES = ['id-ID', 'en-US'] as const;
export const ALERT_SECONDS_MIN = 4;
export const ALERT_SECONDS_MAX = 30;
/** Gifts that an overlay lists as the largest. */
export const LARGEST_MAX = 10;

export type OverlaySettings = {
  theme: (typeof OVERLAY_THEMES)[number];
  language: (typeof OVERLAY_LANGUAGES)[number];
  /** Smaller gifts light no alert; they count like all others. */
  alertFrom: Money;
  alertSeconds: number;
  sound: boolean;
  /** Words of donors, as far as the public may read them. */
  message: boolean;
  /** Read aloud by the browser. */
  speech: boolean;
  voice: (typeof OVERLAY_VOICES)[number];
  speechFrom: Money;
};

/** What the team sees of its overlay. The link is told once, when it is made. */
export type OverlayView = { id: string; settings: OverlaySettings; createdAt: string };
export type OverlayMade = { overlay: OverlayView; secret: string };

/** What the overlay's own page needs to begin; also the state of its feed. */
export type OverlayState = {
  settings: OverlaySettings;
  campaign: { id: string; slug: string; title: string };
  /** The link was renewed or withdrawn. */
  revoked: boolean;
};
export type OverlayPage = { id: string } & OverlayState;

export type TestAlertRequest = { gift: Money };
export type ReplayRequest = { donationId: string };
export type SkipRequest = { what: 'shown' | 'all' };
