import { useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { rupiah as asMoney } from '../../../server/protocol/money.ts';
import { type Balances, PAYOUT_MIN } from '../../../server/protocol/payouts.ts';
import { dateTime, money, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { newKey } from '../new-key.ts';
import { Field, FieldError, focusFirstError } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { shortBank } from './bank-name.ts';
import { isUnderWay, type Money } from './money.ts';
import { askForPayout } from './money-calls.ts';
import { type MoneyTexts, useMoneyTexts } from './money-text.ts';
import { Steps } from './Payouts.tsx';
import { RupiahInput } from './RupiahInput.tsx';

type Props = { view: CampaignView; known: Money; balances: Balances; isOwner: boolean };

/** Asks for money, or says why there is none to ask for and what comes next. */
export function PayoutForm({ view, known, balances, isOwner }: Props) {
  const { ask: t, payouts } = useMoneyTexts();
  const open = known.payouts.find(({ status }) => isUnderWay(status));
  return (
    <section class="card money-ask" aria-labelledby="ask">
      <h2 id="ask">{t.title}</h2>
      {open ? (
        <>
          <p>
            <strong class="figures">{t.underWay(money(open.amount))}</strong>
          </p>
          <Steps status={open.status} />
          <p class="small">{payouts.next[open.status]}</p>
          <p class="hint">{t.underWayNext}</p>
        </>
      ) : !isOwner ? (
        <p class="quiet">{t.onlyOwner}</p>
      ) : balances.available.amount < PAYOUT_MIN ? (
        <>
          <p>{balances.available.amount === 0 ? t.nothing : t.tooLittle(rupiah(PAYOUT_MIN))}</p>
          <p class="hint">{t.nothingNext}</p>
        </>
      ) : known.accounts.length === 0 ? (
        <p>{t.needAccount}</p>
      ) : (
        <Form view={view} known={known} available={balances.available.amount} />
      )}
    </section>
  );
}

type Faults = Partial<Record<'amount' | 'account', string>>;

function Form({ view, known, available }: { view: CampaignView; known: Money; available: number }) {
  const { ask: t } = useMoneyTexts();
  const form = useRef<HTMLFormElement>(null);
  const [amount, setAmount] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [faults, setFaults] = useState<Faults>({});
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  /** Repeated with its key, so that a lost answer asks for nothing twice. */
  const sent = useRef<{ content: string; key: string } | null>(null);
  const { accounts } = known;
  const isUsable = ({ usableFrom }: { usableFrom: string }) => Date.parse(usableFrom) <= Date.now();
  const only = accounts.filter(isUsable);
  // Where there is one way to go, nobody has to choose it.
  const accountId = chosen ?? (only.length === 1 ? (only[0]?.id ?? null) : null);

  const refused = (found: Faults) => {
    setFaults(found);
    focusFirstError(form.current);
  };
  const send = async () => {
    const found = faultsOf({ amount, accountId, available }, t);
    if (Object.keys(found).length > 0 || amount === null || accountId === null) return refused(found);
    if (isSending) return;
    setFaults({});
    setError(null);
    setIsSending(true);
    const body = { amount: asMoney(amount), bankAccountId: accountId };
    const content = JSON.stringify(body);
    if (sent.current?.content !== content) sent.current = { content, key: newKey() };
    try {
      await askForPayout(view.id, body, sent.current.key);
      sent.current = null;
      await known.refresh();
    } catch (reason) {
      const code = reason instanceof ApiError ? reason.code : null;
      if (code === 'over-limit') {
        // Less than when it was asked for.
        const now = await known.refresh();
        refused({ amount: t.faults.over(rupiah(now?.available.amount ?? available)) });
      } else if (code === 'account-on-hold') refused({ account: t.faults.accountHold });
      else if (code === 'invalid-input') {
        await known.refresh();
        refused({ account: t.faults.accountGone });
      } else setError(reason);
    } finally {
      setIsSending(false);
    }
  };
  return (
    <form
      class="stack"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Field
        id="p-amount"
        label={t.amount}
        hint={t.amountHint(rupiah(PAYOUT_MIN), rupiah(available))}
        error={faults.amount}
      >
        {(describe) => <RupiahInput describe={describe} amount={amount} onAmount={setAmount} />}
      </Field>
      <p>
        <button
          type="button"
          class="chip figures"
          aria-pressed={amount === available}
          onClick={() => {
            setAmount(available);
            setFaults({});
          }}
        >
          {t.all(rupiah(available))}
        </button>
      </p>
      <fieldset class="money-accounts" aria-describedby={faults.account ? 'p-account-error' : undefined}>
        <legend class="label">{t.account}</legend>
        {accounts.map((account) => (
          <label class="check" key={account.id}>
            <input
              type="radio"
              name="account"
              checked={accountId === account.id}
              disabled={!isUsable(account)}
              aria-invalid={Boolean(faults.account)}
              onChange={() => setChosen(account.id)}
            />
            <span>
              <strong>{shortBank(account.bank)}</strong> <span class="figures">{account.number}</span>
              <br />
              <span class="small quiet">
                {isUsable(account)
                  ? account.holder
                  : t.usableFrom(dateTime(account.usableFrom, view.timezone))}
              </span>
            </span>
          </label>
        ))}
        <FieldError id="p-account-error" error={faults.account} />
      </fieldset>
      {error instanceof ApiError && error.code === 'proof-of-use-missing' ? (
        <div class="notice" role="alert">
          <p>
            <strong>{t.proof.title}</strong>
          </p>
          <p>{t.proof.text}</p>
          <p>
            <a class="button" href={`/studio/${view.id}/updates?proof`}>
              {t.proof.go}
            </a>
          </p>
        </div>
      ) : (
        error !== null && <Problem error={error} />
      )}
      <button type="submit" class="button button-call button-wide figures" aria-disabled={isSending}>
        {isSending ? t.sending : amount === null ? t.sendPlain : t.send(rupiah(amount))}
      </button>
      <p class="hint">{t.next}</p>
    </form>
  );
}

type Wish = { amount: number | null; accountId: string | null; available: number };
function faultsOf({ amount, accountId, available }: Wish, t: MoneyTexts['ask']): Faults {
  return {
    ...(amount === null || amount < PAYOUT_MIN
      ? { amount: t.faults.amount(rupiah(PAYOUT_MIN)) }
      : amount > available
        ? { amount: t.faults.over(rupiah(available)) }
        : {}),
    ...(accountId === null ? { account: t.faults.account } : {}),
  };
}
