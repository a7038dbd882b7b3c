import { render } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Alert as Told } from '../alerts/queue.ts';
import { language } from '../i18n/language.ts';
import { Alert } from './Alert.tsx';
import { Goal, Last, Top } from './Pieces.tsx';
import { LEAVE_MS } from './player.ts';
import { usePreview } from './preview.ts';
import { type Piece, piecesIn } from './settings.ts';
import { useOverlayTexts } from './text.ts';
import { type Shown, useOverlay } from './use-overlay.ts';
import './overlay.css';

const pieces = piecesIn(location.search);
// Behind `#`, so that it stands in no log, no history of requests and no referrer.
const secret = location.hash.slice(1);
const isPreview = new URLSearchParams(location.search).has('preview') && parent !== window;

const Linked = () => <Screen shown={useOverlay(secret, pieces)} />;
const Previewed = () => <Screen shown={usePreview()} />;

function Screen({ shown }: { shown: Shown }) {
  const { settings, campaign, largest, alert, status, isGone } = shown;
  // Before anything is drawn in it: sums are written as the language writes them.
  if (settings) language.value = settings.language;
  const t = useOverlayTexts();
  useLayoutEffect(() => {
    document.documentElement.lang = language.value;
    document.documentElement.dataset.theme = settings?.theme ?? 'malam';
  }, [settings?.theme, settings?.language]);
  if (isGone) return <Notice text={t.gone} />;
  if (!settings) return null;
  const only = pieces.size === 1 ? [...pieces][0] : undefined;
  return (
    <div class="screen" data-only={only}>
      {has('alert') && <Stage alert={alert} withMessage={settings.message} />}
      {campaign && (
        <>
          {has('goal') && <Goal campaign={campaign} />}
          {has('last') && <Last gift={campaign.wall[0]} />}
          {has('top') && <Top gifts={largest} />}
        </>
      )}
      {status !== 'live' && <span class="away" title={t.away} />}
    </div>
  );
}

const has = (piece: Piece): boolean => pieces.has(piece);

/** Where alerts come and go. The words of one stay until it has left. */
function Stage({ alert, withMessage }: { alert: Told | null; withMessage: boolean }) {
  const [last, setLast] = useState(alert);
  const nth = useRef(0);
  if (alert && alert !== last) {
    nth.current += 1;
    setLast(alert);
  }
  useEffect(() => {
    if (alert) return;
    const timer = setTimeout(() => setLast(null), LEAVE_MS - 50);
    return () => clearTimeout(timer);
  }, [alert]);
  const shown = alert ?? last;
  return (
    <div class="stage">
      {shown && <Alert key={nth.current} alert={shown} withMessage={withMessage} isLeaving={!alert} />}
    </div>
  );
}

const Notice = ({ text }: { text: string }) => <p class="overlay-notice">{text}</p>;

const Incomplete = () => <Notice text={useOverlayTexts().incomplete} />;

// Whoever puts another link into the same source gets what that one shows.
addEventListener('hashchange', () => location.reload());

const root = document.getElementById('overlay');
if (root) render(isPreview ? <Previewed /> : secret ? <Linked /> : <Incomplete />, root);
