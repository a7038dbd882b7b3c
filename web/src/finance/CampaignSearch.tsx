import { useEffect, useState } from 'preact/hooks';
import { campaigns } from '../api.ts';
import { Field } from '../parts/Field.tsx';
import { useFinanceTexts } from './text.ts';

export type Found = { id: string; slug: string; title: string };
const FOUND_MAX = 6;
/** The search begins this long after the last key. */
const SEARCH_MS = 250;

/** One campaign, found by its words. What was chosen stands in the field's place until it is changed. */
export function CampaignSearch({
  value,
  error,
  onPick,
}: {
  value: Found | null;
  error: string | null;
  onPick: (found: Found | null) => void;
}) {
  const { offline: t } = useFinanceTexts();
  const [text, setText] = useState('');
  const [found, setFound] = useState<Found[] | null>(null);
  const q = text.trim();
  useEffect(() => {
    setFound(null);
    if (q === '') return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      campaigns({ q, limit: FOUND_MAX }, stop.signal)
        .then(({ items }) => setFound(items))
        .catch(() => undefined);
    }, SEARCH_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q]);

  if (value) {
    return (
      <div class="fin-picked">
        <p>
          <span class="quiet small">{t.campaign}</span>
          <br />
          <strong lang="id">{value.title}</strong>
        </p>
        <button type="button" class="button-text" onClick={() => onPick(null)}>
          {t.change}
        </button>
      </div>
    );
  }
  return (
    <div class="fin-search">
      <Field id="offline-campaign" label={t.campaign} hint={t.campaignHint} error={error}>
        {(describe) => (
          <input
            {...describe}
            class="input"
            type="search"
            autocomplete="off"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        )}
      </Field>
      <div role="status">
        {found?.length === 0 && <p class="quiet small">{t.campaignNone}</p>}
        {found !== null && found.length > 0 && (
          <ul class="fin-found">
            {found.map(({ id, slug, title }) => (
              <li key={id}>
                <button type="button" lang="id" onClick={() => onPick({ id, slug, title })}>
                  {title}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
