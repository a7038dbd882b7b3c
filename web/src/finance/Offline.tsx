import { useLocation } from 'preact-iso/router';
import type { OfflineStatus, OfflineView } from '../../../server/protocol/offline.ts';
import { OFFLINE_STATUSES } from '../../../server/protocol/offline.ts';
import { dateTime, day, rupiah } from '../format.ts';
import { decideOffline, offlineGifts } from './calls.ts';
import { type Ask, Deeds } from './Deeds.tsx';
import { EnterOffline } from './EnterOffline.tsx';
import { Entry, Facts, List, StatusFilter, useOpened } from './List.tsx';
import { useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';

const NOTE_MAX = 500;
type Shown = 'all' | OfflineStatus;

export function Offline({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, offline: t } = useFinanceTexts();
  const { query } = useLocation();
  const shown: Shown =
    query.status === 'all' ? 'all' : (OFFLINE_STATUSES.find((one) => one === query.status) ?? 'entered');
  const rows = useRows<OfflineView>({
    of: shown,
    beat,
    idOf: ({ donationId }) => donationId,
    load: async (cursor) => {
      const page = await offlineGifts(shown === 'all' ? null : shown, cursor);
      if (shown === 'all' || cursor !== null) return page;
      return { ...page, others: (await offlineGifts(null, null)).items };
    },
  });
  const { isOpen, toggle } = useOpened();
  const options: [Shown, string][] = [
    ['entered', t.statuses.entered],
    ['all', l.all],
    ['approved', t.statuses.approved],
    ['rejected', t.statuses.rejected],
  ];
  return (
    <div class="fin-sections">
      {canAct && <EnterOffline onDone={rows.add} />}
      <section>
        <h3>{t.listTitle}</h3>
        <List
          rows={rows}
          label={t.listTitle}
          columns={[l.age, l.amount, l.campaign, t.proof, l.status]}
          empty={<p>{shown === 'entered' ? t.empty : t.emptyAll}</p>}
          filter={<StatusFilter value={shown} options={options} />}
        >
          {({ id, item, isChanged }) => (
            <Entry
              key={id}
              id={id}
              since={item.enteredAt}
              isWaiting={item.status === 'entered'}
              amount={rupiah(item.gift.amount + item.tip.amount)}
              title={<span lang="id">{item.campaignTitle}</span>}
              side={
                <>
                  {t.ways[item.way]} · {item.proof}
                </>
              }
              status={t.statuses[item.status]}
              tone={item.status === 'approved' ? 'tag-good' : item.status === 'entered' ? 'tag-warn' : ''}
              isChanged={isChanged}
              isOpen={isOpen(id)}
              onToggle={() => toggle(id)}
            >
              {() => <Detail gift={item} canAct={canAct} onChanged={rows.put} />}
            </Entry>
          )}
        </List>
      </section>
    </div>
  );
}

function Detail({
  gift,
  canAct,
  onChanged,
}: {
  gift: OfflineView;
  canAct: boolean;
  onChanged: (gift: OfflineView) => void;
}) {
  const { deed, refusal, offline: t } = useFinanceTexts();
  const amount = rupiah(gift.gift.amount + gift.tip.amount);
  const refused = { 'own-approval': refusal.ownEntry };
  const asks: Ask[] = [
    {
      name: t.approve,
      question: t.approveAsk(amount, gift.campaignTitle),
      hint: t.approveHint,
      words: { label: deed.note, max: NOTE_MAX, isOptional: true },
      yes: t.approveYes(amount),
      refused,
      send: async (note) => {
        onChanged(await decideOffline(gift.donationId, 'approve', note));
        return t.approved(amount);
      },
    },
    {
      name: t.reject,
      question: t.rejectAsk(amount, gift.campaignTitle),
      words: { label: deed.note, max: NOTE_MAX },
      yes: t.rejectYes,
      refused,
      send: async (note) => {
        onChanged(await decideOffline(gift.donationId, 'reject', note));
        return t.rejected(amount);
      },
    },
  ];
  return (
    <>
      <Facts
        facts={[
          [t.gift, <span class="figures">{rupiah(gift.gift.amount)}</span>],
          gift.tip.amount > 0 ? [t.tip, <span class="figures">{rupiah(gift.tip.amount)}</span>] : null,
          [t.way, t.ways[gift.way]],
          [t.receivedOn, day(gift.receivedOn)],
          [t.proof, gift.proof],
          [t.enteredAt, dateTime(gift.enteredAt)],
          gift.decidedAt ? [t.decidedAt, dateTime(gift.decidedAt)] : null,
          gift.note ? [deed.note, gift.note] : null,
        ]}
      />
      {canAct && <Deeds asks={gift.status === 'entered' ? asks : []} />}
    </>
  );
}
