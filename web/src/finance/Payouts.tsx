import { useCallback, useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type {
  Balances,
  BankAccountView,
  HoldView,
  PayoutPage,
  PayoutStatus,
  PayoutView,
} from '../../../server/protocol/payouts.ts';
import { BANK_REFERENCE_MAX, PAYOUT_NOTE_MAX, PAYOUT_STATUSES } from '../../../server/protocol/payouts.ts';
import { dateTime, money, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { RupiahInput } from '../studio/RupiahInput.tsx';
import {
  balances,
  bankAccounts,
  decidePayout,
  holds,
  type PayoutDeed,
  payouts,
  placeHold,
  releaseHold,
} from './calls.ts';
import { type Ask, Deeds } from './Deeds.tsx';
import { Entry, Facts, List, StatusFilter, useOpened } from './List.tsx';
import { useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';
import { useCampaign } from './titles.tsx';

type Shown = 'waiting' | 'all' | PayoutStatus;
const ON_THE_WAY: PayoutStatus[] = ['approved', 'submitted'];
const TONES: Partial<Record<PayoutStatus, 'tag-good' | 'tag-warn' | 'tag-alarm'>> = {
  requested: 'tag-warn',
  confirmed: 'tag-good',
  failed: 'tag-alarm',
  reversed: 'tag-alarm',
};

/** Far more than ever wait at a time; the longest wait stands on the last page. */
const PAGES_MAX = 20;
async function allOf(status: PayoutStatus): Promise<PayoutView[]> {
  const all: PayoutView[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, nextCursor }: PayoutPage = await payouts(status, cursor);
    all.push(...items);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return all;
}

/** What waits for a yes first, the longest wait on top; then what is on its way. */
async function waiting() {
  const [asked, onTheWay, latest] = await Promise.all([
    allOf('requested'),
    Promise.all(ON_THE_WAY.map(allOf)),
    payouts(null, null),
  ]);
  return { items: [...asked.toReversed(), ...onTheWay.flat()], nextCursor: null, others: latest.items };
}

export function Payouts({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { list: l, parts, payouts: t } = useFinanceTexts();
  const { query } = useLocation();
  const shown: Shown =
    query.status === 'all' ? 'all' : (PAYOUT_STATUSES.find((one) => one === query.status) ?? 'waiting');
  const rows = useRows<PayoutView>({
    of: shown,
    beat,
    idOf: ({ id }) => id,
    load: (cursor) => (shown === 'waiting' ? waiting() : payouts(shown === 'all' ? null : shown, cursor)),
  });
  const { isOpen, toggle } = useOpened();
  return (
    <List
      rows={rows}
      label={parts.payouts}
      columns={[l.age, l.amount, l.campaign, t.columns.holder, l.status]}
      empty={<p>{shown === 'waiting' ? t.empty : t.emptyAll}</p>}
      filter={
        <StatusFilter<Shown>
          value={shown}
          options={[
            ['waiting', l.open],
            ['all', l.all],
            ...PAYOUT_STATUSES.map((one): [Shown, string] => [one, t.statuses[one]]),
          ]}
        />
      }
    >
      {({ id, item, isChanged }) => (
        <Entry
          key={id}
          id={id}
          since={item.requestedAt}
          isWaiting={item.status === 'requested'}
          amount={money(item.amount)}
          title={<span lang="id">{item.campaignTitle}</span>}
          side={
            <>
              {item.bankAccount.holder} · {item.bankAccount.bank.toUpperCase()}
              {item.refundId !== null && ` · ${t.toDonor}`}
            </>
          }
          status={t.statuses[item.status]}
          tone={TONES[item.status] ?? ''}
          isChanged={isChanged}
          isOpen={isOpen(id)}
          onToggle={() => toggle(id)}
        >
          {() => <Detail payout={item} canAct={canAct} beat={beat} onChanged={rows.put} />}
        </Entry>
      )}
    </List>
  );
}

type Beside = { balances: Balances; accounts: BankAccountView[]; holds: HoldView[] };

function Detail({
  payout,
  canAct,
  beat,
  onChanged,
}: {
  payout: PayoutView;
  canAct: boolean;
  beat: number;
  onChanged: (payout: PayoutView) => void;
}) {
  const { refusal, payouts: t } = useFinanceTexts();
  const [beside, setBeside] = useState<Beside | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [toHold, setToHold] = useState<number | null>(null);
  const { campaignId } = payout;
  const read = useCallback(async () => {
    try {
      const [money, accounts, held] = await Promise.all([
        balances(campaignId),
        bankAccounts(campaignId),
        holds(campaignId),
      ]);
      setBeside({ balances: money, accounts, holds: held });
      setError(null);
    } catch (reason) {
      setError(reason);
    }
  }, [campaignId]);
  useEffect(() => void read(), [read, beat, payout.status]);

  const { bankAccount, status } = payout;
  const campaign = useCampaign(campaignId);
  // The payout names its account by the last four digits; the campaign's list has the rest.
  const isPayback = payout.refundId !== null;
  const account = (isPayback ? [] : beside?.accounts)?.find(
    ({ bank, holder, number }) =>
      bank === bankAccount.bank &&
      holder === bankAccount.holder &&
      number.endsWith(bankAccount.number.slice(-4)),
  );
  const number = grouped(account?.number ?? bankAccount.number);
  const amount = money(payout.amount);
  const to = `${bankAccount.holder}, ${bankAccount.bank.toUpperCase()} ${number}`;
  const active = beside?.holds.filter(isActive) ?? [];
  const isHeld = !isPayback && (active.length > 0 || (beside?.balances.owed.amount ?? 0) > 0);

  const decide =
    (deed: PayoutDeed, said: (amount: string, to: string) => string) => async (words: string) => {
      onChanged(await decidePayout(payout.id, deed, words));
      return said(amount, bankAccount.holder);
    };
  const onRefused = (reason: unknown) => {
    if (reason instanceof ApiError && reason.code === 'wrong-state') void read();
  };
  const note = { label: useNote(), max: PAYOUT_NOTE_MAX };
  const what = toHold ? rupiah(toHold) : t.holdAll;
  const asks: Record<'approve' | 'reject' | 'byHand' | 'reverse' | 'hold', Ask> = {
    hold: {
      name: t.hold,
      question: t.holdAsk(payout.campaignTitle),
      hint: t.holdHint,
      more: (
        <Field id={`hold-${payout.id}`} label={t.holdAmount} hint={t.holdAmountHint}>
          {(describe) => <RupiahInput describe={describe} amount={toHold} onAmount={setToHold} />}
        </Field>
      ),
      content: toHold,
      words: { label: t.holdReason, max: PAYOUT_NOTE_MAX },
      yes: t.holdYes,
      send: async (reason, key) => {
        const amount = toHold ? { amount: { amount: toHold, currency: 'IDR' as const } } : {};
        await placeHold(campaignId, { ...amount, reason }, key);
        setToHold(null);
        void read();
        return t.held(what);
      },
    },
    approve: {
      name: t.approve,
      question: t.approveAsk(amount, to),
      hint: isPayback ? t.approvePaybackHint : t.approveHint,
      words: { ...note, isOptional: true },
      yes: t.approveYes(amount),
      refused: { 'wrong-state': isHeld ? refusal.payoutHeld : refusal.wrongState },
      send: decide('approve', t.approved),
      onRefused,
    },
    reject: {
      name: t.reject,
      question: t.rejectAsk(amount, to),
      hint: isPayback ? t.rejectPaybackHint : t.rejectHint,
      words: note,
      yes: t.rejectYes,
      send: decide('reject', t.rejected),
      onRefused,
    },
    byHand: {
      name: t.byHand,
      question: t.byHandAsk(amount, to),
      hint: t.byHandHint,
      words: {
        label: t.bankReference,
        isLine: true,
        max: BANK_REFERENCE_MAX,
        missing: useFinanceTexts().deed.referenceMissing,
      },
      yes: t.byHandYes,
      refused: { 'wrong-state': refusal.byGateway, conflict: refusal.referenceUsed },
      send: decide('confirmed', t.byHandDone),
      onRefused,
    },
    reverse: {
      name: t.reverse,
      question: t.reverseAsk(amount, to),
      hint: isPayback ? t.reversePaybackHint : t.reverseHint,
      words: note,
      yes: t.reverseYes,
      send: decide('reversed', t.reversed),
      onRefused,
    },
  };
  const possible: Partial<Record<PayoutStatus, Ask[]>> = {
    requested: [asks.approve, asks.reject, asks.hold],
    approved: [asks.byHand, asks.reject, asks.hold],
    confirmed: [asks.reverse, asks.hold],
  };

  return (
    <>
      <div class="fin-two">
        <section>
          <h3>{t.account}</h3>
          <p class="fin-holder">{bankAccount.holder}</p>
          <p class="fin-number figures">
            {bankAccount.bank.toUpperCase()} {number}
          </p>
          {isPayback && <p class="notice">{bankAccount.number === '' ? t.accountForgotten : t.paysBack}</p>}
          {account?.retired && <p class="notice notice-alarm">{t.accountRetired}</p>}
          <Facts
            facts={[
              campaign && !isPayback ? [t.beneficiary, campaign.beneficiary] : null,
              account ? [t.accountAdded, dateTime(account.addedAt)] : null,
              account ? [t.accountUsable, dateTime(account.usableFrom)] : null,
              [t.requestedAt, dateTime(payout.requestedAt)],
              payout.decidedAt ? [t.decidedAt, dateTime(payout.decidedAt)] : null,
              payout.endedAt ? [t.endedAt, dateTime(payout.endedAt)] : null,
              payout.note ? [t.note, payout.note] : null,
              payout.failure ? [t.failure, payout.failure] : null,
            ]}
          />
          <p>
            <a class="fin-link" href={`/c/${campaignId}`} target="_blank" rel="noopener">
              {t.campaign}
            </a>
          </p>
        </section>
        <section>
          <h3>{t.balances}</h3>
          {error !== null && <Problem error={error} retry={() => void read()} />}
          {beside ? (
            <Money
              of={beside.balances}
              isIncluded={!isPayback && (status === 'requested' || ON_THE_WAY.includes(status))}
            />
          ) : (
            error === null && <div class="bones fin-bone-money" />
          )}
          {active.length > 0 && (
            <>
              <h3>{t.holds}</h3>
              <ul class="fin-holds">
                {active.map((hold) => (
                  <Hold key={hold.id} hold={hold} canAct={canAct} onReleased={() => void read()} />
                ))}
              </ul>
            </>
          )}
        </section>
      </div>
      {canAct && <Deeds asks={possible[status] ?? [asks.hold]} />}
    </>
  );
}

const useNote = (): string => useFinanceTexts().deed.note;

const isActive = ({ releasedAt, until }: HoldView): boolean =>
  releasedAt === null && (until === null || Date.parse(until) > Date.now());

/** As a bank prints it, in fours; what is masked stays as it is. */
const grouped = (number: string): string => number.replace(/(\d{4})(?=\d)/g, '$1 ');

/** From what is certain down to what is left, as an account is read. */
function Money({ of, isIncluded }: { of: Balances; isIncluded: boolean }) {
  const { balance: t } = useFinanceTexts().payouts;
  const less: [string, number][] = [
    [t.fees, of.fees.amount],
    [t.paidOut, of.paidOut.amount],
    [isIncluded ? t.pending : t.pendingOther, of.pending.amount],
    [t.owed, of.owed.amount],
    [t.held, of.held.amount],
  ];
  const back: [string, number][] = [
    [t.refunded, of.refunded.amount],
    [t.clawedBack, of.clawedBack.amount],
  ];
  const rupiahOf = (amount: number) => money({ amount, currency: 'IDR' });
  return (
    <dl class="fin-sum figures">
      <Line name={t.paid} value={money(of.paid)} />
      {back.map(
        ([name, amount]) => amount > 0 && <Line key={name} name={name} value={`−${rupiahOf(amount)}`} />,
      )}
      <Line name={t.settled} value={money(of.settled)} isRuled />
      {less.map(
        ([name, amount]) => amount > 0 && <Line key={name} name={name} value={`−${rupiahOf(amount)}`} />,
      )}
      <Line name={t.available} value={money(of.available)} isTotal />
    </dl>
  );
}

const Line = ({
  name,
  value,
  isRuled = false,
  isTotal = false,
}: {
  name: string;
  value: string;
  isRuled?: boolean;
  isTotal?: boolean;
}) => (
  <div class={isTotal ? 'fin-sum-total' : isRuled ? 'fin-sum-ruled' : ''}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

function Hold({ hold, canAct, onReleased }: { hold: HoldView; canAct: boolean; onReleased: () => void }) {
  const { payouts: t } = useFinanceTexts();
  const what = hold.amount ? money(hold.amount) : t.holdAll;
  return (
    <li>
      <p>
        <strong class="figures">{what}</strong>, {hold.until ? t.holdUntil(dateTime(hold.until)) : t.holdOpen}
      </p>
      <p class="quiet small preline">{hold.reason}</p>
      {canAct && (
        <Deeds
          asks={[
            {
              name: t.release,
              question: t.releaseAsk(what),
              yes: t.releaseYes,
              send: async () => {
                await releaseHold(hold.id);
                onReleased();
                return t.released;
              },
            },
          ]}
        />
      )}
    </li>
  );
}
