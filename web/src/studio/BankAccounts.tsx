import { useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import {
  BANK_ACCOUNT_HOLD_DAYS,
  type Bank,
  type BankAccountView,
  HOLDER_MAX,
} from '../../../server/protocol/payouts.ts';
import { dateTime } from '../format.ts';
import { ApiError } from '../http.ts';
import { newKey } from '../new-key.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { bankName, shortBank } from './bank-name.ts';
import type { Money } from './money.ts';
import { addBankAccount, fetchBanks, removeBankAccount } from './money-calls.ts';
import { type MoneyTexts, useMoneyTexts } from './money-text.ts';

const NUMBER_DIGITS = /^\d{6,20}$/;
const HOLDER_MIN = 2;

/** Where a campaign's money may go; for its owner. */
export function BankAccounts({ view, known }: { view: CampaignView; known: Money }) {
  const { accounts: t } = useMoneyTexts();
  const [isAdding, setIsAdding] = useState(false);
  const [said, setSaid] = useState('');
  const { accounts } = known;
  return (
    <section class="stack" aria-labelledby="accounts">
      <h2 id="accounts">{t.title}</h2>
      {accounts.length === 0 ? (
        <p class="quiet">
          {t.none} {t.noneNext}
        </p>
      ) : (
        <ul class="bank-accounts">
          {accounts.map((account) => (
            <Account
              key={account.id}
              account={account}
              view={view}
              onGone={() => {
                setSaid(t.removed);
                void known.refresh();
              }}
            />
          ))}
        </ul>
      )}
      {isAdding ? (
        <Adding
          campaignId={view.id}
          hadAccount={known.hadAccount}
          onEnd={(isAdded) => {
            setIsAdding(false);
            setSaid(isAdded ? t.added : '');
            if (isAdded) void known.refresh();
          }}
        />
      ) : (
        <p>
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              setSaid('');
              setIsAdding(true);
            }}
          >
            {t.add}
          </button>{' '}
          <span class="small" role="status">
            {said}
          </span>
        </p>
      )}
      <p class="hint">{t.holdWhy(BANK_ACCOUNT_HOLD_DAYS)}</p>
    </section>
  );
}

function Account({
  account,
  view,
  onGone,
}: {
  account: BankAccountView;
  view: CampaignView;
  onGone: () => void;
}) {
  const { accounts: t } = useMoneyTexts();
  const [isAsked, setIsAsked] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isUsable = Date.parse(account.usableFrom) <= Date.now();
  const remove = () => {
    setError(null);
    removeBankAccount(view.id, account.id).then(onGone, setError);
  };
  return (
    <li>
      <p>
        <strong>{shortBank(account.bank)}</strong> <span class="figures">{account.number}</span>
        <br />
        <span class="small">{account.holder}</span>
      </p>
      <p class="small">
        <span class={`tag ${isUsable ? 'tag-good' : 'tag-warn'}`}>
          {isUsable ? t.usable : t.from(dateTime(account.usableFrom, view.timezone))}
        </span>
      </p>
      {error !== null && <Problem error={error} />}
      {isAsked ? (
        <div class="small">
          <p>{t.removeSure}</p>
          <p class="bank-sure">
            <button type="button" class="button-text" onClick={remove}>
              {t.removeYes}
            </button>
            <button type="button" class="button-text" onClick={() => setIsAsked(false)}>
              {t.removeNo}
            </button>
          </p>
        </div>
      ) : (
        <button
          type="button"
          class="button-text small"
          aria-label={t.removeOf(`${shortBank(account.bank)} ${account.number}`)}
          onClick={() => setIsAsked(true)}
        >
          {t.remove}
        </button>
      )}
    </li>
  );
}

type Draft = { bank: string; number: string; holder: string };
type Faults = Partial<Record<keyof Draft, string>>;

function Adding({
  campaignId,
  hadAccount,
  onEnd,
}: {
  campaignId: string;
  hadAccount: boolean;
  onEnd: (isAdded: boolean) => void;
}) {
  const { accounts: t } = useMoneyTexts();
  const form = useRef<HTMLFormElement>(null);
  const [banks, setBanks] = useState<Bank[] | null>(null);
  const [draft, setDraft] = useState<Draft>({ bank: '', number: '', holder: '' });
  const [faults, setFaults] = useState<Faults>({});
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const [attempt, setAttempt] = useState(0);
  /** Repeated with its key, so that a lost answer adds nothing twice. */
  const sent = useRef<{ content: string; key: string } | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    fetchBanks(stop.signal).then(setBanks, (reason) => {
      if (!stop.signal.aborted) setError(reason);
    });
    return () => stop.abort();
  }, [attempt]);
  useEffect(() => form.current?.querySelector('select')?.focus(), []);

  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setFaults(Object.fromEntries(Object.entries(faults).filter(([field]) => !(field in part))));
  };
  const refused = (found: Faults) => {
    setFaults(found);
    focusFirstError(form.current);
  };
  const save = async () => {
    const found = faultsOf(draft, t);
    if (Object.keys(found).length > 0) return refused(found);
    if (isSending) return;
    setFaults({});
    setError(null);
    setIsSending(true);
    const body = { bank: draft.bank, number: draft.number.trim(), holder: draft.holder.trim() };
    const content = JSON.stringify(body);
    if (sent.current?.content !== content) sent.current = { content, key: newKey() };
    try {
      await addBankAccount(campaignId, body, sent.current.key);
      onEnd(true);
    } catch (reason) {
      setIsSending(false);
      if (!(reason instanceof ApiError)) return setError(reason);
      const paths = reason.errors.map(({ path }) => path);
      if (reason.code === 'name-mismatch') refused({ holder: t.faults.name });
      else if (reason.code === 'conflict') refused({ number: t.faults.twice });
      else if (reason.code === 'invalid-input' && paths.includes('bank')) refused({ bank: t.faults.bank });
      else if (reason.code === 'invalid-input' && paths.includes('holder'))
        refused({ holder: t.faults.holder });
      else if (reason.code === 'invalid-input') refused({ number: t.faults.numberUnknown });
      else setError(reason);
    }
  };
  const isSilent = error instanceof ApiError && error.code === 'gateway-unavailable';
  return (
    <form
      class="stack bank-adding"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h3>{t.addTitle}</h3>
      <Field id="a-bank" label={t.bank} error={faults.bank}>
        {(describe) => (
          <select
            {...describe}
            class="input"
            value={draft.bank}
            onChange={({ currentTarget }) => change({ bank: currentTarget.value })}
          >
            <option value="">{t.choose}</option>
            {banks?.map(({ code, name }) => (
              <option key={code} value={code}>
                {bankName(name)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field id="a-number" label={t.number} hint={t.numberHint} error={faults.number}>
        {(describe) => (
          <input
            {...describe}
            class="input figures"
            type="text"
            inputMode="numeric"
            autocomplete="off"
            maxLength={30}
            value={draft.number}
            onInput={({ currentTarget }) => change({ number: currentTarget.value })}
          />
        )}
      </Field>
      <Field id="a-holder" label={t.holder} hint={t.holderHint} error={faults.holder}>
        {(describe) => (
          <input
            {...describe}
            class="input"
            type="text"
            autocomplete="off"
            maxLength={HOLDER_MAX}
            value={draft.holder}
            onInput={({ currentTarget }) => change({ holder: currentTarget.value })}
          />
        )}
      </Field>
      {isSilent ? (
        <p class="notice notice-alarm" role="alert">
          {t.faults.bankSilent}
        </p>
      ) : (
        error !== null && (
          <Problem error={error} {...(banks ? {} : { retry: () => setAttempt((n) => n + 1) })} />
        )
      )}
      {hadAccount && <p class="notice small">{t.holdNow(BANK_ACCOUNT_HOLD_DAYS)}</p>}
      <p class="bank-deeds">
        <button type="submit" class="button" aria-disabled={isSending}>
          {isSending ? t.saving : t.save}
        </button>
        <button type="button" class="button-text" onClick={() => onEnd(false)}>
          {t.cancel}
        </button>
      </p>
    </form>
  );
}

function faultsOf({ bank, number, holder }: Draft, t: MoneyTexts['accounts']): Faults {
  return {
    ...(bank === '' ? { bank: t.faults.bank } : {}),
    ...(NUMBER_DIGITS.test(number.replace(/[\s.-]/g, '')) ? {} : { number: t.faults.number }),
    ...(holder.trim().length < HOLDER_MIN ? { holder: t.faults.holder } : {}),
  };
}
