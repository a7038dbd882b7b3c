import { useRef, useState } from 'preact/hooks';
import type { OverlayMade, OverlayView } from '../../../server/protocol/overlays.ts';
import { dateTime } from '../format.ts';
import { newKey } from '../new-key.ts';
import { Problem } from '../parts/Problem.tsx';
import { copy } from '../parts/Share.tsx';
import { makeOverlay, renewOverlay, revokeOverlay } from './overlay-calls.ts';
import { useOverlayStudioTexts } from './overlay-text.ts';

type Asked = 'renew' | 'revoke' | null;
const PIECES = ['?show=alert', '?show=goal', '?show=last', '?show=top'];

/** The secret link: made, shown once, renewed, withdrawn. */
export function OverlayLink({
  campaignId,
  timezone,
  overlay,
  onOverlay,
}: {
  campaignId: string;
  timezone: string;
  overlay: OverlayView | null;
  onOverlay: (overlay: OverlayView | null) => void;
}) {
  const { link: t } = useOverlayStudioTexts();
  const [secret, setSecret] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [said, setSaid] = useState('');
  /** Kept until there is an answer: a link that was made and not heard of is told again by the same key. */
  const key = useRef(newKey());
  const field = useRef<HTMLInputElement>(null);

  async function run(deed: () => Promise<string>): Promise<void> {
    if (isBusy) return;
    setIsBusy(true);
    setError(null);
    setSaid('');
    try {
      setSaid(await deed());
      setAsked(null);
    } catch (reason) {
      setError(reason);
    } finally {
      setIsBusy(false);
    }
  }
  const begin = (call: (campaignId: string, key: string) => Promise<OverlayMade>) =>
    run(async () => {
      const made = await call(campaignId, key.current);
      key.current = newKey();
      setSecret(made.secret);
      onOverlay(made.overlay);
      requestAnimationFrame(() => field.current?.focus());
      return '';
    });
  const withdraw = () =>
    run(async () => {
      await revokeOverlay(campaignId);
      setSecret(null);
      onOverlay(null);
      return t.revoked;
    });

  const address = `${location.origin}/overlay/#${secret}`;
  return (
    <section class="stack" aria-labelledby="link">
      <h2 id="link">{t.title}</h2>
      {!overlay && (
        <>
          <p class="quiet">{t.none}</p>
          <p>
            <button
              type="button"
              class="button button-call"
              disabled={isBusy}
              onClick={() => void begin(makeOverlay)}
            >
              {t.make}
            </button>
          </p>
        </>
      )}
      {overlay && secret && (
        <div class="overlay-link notice notice-good">
          <label for="overlay-link">{t.field}</label>
          <div class="overlay-link-row">
            <input
              id="overlay-link"
              ref={field}
              class="input"
              readOnly
              value={address}
              aria-describedby="overlay-link-once"
              onFocus={({ currentTarget }) => currentTarget.select()}
            />
            <button
              type="button"
              class="button"
              onClick={() => void copy(address).then((isDone) => setSaid(isDone ? t.copied : ''))}
            >
              {t.copy}
            </button>
          </div>
          <p id="overlay-link-once" class="small">
            {t.once} {t.none}
          </p>
        </div>
      )}
      {overlay && !secret && (
        <p>
          {t.open(dateTime(overlay.createdAt, timezone))} <span class="quiet">{t.lost}</span>
        </p>
      )}
      <p class="small" role="status">
        {said}
      </p>
      {error !== null && <Problem error={error} />}
      {overlay && asked === null && (
        <p class="overlay-deeds">
          <button type="button" class="button button-quiet" onClick={() => setAsked('renew')}>
            {t.renew}
          </button>
          <button type="button" class="button-text" onClick={() => setAsked('revoke')}>
            {t.revoke}
          </button>
        </p>
      )}
      {overlay && asked !== null && (
        <div class="notice">
          <p>{asked === 'renew' ? t.renewSure : t.revokeSure}</p>
          <p class="overlay-deeds">
            <button
              type="button"
              class="button button-quiet"
              disabled={isBusy}
              onClick={() => void (asked === 'renew' ? begin(renewOverlay) : withdraw())}
            >
              {asked === 'renew' ? t.renewYes : t.revokeYes}
            </button>
            <button type="button" class="button-text" onClick={() => setAsked(null)}>
              {t.no}
            </button>
          </p>
        </div>
      )}
      <details class="fold overlay-how">
        <summary>{t.how}</summary>
        <ol>
          {t.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <p class="small quiet">{t.pieces}</p>
        <p class="small overlay-pieces">
          {PIECES.map((piece) => (
            <code key={piece}>{piece}</code>
          ))}
        </p>
      </details>
    </section>
  );
}
