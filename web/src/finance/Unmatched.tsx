import { useLocation } from 'preact-iso/router';
import type { NoticeView } from '../../../server/protocol/notices.ts';
import type { SuspenseItem } from '../../../server/protocol/settlements.ts';
import { dateTime, money, rupiah } from '../format.ts';
import { handleNotice, notices, suspense } from './calls.ts';
import { type Ask, Deeds } from './Deeds.tsx';
import { Entry, Facts, List, StatusFilter, useOpened } from './List.tsx';
import { addressOf } from './parts.ts';
import { useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';

const OTHER_AMOUNT = /^says (?:IDR )?(\d+), asked were (?:IDR )?(\d+)$/;

/** The server's words of a notice, in ours where they are known. */
function Reason({ words }: { words: string }) {
  const { unmatched: t } = useFinanceTexts();
  const [, said, asked] = OTHER_AMOUNT.exec(words) ?? [];
  const ours = said && asked ? t.otherAmount(rupiah(Number(said)), rupiah(Number(asked))) : t.reasons[words];
  return <span lang={ours === undefined ? 'en' : undefined}>{ours ?? words}</span>;
}

const NOTE_MAX = 500;
/** From this age on it should have been dealt with. */
const OLD_DAYS = 7;

export function Unmatched({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, refunds: r, unmatched: t } = useFinanceTexts();
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
      <Notices canAct={canAct} beat={beat} />
    </div>
  );
}

type Shown = 'waiting' | 'all';

/** Those that wait; one that somebody deals with meanwhile says so where it stands. */
const waiting = async (cursor: string | null) => {
  const [page, latest] = await Promise.all([notices(false, cursor), notices(null, null)]);
  return { ...page, others: latest.items };
};

function Notices({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, refunds: r, unmatched: t } = useFinanceTexts();
  const { query } = useLocation();
  const shown: Shown = query.status === 'all' ? 'all' : 'waiting';
  const rows = useRows<NoticeView>({
    of: `notices ${shown}`,
    beat,
    idOf: ({ id }) => id,
    load: (cursor) => (shown === 'waiting' ? waiting(cursor) : notices(null, cursor)),
  });
  const { isOpen, toggle } = useOpened();
  const deedOf = ({ id, reference }: NoticeView): Ask => ({
    name: t.handle,
    question: t.handleAsk(reference ?? t.noReference),
    hint: t.handleHint,
    words: { label: t.handledNote, max: NOTE_MAX, missing: t.noteMissing },
    yes: t.handleYes,
    send: async (note) => {
      rows.put(await handleNotice(id, note));
      return t.handleDone;
    },
  });
  return (
    <section id="quarantine">
      <h3>{t.quarantine}</h3>
      <p class="quiet">{t.quarantineLead}</p>
      <List
        rows={rows}
        label={t.quarantine}
        columns={[l.age, r.reference, t.reason, '', l.status]}
        empty={<p>{t.quarantineEmpty}</p>}
        filter={
          <StatusFilter<Shown>
            value={shown}
            options={[
              ['waiting', l.open],
              ['all', l.all],
            ]}
          />
        }
      >
        {({ id, item, isChanged }) => (
          <Entry
            key={id}
            id={id}
            since={item.at}
            isWaiting={item.handled === null}
            amount={item.reference ?? t.noReference}
            title={<Reason words={item.reason} />}
            side={item.gateway}
            status={item.handled === null ? t.waits : t.handled}
            tone={item.handled === null ? 'tag-warn' : 'tag-good'}
            isChanged={isChanged}
            isOpen={isOpen(id)}
            onToggle={() => toggle(id)}
          >
            {() => (
              <>
                <Facts
                  facts={[
                    [t.receivedAt, dateTime(item.at)],
                    item.handled ? [t.handledBy, item.handled.by] : null,
                    item.handled ? [t.handledAt, dateTime(item.handled.at)] : null,
                    item.handled ? [t.handledNote, <span class="preline">{item.handled.note}</span>] : null,
                  ]}
                />
                {canAct && <Deeds asks={item.handled === null ? [deedOf(item)] : []} />}
              </>
            )}
          </Entry>
        )}
      </List>
    </section>
  );
}
