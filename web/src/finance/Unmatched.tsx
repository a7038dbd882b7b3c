import { type FinanceState, WALL_MAX } from '../../../server/protocol/feeds.ts';
import type { SuspenseItem } from '../../../server/protocol/settlements.ts';
import { useNow } from '../clock.ts';
import { dateTime, money, number, rupiah } from '../format.ts';
import { age } from '../studio/age.ts';
import { suspense } from './calls.ts';
import { Entry, Facts, List, useOpened } from './List.tsx';
import { addressOf } from './parts.ts';
import { useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';

const OTHER_AMOUNT = /^says (?:IDR )?(\d+), asked were (?:IDR )?(\d+)$/;

/** The server's words of a notice, in ours where they are known. */
function Reason({ words }: { words: string }) {
  const { unmatched: t } = useFinanceTexts();
  const [, said, asked] = OTHER_AMOUNT.exec(words) ?? [];
  const ours = said && asked ? t.otherAmount(rupiah(Number(said)), rupiah(Number(asked))) : t.reasons[words];
  return (
    <span class="fin-notice-reason" lang={ours === undefined ? 'en' : undefined}>
      {ours ?? words}
    </span>
  );
}

/** From this age on it should have been dealt with. */
const OLD_DAYS = 7;

export function Unmatched({
  canAct,
  beat,
  quarantined,
}: {
  canAct: boolean;
  beat: number;
  quarantined: FinanceState['quarantined'] | null;
}) {
  const { list: l, refunds: r, unmatched: t } = useFinanceTexts();
  const now = useNow(60_000);
  const rows = useRows<SuspenseItem>({
    of: 'suspense',
    beat,
    idOf: ({ paymentId }) => paymentId,
    load: suspense,
  });
  const { isOpen, toggle } = useOpened();
  return (
    <div class="fin-sections">
      <section>
        <h3>{t.suspense}</h3>
        <p class="quiet">{t.suspenseLead}</p>
        <List
          rows={rows}
          label={t.suspense}
          columns={[l.age, l.amount, r.reference, '', l.status]}
          empty={<p>{t.suspenseEmpty}</p>}
        >
          {({ id, item, isChanged }) => (
            <Entry
              key={id}
              id={id}
              since={item.since}
              isWaiting
              amount={money(item.amount)}
              title={<span class="fin-code">{item.reference}</span>}
              side={item.gateway}
              status={item.days >= OLD_DAYS ? t.waitsLong : t.waits}
              tone={item.days >= OLD_DAYS ? 'tag-alarm' : 'tag-warn'}
              isChanged={isChanged}
              isOpen={isOpen(id)}
              onToggle={() => toggle(id)}
            >
              {() => (
                <>
                  <Facts
                    facts={[
                      [r.reference, <span class="fin-code">{item.reference}</span>],
                      [r.paidAt, dateTime(item.since)],
                    ]}
                  />
                  <p>
                    <a class="button button-quiet" href={`${addressOf('refunds')}?find=${item.reference}`}>
                      {canAct ? t.refund : t.look}
                    </a>
                  </p>
                </>
              )}
            </Entry>
          )}
        </List>
      </section>
      <section id="quarantine">
        <h3>{t.quarantine}</h3>
        <p class="quiet">{t.quarantineLead}</p>
        {quarantined === null ? (
          <div class="bones staff-bone" />
        ) : quarantined.length === 0 ? (
          <div class="fin-empty">
            <p>{t.quarantineEmpty}</p>
          </div>
        ) : (
          <>
            <ol class="fin-notices">
              {quarantined.map((notice) => (
                <li key={`${notice.at} ${notice.reference} ${notice.reason}`}>
                  <span class="fin-age">{age(notice.at, now)}</span>
                  <span class="fin-code">{notice.reference ?? t.noReference}</span>
                  <span class="quiet small">
                    {notice.gateway} · {dateTime(notice.at)}
                  </span>
                  <Reason words={notice.reason} />
                </li>
              ))}
            </ol>
            {quarantined.length >= WALL_MAX && (
              <p class="quiet small">{t.quarantineFull(number(WALL_MAX))}</p>
            )}
          </>
        )}
      </section>
    </div>
  );
}
