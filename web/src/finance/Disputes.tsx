import { useState } from 'preact/hooks';
import type { DisputeView } from '../../../server/protocol/refunds.ts';
import { dateTime, rupiah } from '../format.ts';
import { Field } from '../parts/Field.tsx';
import { RupiahInput } from '../studio/RupiahInput.tsx';
import { bookDisputeFee, disputes, winDispute } from './calls.ts';
import { type Ask, Deeds } from './Deeds.tsx';
import { Entry, Facts, List, useOpened } from './List.tsx';
import { addressOf } from './parts.ts';
import { useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';
import { CampaignTitle } from './titles.tsx';

const NOTE_MAX = 500;

export function Disputes({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, parts, disputes: t } = useFinanceTexts();
  const rows = useRows<DisputeView>({ of: 'disputes', beat, idOf: ({ id }) => id, load: disputes });
  const { isOpen, toggle } = useOpened();
  return (
    <List
      rows={rows}
      label={parts.disputes}
      columns={[l.age, l.amount, l.campaign, '', l.status]}
      empty={
        <>
          <p>{t.empty}</p>
          <p class="quiet">{t.emptyNext}</p>
        </>
      }
    >
      {({ id, item, isChanged }) => (
        <Entry
          key={id}
          id={id}
          since={item.at}
          isWaiting={false}
          amount={rupiah(item.gift.amount + item.tip.amount)}
          title={<CampaignTitle id={item.campaignId} />}
          side={t.kinds[item.kind]}
          status={t.statuses[item.status]}
          tone={item.status === 'won' ? 'tag-good' : 'tag-alarm'}
          isChanged={isChanged}
          isOpen={isOpen(id)}
          onToggle={() => toggle(id)}
        >
          {() => <Detail dispute={item} canAct={canAct} onChanged={rows.put} />}
        </Entry>
      )}
    </List>
  );
}

function Detail({
  dispute,
  canAct,
  onChanged,
}: {
  dispute: DisputeView;
  canAct: boolean;
  onChanged: (dispute: DisputeView) => void;
}) {
  const { deed, refusal, refunds: r, disputes: t } = useFinanceTexts();
  const [fee, setFee] = useState<number | null>(null);
  const [isChecked, setIsChecked] = useState(false);
  const amount = rupiah(dispute.gift.amount + dispute.tip.amount);
  const won: Ask = {
    name: t.won,
    question: t.wonAsk(amount),
    hint: t.wonHint,
    words: { label: deed.note, max: NOTE_MAX },
    yes: t.wonYes,
    refused: { 'wrong-state': refusal.won },
    send: async (note) => {
      onChanged(await winDispute(dispute.id, note));
      return t.wonDone(amount);
    },
  };
  const feeAsk: Ask = {
    name: t.fee,
    question: t.feeAsk,
    hint: t.feeHint,
    more: (
      <Field
        id={`fee-${dispute.id}`}
        label={t.feeAmount}
        error={isChecked && !fee ? deed.amountMissing : null}
      >
        {(describe) => <RupiahInput describe={describe} amount={fee} onAmount={setFee} />}
      </Field>
    ),
    check: () => {
      setIsChecked(true);
      return Boolean(fee);
    },
    yes: t.feeYes,
    refused: { 'wrong-state': refusal.feeBooked },
    send: async () => {
      onChanged(await bookDisputeFee(dispute.id, fee ?? 0));
      return t.feeDone(rupiah(fee ?? 0));
    },
  };
  return (
    <>
      <Facts
        facts={[
          [r.gift, <span class="figures">{rupiah(dispute.gift.amount)}</span>],
          dispute.tip.amount > 0 ? [r.tip, <span class="figures">{rupiah(dispute.tip.amount)}</span>] : null,
          [
            r.reference,
            <a class="fin-code" href={`${addressOf('refunds')}?find=${dispute.reference}`}>
              {dispute.reference}
            </a>,
          ],
          [t.at, dateTime(dispute.at)],
          dispute.wonAt ? [t.wonAt, dateTime(dispute.wonAt)] : null,
        ]}
      />
      {canAct && (
        <Deeds asks={dispute.kind === 'chargeback' && dispute.status === 'lost' ? [won, feeAsk] : [feeAsk]} />
      )}
    </>
  );
}
