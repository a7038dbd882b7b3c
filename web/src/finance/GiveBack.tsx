import { useRef, useState } from 'preact/hooks';
import type { PaidGiftView, RefundRequest, RefundView } from '../../../server/protocol/refunds.ts';
import { rupiah } from '../format.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { RupiahInput } from '../studio/RupiahInput.tsx';
import { giveBack, holderOf } from './calls.ts';
import { DonorAccount } from './DonorAccount.tsx';
import { useDeed } from './deed.ts';
import { isFieldRefused, Refused } from './Refused.tsx';
import { useFinanceTexts } from './text.ts';

type Payment = PaidGiftView['payments'][number];
type Faults = Partial<Record<'gift' | 'tip' | 'reason' | 'bankReference' | 'bank' | 'number', string>>;
type Way = 'gateway' | 'payout' | 'transfer';
const WAYS: Way[] = ['gateway', 'payout', 'transfer'];
const REASON_MAX = 255;
const BANK_REFERENCE_MAX = 80;
const NUMBER_DIGITS = /^\d{6,20}$/;

/** Gives back what is left of one payment, or a part of it: first what, then whether that is meant. */
export function GiveBack({
  gift: { id: donationId, gift, tip },
  payment,
  canAct,
  onDone,
}: {
  gift: PaidGiftView;
  payment: Payment;
  canAct: boolean;
  onDone: (refund: RefundView) => void;
}) {
  const { deed: d, refunds: t } = useFinanceTexts();
  const leftGift = Math.max(0, gift.amount - payment.returnedGift.amount);
  const leftTip = Math.max(0, tip.amount - payment.returnedTip.amount);
  const left = leftGift + leftTip;
  const isByHandOnly = payment.refundable === 'by transfer';
  // Undefined is untouched: all that is left, whatever goes back meanwhile.
  const [giftPart, setGiftPart] = useState<number | null | undefined>(undefined);
  const [tipPart, setTipPart] = useState<number | null | undefined>(undefined);
  const [reason, setReason] = useState('');
  const [way, setWay] = useState<Way>(isByHandOnly ? 'payout' : 'gateway');
  const [bankReference, setBankReference] = useState('');
  const [account, setAccount] = useState({ bank: '', number: '' });
  /** As the bank writes it, of the account that stands in the form. */
  const [holder, setHolder] = useState('');
  const [isChecked, setIsChecked] = useState(false);
  const [isAsked, setIsAsked] = useState(false);
  const [said, setSaid] = useState<{ words: string; isBad: boolean } | null>(null);
  const deed = useDeed();
  const form = useRef<HTMLFormElement>(null);
  const question = useRef<HTMLParagraphElement>(null);
  const saying = useRef<HTMLParagraphElement>(null);

  const isTransfer = way === 'transfer';
  const isPayout = way === 'payout';
  const giftAmount = giftPart === undefined ? leftGift : (giftPart ?? 0);
  const tipAmount = tipPart === undefined ? leftTip : (tipPart ?? 0);
  const sum = giftAmount + tipAmount;
  const isWholeOnly = payment.refundable === 'all or nothing' && way === 'gateway';
  const faults: Faults = {};
  if (giftAmount > leftGift) faults.gift = t.tooMuch(rupiah(leftGift));
  else if (sum === 0) faults.gift = t.nothing;
  else if (isWholeOnly && sum !== payment.amount.amount) faults.gift = t.whole(rupiah(payment.amount.amount));
  if (tipAmount > leftTip) faults.tip = t.tooMuch(rupiah(leftTip));
  if (reason.trim() === '') faults.reason = t.reasonMissing;
  if (isTransfer && bankReference.trim() === '') faults.bankReference = d.referenceMissing;
  if (isPayout && account.bank === '') faults.bank = t.bankMissing;
  if (isPayout && !NUMBER_DIGITS.test(account.number.replace(/[\s.-]/g, ''))) faults.number = t.numberMissing;
  const shownFaults: Faults = isChecked ? faults : {};

  const sending = said && (
    <p class={`notice ${said.isBad ? 'notice-alarm' : 'notice-good'} fin-outcome`} ref={saying} tabIndex={-1}>
      {said.words}
    </p>
  );
  if (left === 0) {
    return (
      <>
        {sending}
        <p class="quiet small">{t.nothingLeft}</p>
      </>
    );
  }
  const leftOver = (
    <p class="quiet small">
      {t.refundable[payment.refundable]} {t.left(rupiah(left))}.
    </p>
  );
  if (!canAct) return leftOver;

  const send = async () => {
    const request: RefundRequest = {
      gift: { amount: giftAmount, currency: 'IDR' },
      ...(tipAmount > 0 ? { tip: { amount: tipAmount, currency: 'IDR' } } : {}),
      reason: reason.trim(),
      paymentId: payment.id,
      ...(isTransfer ? { byTransfer: { bankReference: bankReference.trim() } } : {}),
      ...(isPayout ? { byPayout: { bank: account.bank, number: account.number.trim() } } : {}),
    };
    let made: RefundView | null = null;
    const isDone = await deed.run(request, async (key) => {
      made = await giveBack(donationId, request, key);
    });
    if (!isDone || made === null) return;
    const { status } = made as RefundView;
    const words = {
      done: t.done,
      requested: isPayout ? t.payoutAsked : t.requested,
      failed: t.failed,
    }[status](rupiah(sum));
    setSaid({ words, isBad: status === 'failed' });
    setGiftPart(undefined);
    setTipPart(undefined);
    setReason('');
    setBankReference('');
    setAccount({ bank: '', number: '' });
    setIsChecked(false);
    setIsAsked(false);
    onDone(made);
    requestAnimationFrame(() => saying.current?.focus());
  };

  const ask = () => {
    setIsAsked(true);
    requestAnimationFrame(() => question.current?.focus());
  };
  /** Nobody is paid by a number alone: the bank says first whose it is. */
  const lookUp = async () => {
    const { bank, number } = account;
    const isKnown = await deed.run({ bank, number }, async () => {
      setHolder(await holderOf({ bank, number: number.trim() }));
    });
    if (isKnown) ask();
  };

  return (
    <>
      {sending}
      <form
        class="fin-form"
        ref={form}
        noValidate
        aria-label={t.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isAsked) return void send();
          setIsChecked(true);
          setSaid(null);
          deed.forget();
          if (Object.keys(faults).length > 0) return focusFirstError(form.current);
          if (isPayout) return void lookUp();
          ask();
        }}
      >
        {leftOver}
        {isAsked ? (
          <div class="fin-ask">
            <p class="fin-question figures" ref={question} tabIndex={-1}>
              {isTransfer && t.askTransfer(rupiah(sum))}
              {isPayout &&
                t.askPayout(rupiah(sum), `${holder}, ${account.bank.toUpperCase()} ${account.number.trim()}`)}
              {way === 'gateway' && t.ask(rupiah(sum))}
            </p>
            <p class="quiet small">
              {t.gift} {rupiah(giftAmount)}
              {tipAmount > 0 && `, ${t.tip.toLowerCase()} ${rupiah(tipAmount)}`}.{' '}
              {isPayout ? t.askPayoutHint : t.askHint}
            </p>
            <Refused error={deed.error} />
            <div class="fin-deed-bar">
              <button type="submit" class="button button-quiet button-call" disabled={deed.isSending}>
                {deed.isSending ? d.sending : isPayout ? t.yesPayout : t.yes(rupiah(sum))}
              </button>
              <button
                type="button"
                class="button button-quiet"
                disabled={deed.isSending}
                onClick={() => {
                  deed.forget();
                  setIsAsked(false);
                }}
              >
                {d.cancel}
              </button>
            </div>
          </div>
        ) : (
          <>
            <div class="fin-fields">
              <Field
                id={`gift-${payment.id}`}
                label={t.giftPart}
                hint={t.left(rupiah(leftGift))}
                error={shownFaults.gift}
              >
                {(describe) => (
                  <RupiahInput
                    describe={describe}
                    amount={giftPart === undefined ? leftGift : giftPart}
                    onAmount={setGiftPart}
                  />
                )}
              </Field>
              {tip.amount > 0 && (
                <Field
                  id={`tip-${payment.id}`}
                  label={t.tipPart}
                  hint={t.left(rupiah(leftTip))}
                  error={shownFaults.tip}
                >
                  {(describe) => (
                    <RupiahInput
                      describe={describe}
                      amount={tipPart === undefined ? leftTip : tipPart}
                      onAmount={setTipPart}
                    />
                  )}
                </Field>
              )}
            </div>
            <Field
              id={`reason-${payment.id}`}
              label={t.reason}
              hint={t.reasonHint}
              error={shownFaults.reason}
            >
              {(describe) => (
                <input
                  {...describe}
                  class="input"
                  maxLength={REASON_MAX}
                  value={reason}
                  onInput={({ currentTarget }) => setReason(currentTarget.value)}
                />
              )}
            </Field>
            <fieldset class="fin-choice">
              <legend class="label">{t.way}</legend>
              {WAYS.filter((one) => one !== 'gateway' || !isByHandOnly).map((one) => (
                <label key={one}>
                  <input
                    type="radio"
                    name={`way-${payment.id}`}
                    checked={way === one}
                    onChange={() => {
                      deed.forget();
                      setWay(one);
                    }}
                  />
                  {t.ways[one]}
                </label>
              ))}
            </fieldset>
            {isPayout && (
              <DonorAccount
                id={payment.id}
                account={account}
                onAccount={(changed) => {
                  deed.forget();
                  setAccount(changed);
                }}
                faults={shownFaults}
              />
            )}
            {isTransfer && (
              <Field id={`bank-${payment.id}`} label={t.bankReference} error={shownFaults.bankReference}>
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
            )}
            {isFieldRefused(deed.error, 'byPayout', 'bank', 'number') ? (
              <p class="notice notice-alarm fin-refused" role="alert">
                {t.noAccount}
              </p>
            ) : (
              <Refused error={deed.error} own={{ 'not-allowed': t.noPayouts }} />
            )}
            <div class="fin-deed-bar">
              <button type="submit" class="button button-quiet button-call" disabled={deed.isSending}>
                {deed.isSending ? d.sending : t.do}
              </button>
              <p class="figures">
                {t.sum} <strong>{rupiah(sum)}</strong>
              </p>
            </div>
          </>
        )}
      </form>
    </>
  );
}
