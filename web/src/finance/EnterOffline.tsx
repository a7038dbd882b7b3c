import { useEffect, useRef, useState } from 'preact/hooks';
import { NAME_MAX } from '../../../server/protocol/bounds.ts';
import { GIFT_MIN } from '../../../server/protocol/money.ts';
import type { OfflineRequest, OfflineView, OfflineWay } from '../../../server/protocol/offline.ts';
import { OFFLINE_WAYS, PROOF_MAX } from '../../../server/protocol/offline.ts';
import { rupiah } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { RupiahInput } from '../studio/RupiahInput.tsx';
import { CampaignSearch, type Found } from './CampaignSearch.tsx';
import { enterOffline } from './calls.ts';
import { today } from './days.ts';
import { useDeed } from './deed.ts';
import { isFieldRefused, Refused } from './Refused.tsx';
import { useFinanceTexts } from './text.ts';

type Values = {
  campaign: Found | null;
  gift: number | null;
  tip: number | null;
  way: OfflineWay;
  receivedOn: string;
  proof: string;
  name: string;
  isAnonymous: boolean;
};
const EMPTY: Values = {
  campaign: null,
  gift: null,
  tip: null,
  way: 'bank_transfer',
  receivedOn: '',
  proof: '',
  name: '',
  isAnonymous: false,
};

export function EnterOffline({ onDone }: { onDone: (gift: OfflineView) => void }) {
  const site = useTexts();
  const { deed: d, refusal, offline: t } = useFinanceTexts();
  const [isOpen, setIsOpen] = useState(false);
  const [values, setValues] = useState<Values>(EMPTY);
  const [isChecked, setIsChecked] = useState(false);
  const [said, setSaid] = useState('');
  const deed = useDeed();
  const form = useRef<HTMLFormElement>(null);
  const saying = useRef<HTMLParagraphElement>(null);
  const set = (change: Partial<Values>) => setValues((now) => ({ ...now, ...change }));
  useEffect(() => {
    if (isOpen) form.current?.querySelector<HTMLElement>('input')?.focus();
  }, [isOpen]);
  const { campaign, gift, receivedOn, proof, way } = values;
  const faults = {
    campaign: campaign === null ? t.campaignMissing : null,
    gift: gift === null || gift < GIFT_MIN ? t.giftMin(rupiah(GIFT_MIN)) : null,
    receivedOn: receivedOn === '' ? d.dayMissing : null,
    proof: proof.trim() === '' ? t.proofMissing : null,
  };
  const shown = (name: keyof typeof faults): string | null => {
    if (isChecked && faults[name]) return faults[name];
    return isFieldRefused(deed.error, name) ? refusal.field : null;
  };

  const send = async () => {
    if (!campaign || gift === null) return;
    const name = values.name.trim();
    const request: OfflineRequest = {
      gift: { amount: gift, currency: 'IDR' },
      ...(values.tip ? { tip: { amount: values.tip, currency: 'IDR' } } : {}),
      way,
      receivedOn,
      proof: proof.trim(),
      ...(name ? { donor: { name, anonymous: values.isAnonymous } } : {}),
    };
    const isDone = await deed.run({ id: campaign.id, request }, async (key) => {
      onDone(await enterOffline(campaign.id, request, key));
    });
    if (!isDone) return;
    setSaid(t.done(rupiah(gift + (values.tip ?? 0))));
    setValues(EMPTY);
    setIsChecked(false);
    setIsOpen(false);
    requestAnimationFrame(() => saying.current?.focus());
  };

  return (
    <section class="fin-enter">
      {said && (
        <p class="notice notice-good fin-outcome" ref={saying} tabIndex={-1}>
          {said}
        </p>
      )}
      {!isOpen ? (
        <button
          type="button"
          class="button"
          onClick={() => {
            setSaid('');
            setIsOpen(true);
          }}
        >
          {t.enter}
        </button>
      ) : (
        <form
          class="fin-form fin-panel"
          ref={form}
          noValidate
          aria-labelledby="offline-title"
          onSubmit={(event) => {
            event.preventDefault();
            setIsChecked(true);
            if (Object.values(faults).some(Boolean)) return focusFirstError(form.current);
            void send();
          }}
        >
          <h3 id="offline-title">{t.enter}</h3>
          <CampaignSearch
            value={campaign}
            error={shown('campaign')}
            onPick={(found) => set({ campaign: found })}
          />
          <div class="fin-fields">
            <Field id="offline-gift" label={t.gift} error={shown('gift')}>
              {(describe) => (
                <RupiahInput describe={describe} amount={gift} onAmount={(amount) => set({ gift: amount })} />
              )}
            </Field>
            <Field
              id="offline-tip"
              label={
                <>
                  {t.tip} <span class="quiet staff-optional">({site.site.optional})</span>
                </>
              }
            >
              {(describe) => (
                <RupiahInput
                  describe={describe}
                  amount={values.tip}
                  onAmount={(amount) => set({ tip: amount })}
                />
              )}
            </Field>
          </div>
          <div class="fin-fields">
            <fieldset class="fin-choice">
              <legend class="label">{t.way}</legend>
              {OFFLINE_WAYS.map((one) => (
                <label key={one}>
                  <input
                    type="radio"
                    name="offline-way"
                    checked={way === one}
                    onChange={() => set({ way: one })}
                  />
                  {t.ways[one]}
                </label>
              ))}
            </fieldset>
            <Field id="offline-day" label={t.receivedOn} error={shown('receivedOn')}>
              {(describe) => (
                <input
                  {...describe}
                  class="input"
                  type="date"
                  max={today()}
                  value={receivedOn}
                  onInput={({ currentTarget }) => set({ receivedOn: currentTarget.value })}
                />
              )}
            </Field>
          </div>
          <Field id="offline-proof" label={t.proof} hint={t.proofHint} error={shown('proof')}>
            {(describe) => (
              <input
                {...describe}
                class="input"
                autocomplete="off"
                maxLength={PROOF_MAX}
                value={proof}
                onInput={({ currentTarget }) => set({ proof: currentTarget.value })}
              />
            )}
          </Field>
          <Field
            id="offline-name"
            label={
              <>
                {t.donor} <span class="quiet staff-optional">({site.site.optional})</span>
              </>
            }
            hint={t.donorHint}
            error={isFieldRefused(deed.error, 'donor') ? refusal.field : null}
          >
            {(describe) => (
              <input
                {...describe}
                class="input"
                autocomplete="off"
                maxLength={NAME_MAX}
                value={values.name}
                onInput={({ currentTarget }) => set({ name: currentTarget.value })}
              />
            )}
          </Field>
          {values.name.trim() !== '' && (
            <label class="fin-check">
              <input
                type="checkbox"
                checked={values.isAnonymous}
                onChange={({ currentTarget }) => set({ isAnonymous: currentTarget.checked })}
              />
              {t.anonymous}
            </label>
          )}
          <Refused error={deed.error} />
          <div class="fin-deed-bar">
            <button type="submit" class="button button-call" disabled={deed.isSending}>
              {deed.isSending ? d.sending : t.do}
            </button>
            <button type="button" class="button" disabled={deed.isSending} onClick={() => setIsOpen(false)}>
              {d.cancel}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
