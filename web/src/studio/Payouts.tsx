import { useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { PayoutStatus, PayoutView } from '../../../server/protocol/payouts.ts';
import { dateTime, money } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { Problem } from '../parts/Problem.tsx';
import { shortBank } from './bank-name.ts';
import { isUnderWay, type Money } from './money.ts';
import { useMoneyTexts } from './money-text.ts';

const TONE: Record<PayoutStatus, string> = {
  requested: 'tag-warn',
  rejected: '',
  approved: 'tag-warn',
  submitted: 'tag-warn',
  confirmed: 'tag-good',
  failed: '',
  reversed: '',
};
const REACHED: Partial<Record<PayoutStatus, number>> = {
  requested: 1,
  approved: 2,
  submitted: 3,
  confirmed: 4,
};

/** The way of a payout as lamps along the shore, lit as far as it has come. */
export function Steps({ status }: { status: PayoutStatus }) {
  const { payouts: t } = useMoneyTexts();
  const reached = REACHED[status] ?? 0;
  return (
    <ol class="payout-steps">
      {t.steps.map((step, i) => (
        <li
          key={step}
          class={i < reached ? 'step-lit' : ''}
          aria-current={i === reached - 1 ? 'step' : undefined}
        >
          <span class="step-lamp" aria-hidden="true" />
          <span>{step}</span>
        </li>
      ))}
    </ol>
  );
}

export function Payouts({ view, known }: { view: CampaignView; known: Money }) {
  const site = useTexts();
  const { payouts: t } = useMoneyTexts();
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const more = async () => {
    setIsLoading(true);
    setError(null);
    await known.loadMore().catch(setError);
    setIsLoading(false);
  };
  return (
    <section class="stack" aria-labelledby="payouts">
      <h2 id="payouts">{t.title}</h2>
      {known.payouts.length === 0 ? (
        <p class="quiet">{t.none}</p>
      ) : (
        <ul class="payouts">
          {known.payouts.map((payout, i) => (
            <Payout key={payout.id} payout={payout} view={view} isLatest={i === 0} />
          ))}
        </ul>
      )}
      {error !== null && <Problem error={error} />}
      {known.hasMore && (
        <p>
          <button type="button" class="button button-quiet" disabled={isLoading} onClick={() => void more()}>
            {isLoading ? site.site.loading : t.more}
          </button>
        </p>
      )}
    </section>
  );
}

function Payout({ payout, view, isLatest }: { payout: PayoutView; view: CampaignView; isLatest: boolean }) {
  const { payouts: t } = useMoneyTexts();
  const { status, bankAccount, requestedAt, endedAt, note, failure } = payout;
  const hasEnded = endedAt !== null && !isUnderWay(status);
  return (
    <li>
      <p class="payout-amount figures">{money(payout.amount)}</p>
      <p class="payout-status">
        <span class={`tag ${TONE[status]}`}>{t.status[status]}</span>
      </p>
      <p class="payout-to">
        {t.to(`${shortBank(bankAccount.bank)} ${bankAccount.number}`, bankAccount.holder)}
      </p>
      <p class="payout-when small quiet">
        {t.requested(dateTime(requestedAt, view.timezone))}
        {hasEnded && ` · ${t.ended(dateTime(endedAt, view.timezone))}`}
      </p>
      {(note || failure) && (
        <dl class="payout-notes small">
          {note && (
            <div>
              <dt>{t.note}</dt>
              <dd class="preline">{note}</dd>
            </div>
          )}
          {failure && failure !== note && (
            <div>
              <dt>{t.bankSays}</dt>
              <dd>{failure}</dd>
            </div>
          )}
        </dl>
      )}
      {isLatest && (
        <p class="payout-next small">
          {t.next[status]}{' '}
          {status === 'confirmed' && <a href={`/studio/${view.id}/updates?proof`}>{t.writeProof}</a>}
        </p>
      )}
    </li>
  );
}
