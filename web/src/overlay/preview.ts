import { useEffect, useRef, useState } from 'preact/hooks';
import type { WallItem } from '../../../server/protocol/donations.ts';
import type { CampaignState } from '../../../server/protocol/feeds.ts';
import type { OverlaySettings } from '../../../server/protocol/overlays.ts';
import type { Alert } from '../alerts/queue.ts';
import { waited } from './player.ts';
import { ring } from './sound.ts';
import { say } from './speech.ts';
import { spoken } from './text.ts';
import type { Shown } from './use-overlay.ts';

/** What the studio tells the preview that stands in it; `alert` is played once per message. */
export type PreviewMessage = {
  overlayPreview: { settings: OverlaySettings; campaign: CampaignState; largest: WallItem[] };
  alert: Alert | null;
};
export const PREVIEW_READY = 'sk.overlay-preview-ready';

/** The overlay inside the studio: no link, no feed; settings as they are being chosen. */
export function usePreview(): Shown {
  const [shown, setShown] = useState<Shown>({
    settings: null,
    campaign: null,
    largest: [],
    alert: null,
    status: 'live',
    isGone: false,
  });
  const playing = useRef<AbortController | null>(null);
  useEffect(() => {
    const play = async (alert: Alert, settings: OverlaySettings) => {
      playing.current?.abort();
      const stop = new AbortController();
      playing.current = stop;
      setShown((now) => ({ ...now, alert }));
      if (settings.sound) ring();
      const { voice } = settings;
      const read = settings.speech
        ? waited(900, stop.signal).then(() => say(spoken(alert, voice, settings.message), voice, stop.signal))
        : null;
      await Promise.all([waited(settings.alertSeconds * 1_000, stop.signal), read]);
      if (playing.current === stop) setShown((now) => ({ ...now, alert: null }));
    };
    const hear = ({ origin, source, data }: MessageEvent) => {
      if (origin !== location.origin || source !== parent || !data?.overlayPreview) return;
      const { overlayPreview, alert } = data as PreviewMessage;
      setShown((now) => ({ ...now, ...overlayPreview }));
      if (alert) void play(alert, overlayPreview.settings);
    };
    addEventListener('message', hear);
    parent.postMessage(PREVIEW_READY, location.origin);
    return () => {
      removeEventListener('message', hear);
      playing.current?.abort();
    };
  }, []);
  return shown;
}
