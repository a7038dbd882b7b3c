import type { FinanceOverview } from '../../../server/protocol/settlements.ts';
import { number } from '../format.ts';
import { Problem } from '../parts/Problem.tsx';
import { Scene } from '../scene/Scene.tsx';
import { Export } from './Export.tsx';
import { addressOf } from './parts.ts';
import { useFinanceTexts } from './text.ts';

type Counts = FinanceOverview['counts'];
const DOORS: [count: Exclude<keyof Counts, 'brokenChecks'>, to: string][] = [
  ['payoutsRequested', addressOf('payouts')],
  ['offlineEntered', addressOf('offline')],
  ['suspense', addressOf('unmatched')],
  ['quarantined', `${addressOf('unmatched')}#quarantine`],
  ['payoutsUnderWay', addressOf('payouts')],
  ['refundsRequested', `${addressOf('refunds')}?status=requested`],
];
/** These wait for a person. Of the others some go on by themselves, and notices stay where they were set aside. */
const FOR_US: (keyof Counts)[] = ['payoutsRequested', 'offlineEntered', 'suspense'];

/** What waits, each a door to where it is done. */
export function Overview({
  counts,
  error,
  retry,
}: {
  counts: Counts | null;
  error: unknown;
  retry: () => void;
}) {
  const t = useFinanceTexts();
  const isCalm = counts?.brokenChecks === 0 && FOR_US.every((key) => counts[key] === 0);
  return (
    <div class="fin-overview">
      {error !== null && <Problem error={error} retry={retry} />}
      {isCalm && (
        <section class="fin-calm">
          <div class="fin-calm-scene">
            <Scene progress={0.92} variant="strip" />
          </div>
          <p>
            <strong>{t.calm}</strong>
          </p>
          <p class="quiet">{t.calmNext}</p>
        </section>
      )}
      <ul class="fin-doors">
        {DOORS.map(([key, to]) => {
          const [name, what] = t.doors[key] ?? [key, ''];
          const count = counts?.[key];
          const isDue = FOR_US.includes(key) && (count ?? 0) > 0;
          return (
            <li key={key}>
              <a class={`fin-door ${isDue ? 'fin-door-due' : ''}`} href={to} data-door={key}>
                <span class="fin-door-count figures">{count === undefined ? '…' : number(count)}</span>
                <span class="fin-door-name">{name}</span>
                <span class="quiet small">{what}</span>
              </a>
            </li>
          );
        })}
      </ul>
      {counts?.brokenChecks === 0 && <p class="fin-sound">{t.sound}</p>}
      <Export />
    </div>
  );
}
