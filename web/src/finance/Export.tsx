import { useState } from 'preact/hooks';
import { query } from '../api.ts';
import { ApiError } from '../http.ts';
import { Field } from '../parts/Field.tsx';
import { accessToken, dropAccessToken } from '../session.ts';
import { useDeed } from './deed.ts';
import { Refused } from './Refused.tsx';
import { useFinanceTexts } from './text.ts';

/** A link carries no token, so the file is fetched and then saved. */
async function download(path: string, name: string): Promise<void> {
  const ask = async () => {
    const token = await accessToken();
    return fetch(`/api/v1${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  };
  let answer: Response;
  let file: Blob;
  try {
    answer = await ask();
    if (answer.status === 401) {
      dropAccessToken();
      answer = await ask();
    }
    file = await answer.blob();
  } catch {
    throw new ApiError({ code: 'offline' });
  }
  if (!answer.ok) {
    const code =
      answer.status === 403 ? 'forbidden' : answer.status === 429 ? 'too-many-requests' : 'internal';
    throw new ApiError({ code, status: answer.status });
  }
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

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
