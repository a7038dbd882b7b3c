import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { WallItem } from '../../../server/protocol/donations.ts';
import type { OverlaySettings } from '../../../server/protocol/overlays.ts';
import { PREVIEW_READY, type PreviewMessage } from '../overlay/preview.ts';
import { useOverlayStudioTexts } from './overlay-text.ts';

/** The overlay is drawn as large as on a stream of this size, and then made small. */
const WIDTH = 1280;
const HEIGHT = 720;
const TEST_AMOUNT = 150_000;
const SAMPLE_AMOUNTS = [250_000, 100_000, 50_000];
const GROUNDS = ['dark', 'light'] as const;

/** The overlay's own page in a frame, which is told the settings as they are being chosen: it holds no link. */
export function OverlayPreview({
  view,
  gifts,
  settings,
}: {
  view: CampaignView;
  gifts: WallItem[];
  settings: OverlaySettings;
}) {
  const t = useOverlayStudioTexts();
  const frame = useRef<HTMLIFrameElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [isReady, setIsReady] = useState(false);
  const [ground, setGround] = useState<(typeof GROUNDS)[number]>('dark');
  const overlayPreview = useMemo(
    () => ({ settings, ...dataOf(view, gifts.length > 0 ? gifts : samples(t.sample)) }),
    [settings, view, gifts, t],
  );
  const tell = (alert: PreviewMessage['alert']) =>
    frame.current?.contentWindow?.postMessage(
      { overlayPreview, alert } satisfies PreviewMessage,
      location.origin,
    );

  useEffect(() => {
    const hear = ({ origin, source, data }: MessageEvent) => {
      if (origin !== location.origin || source !== frame.current?.contentWindow) return;
      if (data === PREVIEW_READY) setIsReady(true);
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  useEffect(() => {
    if (isReady) tell(null);
  }, [isReady, overlayPreview]);
  useEffect(() => {
    const box = stage.current;
    if (!box) return;
    const scale = () => box.style.setProperty('--scale', String(box.clientWidth / WIDTH));
    scale();
    const watch = new ResizeObserver(scale);
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const play = () => {
    const [name = null] = t.sample;
    const message =
      settings.language === 'en'
        ? 'Keep going, hope it is done soon!'
        : 'Semangat terus, semoga lekas selesai!';
    const gift = { id: 'preview', name, amount: TEST_AMOUNT, message, at: new Date().toISOString() };
    tell({ kind: 'ahead', gift, isTest: true });
  };

  return (
    <section class="overlay-preview" aria-labelledby="preview">
      <h2 id="preview">{t.preview.title}</h2>
      <div class="overlay-stage" data-ground={ground} ref={stage}>
        <iframe
          ref={frame}
          title={t.preview.frame}
          src="/overlay/?preview=1"
          width={WIDTH}
          height={HEIGHT}
          tabIndex={-1}
        />
      </div>
      <div class="overlay-preview-foot">
        <button type="button" class="button button-quiet" disabled={!isReady} onClick={play}>
          {t.preview.play}
        </button>
        <fieldset class="chips">
          <legend class="unseen">{t.preview.ground}</legend>
          {GROUNDS.map((one) => (
            <button
              key={one}
              type="button"
              class="chip"
              aria-pressed={ground === one}
              onClick={() => setGround(one)}
            >
              {t.preview[one]}
            </button>
          ))}
        </fieldset>
      </div>
    </section>
  );
}

const samples = (names: string[]): WallItem[] =>
  names.map((name, nth) => ({
    id: `sample-${nth}`,
    name,
    gift: { amount: SAMPLE_AMOUNTS[nth] ?? 0, currency: 'IDR' },
    message: null,
    at: '2026-01-01T00:00:00Z',
  }));

function dataOf(
  { raised, donorCount, status, title, goal, endsOn, endsAt, picture }: CampaignView,
  wall: WallItem[],
) {
  return {
    campaign: {
      totals: { raised, donorCount },
      status,
      title,
      goal,
      endsOn,
      endsAt,
      picture,
      wall,
      updates: [],
    },
    largest: [...wall].sort((a, b) => b.gift.amount - a.gift.amount).slice(0, 5),
  };
}
