import { useState } from 'preact/hooks';
import type { SettlementView } from '../../../server/protocol/settlements.ts';
import { dateTime, day, number } from '../format.ts';
import { Field } from '../parts/Field.tsx';
import { correctSettlement, enterArrival, settlements } from './calls.ts';
import { type Ask, Deeds } from './Deeds.tsx';
import { today } from './days.ts';
import { EnterSettlement } from './EnterSettlement.tsx';
import { Entry, Facts, List, useOpened } from './List.tsx';
import { isFieldRefused } from './Refused.tsx';
import { useRows } from './rows.ts';
import { signed } from './signed.ts';
import { useFinanceTexts } from './text.ts';

const BANK_REFERENCE_MAX = 100;
const REASON_MAX = 500;

export function Settlements({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, settlements: t } = useFinanceTexts();
  const rows = useRows<SettlementView>({ of: 'settlements', beat, idOf: ({ id }) => id, load: settlements });
  const { isOpen, toggle } = useOpened();
  return (
    <div class="fin-sections">
      <EnterSettlement canAct={canAct} beat={beat} onDone={rows.add} />
      <section>
        <h3>{t.listTitle}</h3>
        <List
          rows={rows}
          label={t.listTitle}
          columns={[l.age, t.net, t.bankReference, t.settledOn, l.status]}
          empty={<p>{t.empty}</p>}
        >
          {({ id, item, isChanged }) => (
            <Entry
              key={id}
              id={id}
              since={item.enteredAt}
              isWaiting={item.status === 'entered'}
              amount={signed(item.net.amount)}
              title={item.bankReference}
              side={
                <>
                  {item.gateway} · {day(item.settledOn)}
                </>
              }
              status={t.statuses[item.status]}
              tone={item.status === 'arrived' ? 'tag-good' : item.status === 'entered' ? 'tag-warn' : ''}
              isChanged={isChanged}
              isOpen={isOpen(id)}
              onToggle={() => toggle(id)}
            >
              {() => <Detail settlement={item} canAct={canAct} onChanged={rows.put} />}
            </Entry>
          )}
        </List>
      </section>
    </div>
  );
}

function Detail({
  settlement,
  canAct,
  onChanged,
}: {
  settlement: SettlementView;
  canAct: boolean;
  onChanged: (settlement: SettlementView) => void;
}) {
  const { deed, refusal, settlements: t } = useFinanceTexts();
  const [arrivedOn, setArrivedOn] = useState(today);
  const [fault, setFault] = useState<string | null>(null);
  const net = signed(settlement.net.amount);
  const arrival: Ask = {
    name: t.arrival,
    question: t.arrivalAsk(net),
    more: (
      <Field id={`arrived-${settlement.id}`} label={t.arrivalDay} error={fault}>
        {(describe) => (
          <input
            {...describe}
            class="input fin-day"
            type="date"
            value={arrivedOn}
            max={today()}
            onInput={({ currentTarget }) => setArrivedOn(currentTarget.value)}
          />
        )}
      </Field>
    ),
    check: () => {
      setFault(arrivedOn === '' ? deed.dayMissing : null);
      return arrivedOn !== '';
    },
    words: {
      label: t.arrivalReference,
      isLine: true,
      max: BANK_REFERENCE_MAX,
      missing: deed.referenceMissing,
    },
    yes: t.arrivalYes,
    send: async (bankReference) => {
      onChanged(await enterArrival(settlement.id, { bankReference, arrivedOn }));
      return t.arrivalDone(net);
    },
    onRefused: (error) => {
      if (isFieldRefused(error, 'arrivedOn')) setFault(refusal.field);
    },
  };
  const correct: Ask = {
    name: t.correct,
    question: t.correctAsk(net, settlement.bankReference),
    hint: t.correctHint,
    words: { label: t.correctReason, max: REASON_MAX },
    yes: t.correctYes,
    refused: { 'own-approval': refusal.ownEntry },
    send: async (reason) => {
      onChanged(await correctSettlement(settlement.id, reason));
      return t.corrected(net);
    },
  };
  const asks = { entered: [arrival, correct], arrived: [correct], corrected: [] };
  return (
    <>
      <div class="fin-two">
        <dl class="fin-sum figures">
          <div>
            <dt>{t.gross}</dt>
            <dd>{signed(settlement.gross.amount)}</dd>
          </div>
          <div>
            <dt>{t.fee}</dt>
            <dd>{signed(-settlement.fee.amount)}</dd>
          </div>
          <div>
            <dt>{t.vat}</dt>
            <dd>{signed(-settlement.vat.amount)}</dd>
          </div>
          <div class="fin-sum-total">
            <dt>{t.net}</dt>
            <dd>{net}</dd>
          </div>
        </dl>
        <Facts
          facts={[
            [t.gateway, `${settlement.gateway}, ${t.payments(number(settlement.payments))}`],
            [t.settledOn, day(settlement.settledOn)],
            [t.enteredAt, dateTime(settlement.enteredAt)],
            settlement.arrivedOn ? [t.arrivedOn, day(settlement.arrivedOn)] : null,
            settlement.correctedAt ? [t.correctedAt, dateTime(settlement.correctedAt)] : null,
          ]}
        />
      </div>
      {canAct && <Deeds asks={asks[settlement.status]} />}
    </>
  );
}
