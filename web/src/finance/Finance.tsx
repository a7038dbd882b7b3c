import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { UserView } from '../../../server/protocol/accounts.ts';
import { FINANCE, type FinanceEvents, type FinanceState } from '../../../server/protocol/feeds.ts';
import type { FinanceOverview } from '../../../server/protocol/settlements.ts';
import type { RefusedCode } from '../../../server/protocol/sockets.ts';
import { number } from '../format.ts';
import { useFeed } from '../live.ts';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { hasKeys, switchKeys, useKeys } from '../review/keys.ts';
import { overview } from './calls.ts';
import { Disputes } from './Disputes.tsx';
import { Gate, mayAct } from './Gate.tsx';
import { Offline } from './Offline.tsx';
import { Overview } from './Overview.tsx';
import { Payouts } from './Payouts.tsx';
import { addressOf, PARTS, type Part } from './parts.ts';
import { Refunds } from './Refunds.tsx';
import { Settlements } from './Settlements.tsx';
import { useFinanceTexts } from './text.ts';
import { Unmatched } from './Unmatched.tsx';
import '../studio/staff.css';
import './finance.css';

export default function Finance() {
  return <Gate>{(me) => <Console key={me.id} me={me} />}</Gate>;
}

type Counts = FinanceOverview['counts'];
/** Which part each count calls to. */
const WAITING: Record<Part, (keyof Counts)[]> = {
  overview: [],
  payouts: ['payoutsRequested'],
  refunds: ['refundsRequested'],
  disputes: [],
  settlements: [],
  offline: ['offlineEntered'],
  unmatched: ['suspense'],
};

function Console({ me }: { me: UserView }) {
  const t = useFinanceTexts();
  const { path, route } = useLocation();
  const asked = path.split('/')[2];
  const part = PARTS.find((one) => one === asked) ?? 'overview';
  const canAct = mayAct(me);

  const [beat, strike] = useBeat();
  const [broken, setBroken] = useState<ReadonlyMap<string, number>>(new Map());
  const [refused, setRefused] = useState<RefusedCode | null>(null);
  useFeed<FinanceState, FinanceEvents>(FINANCE, {
    onState: () => {
      setRefused(null);
      strike();
    },
    onEvents: (events) => {
      strike();
      for (const event of events) {
        if (event.type === 'books.broken') {
          const { check, rows } = event.data;
          setBroken((now) => new Map([...now, [check, rows]]));
        }
      }
    },
    onRefused: setRefused,
  });

  const [counts, setCounts] = useState<Counts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asking = useRef(0);
  const count = useCallback(() => {
    asking.current += 1;
    const turn = asking.current;
    overview()
      .then((found) => {
        if (turn !== asking.current) return;
        setError(null);
        setCounts(found);
      })
      .catch((reason) => turn === asking.current && setError(reason));
  }, []);
  useEffect(count, [beat, count]);

  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(part);
  useEffect(() => {
    if (before.current === part) return;
    before.current = part;
    // Whoever goes through a list of choices stays in it.
    if (!document.activeElement?.matches('select')) heading.current?.focus({ preventScroll: true });
  }, [part]);
  useKeys({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    Escape: () => {
      const row = document.activeElement?.closest('.fin-row')?.querySelector<HTMLElement>('[data-row]');
      if (row?.getAttribute('aria-expanded') === 'true') {
        row.focus();
        row.click();
      }
    },
  });

  const waitingIn = (one: Part): number =>
    counts === null ? 0 : WAITING[one].reduce((sum, key) => sum + counts[key], 0);
  const common = { canAct, beat };

  return (
    <Layout title={part === 'overview' ? t.title : `${t.parts[part]} · ${t.title}`}>
      <div class="wrap staff fin">
        <header class="fin-head">
          <h1>{t.title}</h1>
          <LiveState />
        </header>
        <div class="fin-frame">
          <nav class="fin-rail" aria-label={t.nav}>
            <ul>
              {PARTS.map((one) => (
                <li key={one}>
                  <a href={addressOf(one)} aria-current={one === part ? 'page' : undefined}>
                    {t.parts[one]}
                    {waitingIn(one) > 0 && <span class="fin-count figures">{number(waitingIn(one))}</span>}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <label class="fin-select">
            <span class="quiet small">{t.toPart}</span>
            <select
              class="input"
              value={part}
              onChange={({ currentTarget }) => {
                const to = PARTS.find((one) => one === currentTarget.value);
                if (to) route(addressOf(to));
              }}
            >
              {PARTS.map((one) => (
                <option value={one} key={one}>
                  {t.parts[one]}
                  {waitingIn(one) > 0 && ` (${number(waitingIn(one))})`}
                </option>
              ))}
            </select>
          </label>
          <div class="fin-main-column">
            {refused && (
              <p class="notice notice-alarm" role="alert">
                {t.refused}
              </p>
            )}
            {(counts?.brokenChecks ?? 0) > 0 && (
              <section class="notice notice-alarm fin-broken" role="alert">
                <h2>{t.broken.title}</h2>
                <p>{t.broken.lead(counts?.brokenChecks ?? 0)}</p>
                {broken.size > 0 && (
                  <ul class="small">
                    {[...broken].map(([check, rows]) => (
                      <li key={check}>{t.broken.rows(check, number(rows))}</li>
                    ))}
                  </ul>
                )}
              </section>
            )}
            <h2 class="fin-part" ref={heading} tabIndex={-1}>
              {t.parts[part]}
            </h2>
            {!canAct && <p class="notice fin-read-only">{t.readOnly}</p>}
            {part === 'overview' && <Overview counts={counts} error={error} retry={count} />}
            {part === 'payouts' && <Payouts {...common} />}
            {part === 'refunds' && <Refunds {...common} />}
            {part === 'disputes' && <Disputes {...common} />}
            {part === 'settlements' && <Settlements {...common} />}
            {part === 'offline' && <Offline {...common} />}
            {part === 'unmatched' && <Unmatched {...common} />}
            {part !== 'overview' && <Keys />}
          </div>
        </div>
      </div>
    </Layout>
  );
}

const BEAT_MS_MIN = 1_000;
/** Every event of the feed is one reason to ask again for what is shown; many at once are one as well. */
function useBeat(): [beat: number, strike: () => void] {
  const [beat, setBeat] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const isDue = useRef(false);
  const strike = useCallback(() => {
    if (timer.current !== null) {
      isDue.current = true;
      return;
    }
    isDue.current = false;
    setBeat((n) => n + 1);
    timer.current = setTimeout(() => {
      timer.current = null;
      if (isDue.current) strike();
    }, BEAT_MS_MIN);
  }, []);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return [beat, strike];
}

/** From row to row, wherever in one the focus is. */
function moveFocus(step: 1 | -1): void {
  const heads = [...document.querySelectorAll<HTMLElement>('.fin [data-row]')];
  const row = document.activeElement?.closest('.fin-row')?.querySelector<HTMLElement>('[data-row]');
  const at = row ? heads.indexOf(row) : -1;
  const next = heads[at < 0 ? 0 : Math.min(heads.length - 1, Math.max(0, at + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

function Keys() {
  const { keys: t } = useFinanceTexts();
  const hints: [string, string][] = [
    ['J K', t.move],
    ['↵', t.open],
    ['Esc', t.close],
  ];
  return (
    <div class="fin-keys small">
      <button type="button" class="button-text" aria-pressed={hasKeys.value} onClick={switchKeys}>
        {t.title}: {hasKeys.value ? t.on : t.off}
      </button>
      {hasKeys.value && (
        <ul>
          {hints.map(([name, what]) => (
            <li key={name}>
              {name.split(' ').map((one) => (
                <kbd class="fin-key" key={one}>
                  {one}
                </kbd>
              ))}{' '}
              {what}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
