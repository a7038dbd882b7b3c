import { useState } from 'preact/hooks';
import { query } from '../api.ts';
import { download } from '../download.ts';
import { Field } from '../parts/Field.tsx';
import { useDeed } from './deed.ts';
import { Refused } from './Refused.tsx';
import { useFinanceTexts } from './text.ts';

export function Export() {
  const { exports: t } = useFinanceTexts();
  const deed = useDeed();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [isDone, setIsDone] = useState(false);
  return (
    <form
      class="fin-export"
      onSubmit={(event) => {
        event.preventDefault();
        setIsDone(false);
        const name = `sangkuriang-ledger${from && `-${from}`}${to && `-${to}`}.csv`;
        void deed
          .run({ from, to }, () => download(`/finance/ledger.csv${query({ from, to })}`, name))
          .then(setIsDone);
      }}
    >
      <h3>{t.title}</h3>
      <p class="quiet small">{t.lead}</p>
      <div class="fin-export-fields">
        <Field id="export-from" label={t.from}>
          {(field) => (
            <input
              {...field}
              class="input"
              type="date"
              value={from}
              max={to || undefined}
              onInput={({ currentTarget }) => setFrom(currentTarget.value)}
            />
          )}
        </Field>
        <Field id="export-to" label={t.to}>
          {(field) => (
            <input
              {...field}
              class="input"
              type="date"
              value={to}
              min={from || undefined}
              onInput={({ currentTarget }) => setTo(currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button" disabled={deed.isSending}>
          {deed.isSending ? t.doing : t.do}
        </button>
      </div>
      <Refused error={deed.error} />
      <p class="small fin-said" role="status">
        {isDone && t.done}
      </p>
    </form>
  );
}
