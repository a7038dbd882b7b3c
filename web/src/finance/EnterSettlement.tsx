import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { GATEWAYS, type GatewayName } from '../../../server/protocol/donations.ts';
import {
  REFERENCES_MAX,
  type SettlementRequest,
  type SettlementView,
  type UnsettledPage,
  type UnsettledPayment,
} from '../../../server/protocol/settlements.ts';
import { clock, day as dayName, number } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { RupiahInput } from '../studio/RupiahInput.tsx';
import { enterSettlement, unsettled } from './calls.ts';
import { dayOf, today } from './days.ts';
import { useDeed } from './deed.ts';
import { Refused } from './Refused.tsx';
import { signed } from './signed.ts';
import { useFinanceTexts } from './text.ts';

const BANK_REFERENCE_MAX = 100;

/** All that a gateway has not settled, page after page; as much as one settlement may cover. */
function useUnsettled(gateway: GatewayName, beat: number) {
  const [found, setFound] = useState<{ of: GatewayName; payments: UnsettledPayment[] } | null>(null);
  const [seen, setSeen] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const wanted = useRef<GatewayName | null>(gateway);
  const state = useRef({ isBusy: false, isDue: false });
  /** A reading that is under way is not begun anew by every piece of news: one more follows it. */
  const read = useCallback(async () => {
    state.current.isDue = true;
    if (state.current.isBusy) return;
    state.current.isBusy = true;
    while (state.current.isDue && wanted.current !== null) {
      state.current.isDue = false;
      const of: GatewayName = wanted.current;
      try {
        const payments: UnsettledPayment[] = [];
        let cursor: string | null = null;
        do {
          const { items, nextCursor }: UnsettledPage = await unsettled(of, cursor);
          payments.push(...items);
          setSeen(payments.length);
          cursor = nextCursor;
        } while (cursor !== null && payments.length < REFERENCES_MAX && wanted.current === of);
        setFound({ of, payments });
        setError(null);
      } catch (reason) {
        setError(reason);
      }
    }
    state.current.isBusy = false;
  }, []);
  useEffect(() => {
    wanted.current = gateway;
    return () => {
      wanted.current = null;
    };
  }, [gateway]);
  useEffect(() => void read(), [gateway, beat, read]);
  return { payments: found?.of === gateway ? found.payments : null, seen, error, retry: () => void read() };
}

/** What a gateway reports, against what the books have outstanding: entered only where both say the same. */
export function EnterSettlement({
  canAct,
  beat,
  onDone,
}: {
  canAct: boolean;
  beat: number;
  onDone: (settlement: SettlementView) => void;
}) {
  const site = useTexts();
  const { deed: d, refusal, settlements: t } = useFinanceTexts();
  const [gateway, setGateway] = useState<GatewayName>(GATEWAYS[0]);
  const { payments, seen, error, retry } = useUnsettled(gateway, beat);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [until, setUntil] = useState('');
  const [bankReference, setBankReference] = useState('');
  const [settledOn, setSettledOn] = useState('');
  const [amount, setAmount] = useState<number | null>(null);
  const [isOwed, setIsOwed] = useState(false);
  const [fee, setFee] = useState<number | null>(null);
  const [vat, setVat] = useState<number | null>(null);
  const [isChecked, setIsChecked] = useState(false);
  const [said, setSaid] = useState('');
  const deed = useDeed();
  const form = useRef<HTMLFormElement>(null);
  const saying = useRef<HTMLParagraphElement>(null);

  const days = new Map<string, UnsettledPayment[]>();
  for (const payment of payments ?? []) {
    const on = dayOf(payment.paidAt);
    days.set(on, [...(days.get(on) ?? []), payment]);
  }
  // What was settled by somebody else meanwhile is no longer there to choose.
  const picked = (payments ?? []).filter(({ reference }) => chosen.has(reference));
  const outstanding = sumOf(picked);
  const owes = isOwed ? -1 : 1;
  const reported = owes * (amount ?? 0) + (fee ?? 0) + (vat ?? 0);
  const difference = reported - outstanding;
  const mayBeOwed = isOwed || (picked.length > 0 && outstanding - (fee ?? 0) - (vat ?? 0) < 0);
  const fits = picked.length > 0 && amount !== null && difference === 0;
  const faults = {
    bankReference: bankReference.trim() === '' ? d.referenceMissing : null,
    settledOn: settledOn === '' ? d.dayMissing : null,
    amount: amount === null ? d.amountMissing : null,
  };
  const shown = isChecked ? faults : { bankReference: null, settledOn: null, amount: null };
  const choose = (some: UnsettledPayment[], isWanted: boolean) => {
    const next = new Set(chosen);
    for (const { reference } of some) {
      if (isWanted) next.add(reference);
      else next.delete(reference);
    }
    setChosen(next);
  };

  const send = async () => {
    const request: SettlementRequest = {
      gateway,
      bankReference: bankReference.trim(),
      settledOn,
      fee: { amount: fee ?? 0, currency: 'IDR' },
      vat: { amount: vat ?? 0, currency: 'IDR' },
      references: picked.map(({ reference }) => reference),
      amount: { amount: owes * (amount ?? 0), currency: 'IDR' },
    };
    const isDone = await deed.run(request, async (key) => {
      onDone(await enterSettlement(request, key));
    });
    if (!isDone) return;
    setSaid(t.done(signed(request.amount.amount), number(request.references.length)));
    setChosen(new Set());
    setBankReference('');
    setAmount(null);
    setIsOwed(false);
    setFee(null);
    setVat(null);
    setUntil('');
    setIsChecked(false);
    retry();
    requestAnimationFrame(() => saying.current?.focus());
  };

  return (
    <section class="fin-settle">
      <h3>{canAct ? t.enter : t.sumChosen}</h3>
      {said && (
        <p class="notice notice-good fin-outcome" ref={saying} tabIndex={-1}>
          {said}
        </p>
      )}
      {error !== null && <Problem error={error} retry={retry} />}
      {payments === null && error === null && (
        <p class="quiet" role="status">
          {t.reading(seen > 0 ? number(seen) : '')}
        </p>
      )}
      {payments?.length === 0 && (
        <div class="fin-empty">
          <p>{t.unsettledNone}</p>
        </div>
      )}
      {payments !== null && payments.length > 0 && (
        <form
          class="fin-form fin-settle-form"
          ref={form}
          noValidate
          aria-label={t.enter}
          onSubmit={(event) => {
            event.preventDefault();
            setIsChecked(true);
            setSaid('');
            if (Object.values(faults).some(Boolean)) return focusFirstError(form.current);
            if (fits) void send();
          }}
        >
          <fieldset class="fin-choose">
            <legend class="fin-step">{t.choose}</legend>
            {canAct && <p class="hint">{t.chooseHint}</p>}
            <div class="fin-choose-bar">
              {GATEWAYS.length > 1 && (
                <label class="fin-filter">
                  <span class="quiet small">{t.gateway}</span>
                  <select
                    class="input"
                    value={gateway}
                    onChange={({ currentTarget }) => {
                      const next = GATEWAYS.find((one) => one === currentTarget.value);
                      if (next) setGateway(next);
                    }}
                  >
                    {GATEWAYS.map((one) => (
                      <option key={one}>{one}</option>
                    ))}
                  </select>
                </label>
              )}
              {canAct && (
                <>
                  <label class="fin-filter">
                    <span class="quiet small">{t.until}</span>
                    <input
                      class="input"
                      type="date"
                      value={until}
                      onInput={({ currentTarget: { value } }) => {
                        setUntil(value);
                        if (value === '') return;
                        const some = payments.filter(({ paidAt }) => dayOf(paidAt) <= value);
                        setChosen(new Set(some.map(({ reference }) => reference)));
                      }}
                    />
                  </label>
                  <span class="fin-choose-all">
                    <button type="button" class="button-text" onClick={() => choose(payments, true)}>
                      {t.all}
                    </button>
                    <button type="button" class="button-text" onClick={() => setChosen(new Set())}>
                      {t.none}
                    </button>
                  </span>
                </>
              )}
            </div>
            <ul class="fin-days">
              {[...days].map(([on, some], index) => {
                const count = some.filter(({ reference }) => chosen.has(reference)).length;
                const isOpen = opened.has(on);
                return (
                  <li key={on} class={index > 0 ? 'fin-day-next' : ''}>
                    <div class="fin-day-head">
                      {canAct ? (
                        <label>
                          <input
                            type="checkbox"
                            checked={count === some.length}
                            ref={(box) => {
                              if (box) box.indeterminate = count > 0 && count < some.length;
                            }}
                            onChange={() => choose(some, count < some.length)}
                          />
                          {dayName(on)}
                        </label>
                      ) : (
                        <span>{dayName(on)}</span>
                      )}
                      <strong class="figures">{signed(sumOf(some))}</strong>
                      <button
                        type="button"
                        class="button-text fin-day-open"
                        aria-expanded={isOpen}
                        onClick={() => {
                          const next = new Set(opened);
                          if (!next.delete(on)) next.add(on);
                          setOpened(next);
                        }}
                      >
                        {canAct && count > 0 && count < some.length
                          ? `${number(count)} / ${t.payments(number(some.length))}`
                          : t.payments(number(some.length))}
                        <span class="unseen">, {dayName(on)}</span>
                      </button>
                    </div>
                    {isOpen && (
                      <ul class="fin-day-payments">
                        {some.map(({ reference, method, paidAt, outstanding: { amount: open } }) => {
                          const words = (
                            <>
                              <span class="fin-code">{reference}</span>
                              <span class="quiet small">
                                {site.method[method]} · {clock(paidAt)}
                              </span>
                            </>
                          );
                          return (
                            <li key={reference}>
                              {canAct ? (
                                <label>
                                  <input
                                    type="checkbox"
                                    checked={chosen.has(reference)}
                                    onChange={() =>
                                      choose(
                                        some.filter((one) => one.reference === reference),
                                        !chosen.has(reference),
                                      )
                                    }
                                  />
                                  <span class="fin-day-words">{words}</span>
                                </label>
                              ) : (
                                <span class="fin-day-words">{words}</span>
                              )}
                              <strong class="figures">{signed(open)}</strong>
                            </li>
                          );
                        })}
                      </ul>
                    )}
                  </li>
                );
              })}
            </ul>
            {payments.length >= REFERENCES_MAX && <p class="hint">{t.tooMany(number(REFERENCES_MAX))}</p>}
            <p class="fin-chosen figures" aria-live="polite">
              <span>
                {canAct
                  ? `${t.chosen}: ${t.payments(number(picked.length))}`
                  : t.payments(number(payments.length))}
              </span>
              <strong>{signed(canAct ? outstanding : sumOf(payments))}</strong>
            </p>
          </fieldset>
          {canAct && (
            <fieldset class="fin-report">
              <legend class="fin-step">{t.report}</legend>
              <div class="fin-fields">
                <Field id="settle-reference" label={t.bankReference} error={shown.bankReference}>
                  {(describe) => (
                    <input
                      {...describe}
                      class="input"
                      autocomplete="off"
                      maxLength={BANK_REFERENCE_MAX}
                      value={bankReference}
                      onInput={({ currentTarget }) => setBankReference(currentTarget.value)}
                    />
                  )}
                </Field>
                <Field id="settle-day" label={t.settledOn} error={shown.settledOn}>
                  {(describe) => (
                    <input
                      {...describe}
                      class="input"
                      type="date"
                      max={today()}
                      value={settledOn}
                      onInput={({ currentTarget }) => setSettledOn(currentTarget.value)}
                    />
                  )}
                </Field>
              </div>
              <Field id="settle-amount" label={t.amount} error={shown.amount}>
                {(describe) => <RupiahInput describe={describe} amount={amount} onAmount={setAmount} />}
              </Field>
              {mayBeOwed && (
                <label class="fin-check">
                  <input
                    type="checkbox"
                    checked={isOwed}
                    onChange={({ currentTarget }) => setIsOwed(currentTarget.checked)}
                  />
                  {t.isOwed}
                </label>
              )}
              <div class="fin-fields">
                <Field id="settle-fee" label={t.fee}>
                  {(describe) => <RupiahInput describe={describe} amount={fee} onAmount={setFee} />}
                </Field>
                <Field id="settle-vat" label={t.vat}>
                  {(describe) => <RupiahInput describe={describe} amount={vat} onAmount={setVat} />}
                </Field>
              </div>
              <dl class="fin-sum figures" aria-live="polite">
                <div>
                  <dt>{t.sumReport}</dt>
                  <dd>{signed(reported)}</dd>
                </div>
                <div>
                  <dt>{t.sumChosen}</dt>
                  <dd>{signed(outstanding)}</dd>
                </div>
                <div class={`fin-sum-total ${fits ? 'fin-fits' : 'fin-off'}`}>
                  <dt>
                    {t.difference}
                    {picked.length > 0 && amount !== null && (
                      <span class="small">
                        {' '}
                        · {difference === 0 ? t.fits : difference < 0 ? t.tooLow : t.tooHigh}
                      </span>
                    )}
                  </dt>
                  <dd data-difference={difference}>{signed(difference)}</dd>
                </div>
              </dl>
              <Refused error={deed.error} own={{ conflict: refusal.alreadyEntered }} />
              <div class="fin-deed-bar">
                <button
                  type="submit"
                  class="button button-call"
                  disabled={deed.isSending || (isChecked && !fits)}
                  aria-describedby="settle-why"
                >
                  {deed.isSending ? d.sending : t.do}
                </button>
                <p class="quiet small" id="settle-why">
                  {picked.length === 0 ? t.chooseFirst : fits ? '' : t.fixFirst}
                </p>
              </div>
            </fieldset>
          )}
        </form>
      )}
    </section>
  );
}

const sumOf = (payments: UnsettledPayment[]): number =>
  payments.reduce((sum, { outstanding }) => sum + outstanding.amount, 0);
