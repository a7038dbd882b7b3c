import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import {
  ALERT_SECONDS_MAX,
  ALERT_SECONDS_MIN,
  OVERLAY_LANGUAGES,
  OVERLAY_THEMES,
  OVERLAY_VOICES,
  type OverlaySettings,
  type OverlayView,
} from '../../../server/protocol/overlays.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { setOverlay } from './overlay-calls.ts';
import { useOverlayStudioTexts } from './overlay-text.ts';
import { RupiahInput } from './RupiahInput.tsx';

const rupiah = (amount: number | null) => ({ amount: amount ?? 0, currency: 'IDR' as const });
const isSame = (a: OverlaySettings, b: OverlaySettings): boolean =>
  (Object.keys(a) as (keyof OverlaySettings)[]).every(
    (key) => JSON.stringify(a[key]) === JSON.stringify(b[key]),
  );

/** How the overlay looks and sounds. The preview beside it follows every choice; the stream follows `save`. */
export function SettingsForm({
  campaignId,
  saved,
  settings,
  onSettings,
  onSaved,
}: {
  campaignId: string;
  saved: OverlaySettings;
  settings: OverlaySettings;
  onSettings: (settings: OverlaySettings) => void;
  onSaved: (overlay: OverlayView) => void;
}) {
  const { settings: t } = useOverlayStudioTexts();
  const [isBusy, setIsBusy] = useState(false);
  const [isDone, setIsDone] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isChanged = !isSame(settings, saved);
  const set = (changes: Partial<OverlaySettings>) => {
    setIsDone(false);
    onSettings({ ...settings, ...changes });
  };
  const save = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setError(null);
    try {
      onSaved(await setOverlay(campaignId, settings));
      setIsDone(true);
    } catch (reason) {
      setError(reason);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form class="stack overlay-form" aria-labelledby="settings" onSubmit={(event) => void save(event)}>
      <h2 id="settings">{t.title}</h2>
      <fieldset>
        <legend>{t.theme}</legend>
        <div class="overlay-themes">
          {OVERLAY_THEMES.map((theme) => (
            <label key={theme} class="overlay-theme" data-theme-of={theme}>
              <input
                type="radio"
                name="theme"
                value={theme}
                checked={settings.theme === theme}
                onChange={() => set({ theme })}
              />
              <span class="overlay-swatch" aria-hidden="true">
                Rp
              </span>
              <span>
                <strong>{t.themes[theme].name}</strong>
                <small class="quiet">{t.themes[theme].hint}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="studio-pair">
        <Field id="language" label={t.language}>
          {(describe) => (
            <select
              {...describe}
              class="input"
              value={settings.language}
              onChange={({ currentTarget: { value } }) =>
                set({ language: OVERLAY_LANGUAGES.find((one) => one === value) ?? 'id' })
              }
            >
              {OVERLAY_LANGUAGES.map((one) => (
                <option key={one} value={one}>
                  {t.languages[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field id="seconds" label={`${t.seconds}: ${t.secondsOf(settings.alertSeconds)}`}>
          {(describe) => (
            <input
              {...describe}
              type="range"
              class="overlay-range"
              min={ALERT_SECONDS_MIN}
              max={ALERT_SECONDS_MAX}
              value={settings.alertSeconds}
              aria-valuetext={t.secondsOf(settings.alertSeconds)}
              onInput={({ currentTarget: { value } }) => set({ alertSeconds: Number(value) })}
            />
          )}
        </Field>
      </div>
      <Field id="alert-from" label={t.alertFrom} hint={t.alertFromHint}>
        {(describe) => (
          <RupiahInput
            describe={describe}
            amount={settings.alertFrom.amount || null}
            onAmount={(amount) => set({ alertFrom: rupiah(amount) })}
          />
        )}
      </Field>
      <Tick isOn={settings.message} hint={t.messageHint} onTick={(message) => set({ message })}>
        {t.message}
      </Tick>
      <Tick isOn={settings.sound} onTick={(sound) => set({ sound })}>
        {t.sound}
      </Tick>
      <Tick isOn={settings.speech} onTick={(speech) => set({ speech })}>
        {t.speech}
      </Tick>
      {settings.speech && (
        <div class="studio-pair">
          <Field id="voice" label={t.voice}>
            {(describe) => (
              <select
                {...describe}
                class="input"
                value={settings.voice}
                onChange={({ currentTarget: { value } }) =>
                  set({ voice: OVERLAY_VOICES.find((one) => one === value) ?? 'id-ID' })
                }
              >
                {OVERLAY_VOICES.map((one) => (
                  <option key={one} value={one}>
                    {t.voices[one]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field id="speech-from" label={t.speechFrom}>
            {(describe) => (
              <RupiahInput
                describe={describe}
                amount={settings.speechFrom.amount || null}
                onAmount={(amount) => set({ speechFrom: rupiah(amount) })}
              />
            )}
          </Field>
        </div>
      )}
      {error !== null && <Problem error={error} />}
      <p class="overlay-deeds">
        <button type="submit" class="button button-call" disabled={isBusy || !isChanged}>
          {t.save}
        </button>
        <span class="small" role="status">
          {isDone && !isChanged ? t.saved : isChanged ? t.changed : ''}
        </span>
      </p>
    </form>
  );
}

function Tick({
  isOn,
  hint,
  onTick,
  children,
}: {
  isOn: boolean;
  hint?: string;
  onTick: (isOn: boolean) => void;
  children: ComponentChildren;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={({ currentTarget: { checked } }) => onTick(checked)} />
      <span>
        {children}
        {hint && <small class="overlay-hint quiet">{hint}</small>}
      </span>
    </label>
  );
}
