import { useEffect, useState } from 'preact/hooks';
import type { AccountRequest, Bank } from '../../../server/protocol/payouts.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { bankName } from '../studio/bank-name.ts';
import { banks as readBanks } from './calls.ts';
import { useFinanceTexts } from './text.ts';

/** Where a donor has their money back. Whose the account is, the bank says. */
export function DonorAccount({
  id,
  account,
  onAccount,
  faults,
}: {
  id: string;
  account: AccountRequest;
  onAccount: (account: AccountRequest) => void;
  faults: { bank?: string; number?: string };
}) {
  const { refunds: t } = useFinanceTexts();
  const [banks, setBanks] = useState<Bank[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isOver = false;
    setError(null);
    readBanks().then(
      (items) => !isOver && setBanks(items),
      (reason) => !isOver && setError(reason),
    );
    return () => {
      isOver = true;
    };
  }, [attempt]);
  return (
    <>
      <div class="fin-fields">
        <Field id={`bank-of-${id}`} label={t.bank} error={faults.bank}>
          {(describe) => (
            <select
              {...describe}
              class="input"
              value={account.bank}
              onChange={({ currentTarget }) => onAccount({ ...account, bank: currentTarget.value })}
            >
              <option value="">{t.chooseBank}</option>
              {banks?.map(({ code, name }) => (
                <option key={code} value={code}>
                  {bankName(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field id={`number-of-${id}`} label={t.number} error={faults.number}>
          {(describe) => (
            <input
              {...describe}
              class="input figures"
              inputMode="numeric"
              autocomplete="off"
              maxLength={30}
              value={account.number}
              onInput={({ currentTarget }) => onAccount({ ...account, number: currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {error !== null && <Problem error={error} retry={() => setAttempt((n) => n + 1)} />}
    </>
  );
}
