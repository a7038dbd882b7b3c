import { useEffect, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { OverlaySettings, OverlayView } from '../../../server/protocol/overlays.ts';
import { money } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import { useCampaign } from './campaign.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { NotHere, NotYet } from './NotYet.tsx';
import { OverlayLink } from './OverlayLink.tsx';
import { OverlayPreview } from './OverlayPreview.tsx';
import { SettingsForm } from './OverlaySettings.tsx';
import { fetchOverlay, replayAlert, skipAlert, testAlert } from './overlay-calls.ts';
import { useOverlayStudioTexts } from './overlay-text.ts';
import { type Gift, useOwnerFeed } from './owner-feed.ts';
import './studio.css';
import './overlay.css';

const TEST_AMOUNT = 150_000;
const RECENT = 8;

export default function Overlay({ id }: { id: string }) {
  return <Gate to="studio">{(me) => <Loading key={`${me.id} ${id}`} id={id} />}</Gate>;
}

function Loading({ id }: { id: string }) {
  const t = useOverlayStudioTexts();
  const loaded = useCampaign(id, null);
  const { view } = loaded;
  if (!view) return <NotYet loaded={loaded} title={t.title} />;
  if (view.team?.role !== 'owner' && view.team?.role !== 'editor') {
    return <NotHere title={view.title} text={t.refused} />;
  }
  return <Page view={view} />;
}

function Page({ view }: { view: CampaignView }) {
  const site = useTexts();
  const t = useOverlayStudioTexts();
  const live = useOwnerFeed(view.id);
  const [overlay, setOverlay] = useState<OverlayView | null | undefined>(undefined);
  const [settings, setSettings] = useState<OverlaySettings | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const isPublic = ['live', 'paused', 'ended'].includes(view.status);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    fetchOverlay(view.id, stop.signal).then(
      (found) => {
        setOverlay(found);
        setSettings(found?.settings ?? null);
      },
      (reason) => {
        if (!stop.signal.aborted) setError(reason);
      },
    );
    return () => stop.abort();
  }, [view.id, attempt]);
  const become = (next: OverlayView | null) => {
    setOverlay(next);
    // A link that was renewed keeps what is being chosen just now.
    setSettings((now) => (next ? (now ?? next.settings) : null));
  };
  const shown = live.totals ? { ...view, ...live.totals } : view;
  return (
    <Layout title={`${t.title}: ${view.title}`}>
      <div class="wrap staff">
        <Head view={view} title={view.title} current="overlay" />
        <p class="quiet overlay-lead">{t.lead}</p>
        {!isPublic && <p class="notice">{t.notYet}</p>}
        {error !== null && <Problem error={error} retry={() => setAttempt((n) => n + 1)} />}
        {isPublic && overlay === undefined && error === null && (
          <div role="status">
            <span class="unseen">{site.site.loading}</span>
            <div class="bones staff-bone" />
            <div class="bones staff-bone" />
          </div>
        )}
        {isPublic && overlay !== undefined && (
          <div class="overlay-page">
            <div class="overlay-side">
              {overlay && settings && <OverlayPreview view={shown} gifts={live.gifts} settings={settings} />}
              {overlay && <Live campaignId={view.id} gifts={live.gifts} />}
            </div>
            <div class="overlay-main">
              <OverlayLink
                campaignId={view.id}
                timezone={view.timezone}
                overlay={overlay}
                onOverlay={become}
              />
              {overlay && settings && (
                <SettingsForm
                  campaignId={view.id}
                  saved={overlay.settings}
                  settings={settings}
                  onSettings={setSettings}
                  onSaved={(next) => {
                    setOverlay(next);
                    setSettings(next.settings);
                  }}
                />
              )}
            </div>
          </div>
        )}
      </div>
    </Layout>
  );
}

/** What the team does while the stream runs. */
function Live({ campaignId, gifts }: { campaignId: string; gifts: Gift[] }) {
  const site = useTexts();
  const { live: t } = useOverlayStudioTexts();
  const [said, setSaid] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const run = async (deed: () => Promise<unknown>, done: string) => {
    if (isBusy) return;
    setIsBusy(true);
    setError(null);
    setSaid('');
    try {
      await deed();
      setSaid(done);
    } catch (reason) {
      setError(reason);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <section class="stack" aria-labelledby="live">
      <h2 id="live">{t.title}</h2>
      <p class="overlay-deeds">
        <button
          type="button"
          class="button button-quiet"
          onClick={() => void run(() => testAlert(campaignId, TEST_AMOUNT), t.tested)}
        >
          {t.test}
        </button>
        <button
          type="button"
          class="button-text"
          onClick={() => void run(() => skipAlert(campaignId, 'shown'), t.skipped)}
        >
          {t.skip}
        </button>
        <button
          type="button"
          class="button-text"
          onClick={() => void run(() => skipAlert(campaignId, 'all'), t.skipped)}
        >
          {t.skipAll}
        </button>
      </p>
      <p class="small" role="status">
        {said}
      </p>
      {error !== null && <Problem error={error} />}
      <h3>{t.recent}</h3>
      {gifts.length === 0 ? (
        <p class="quiet">{t.none}</p>
      ) : (
        <ul class="overlay-gifts">
          {gifts.slice(0, RECENT).map(({ id, name, gift }) => {
            const who = name ?? site.campaign.anonymous;
            return (
              <li key={id}>
                <span class="overlay-gift-name">{who}</span>
                <strong class="figures">{money(gift)}</strong>
                <button
                  type="button"
                  class="button-text"
                  aria-label={t.replayOf(who, money(gift))}
                  onClick={() => void run(() => replayAlert(campaignId, id), t.replayed(who))}
                >
                  {t.replay}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
