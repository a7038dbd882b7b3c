import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { Balances, HoldView } from '../../../server/protocol/payouts.ts';
import { dateTime, money } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { MoneyBar, type Part } from '../parts/MoneyBar.tsx';
import { Problem } from '../parts/Problem.tsx';
import { BankAccounts } from './BankAccounts.tsx';
import { useCampaign } from './campaign.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { useMoney } from './money.ts';
import { useMoneyTexts } from './money-text.ts';
import { NotHere, NotYet } from './NotYet.tsx';
import { PayoutForm } from './PayoutForm.tsx';
import { Payouts } from './Payouts.tsx';
import './studio.css';
import './money.css';

export default function Money({ id }: { id: string }) {
  return <Gate to="studio">{(me) => <Loading key={`${me.id} ${id}`} id={id} />}</Gate>;
}

function Loading({ id }: { id: string }) {
  const t = useMoneyTexts();
  const loaded = useCampaign(id, null);
  const { view } = loaded;
  if (!view) return <NotYet loaded={loaded} title={t.title} />;
  if (!view.team?.role) return <NotHere title={view.title} text={t.refused} />;
  return <Page view={view} />;
}

function Page({ view }: { view: CampaignView }) {
  const site = useTexts();
  const t = useMoneyTexts();
  const isOwner = view.team?.role === 'owner';
  const known = useMoney(view.id, isOwner);
  const { balances, changed } = known;
  const isPublic = ['live', 'paused', 'ended'].includes(view.status);
  return (
    <Layout title={`${t.title}: ${view.title}`}>
      <div class="wrap staff">
        <Head view={view} title={view.title} current="money" />
        <p class="unseen" aria-live="polite">
          {changed ? t.payouts.said(money(changed.amount), t.payouts.status[changed.status]) : ''}
        </p>
        {known.error !== null && <Problem error={known.error} retry={() => void known.refresh()} />}
        {!isPublic && <p class="notice">{t.notYet}</p>}
        {!balances && known.error === null && (
          <div role="status">
            <span class="unseen">{site.site.loading}</span>
            <div class="bones staff-bone-title" />
            <div class="bones staff-bone" />
            <div class="bones staff-bone" />
          </div>
        )}
        {balances && (
          <div class="money-page">
            <section class="money-top" aria-labelledby="available">
              <div>
                <h2 id="available">{t.available}</h2>
                <p class="money-available">
                  <CountUp amount={balances.available.amount} />
                </p>
                <p class="quiet figures">{t.paid(money(balances.paid))}</p>
              </div>
              <div class="money-foot">
                <LiveState />
                {isPublic && <a href={`/c/${view.slug}/ledger`}>{t.statement}</a>}
              </div>
              {balances.owed.amount > 0 && <p class="notice">{t.owed(money(balances.owed))}</p>}
              {balances.held.amount > 0 && (
                <Held holds={known.holds} balances={balances} timezone={view.timezone} />
              )}
            </section>
            <div class="money-aside">
              <PayoutForm view={view} known={known} balances={balances} isOwner={isOwner} />
              {isOwner && <BankAccounts view={view} known={known} />}
            </div>
            <div class="money-main">
              <Where balances={balances} />
              <Payouts view={view} known={known} />
            </div>
          </div>
        )}
      </div>
    </Layout>
  );
}

/** Everything that was ever paid, by where it is now. */
function Where({ balances }: { balances: Balances }) {
  const { part: t, where, none } = useMoneyTexts();
  const { paid, settled, refunded, clawedBack, paidOut, pending, owed, available } = balances;
  const back = refunded.amount + clawedBack.amount;
  const waiting = Math.max(0, paid.amount - back - settled.amount);
  // What was taken back after a payout is in both, so that the parts are more than the whole by what is owed.
  const here =
    paid.amount + owed.amount - back - paidOut.amount - pending.amount - waiting - available.amount;
  // A hold may name more than there is.
  const held = Math.max(0, Math.min(balances.held.amount, here));
  // More than the fees is missing while gifts are on their way back.
  const fees = Math.max(0, Math.min(balances.fees.amount, here - held));
  const parts: Part[] = [
    { key: 'out', label: t.paidOut, amount: paidOut.amount, tone: 'sun' },
    { key: 'pending', label: t.pending, hint: t.pendingHint, amount: pending.amount, tone: 'sun-way' },
    { key: 'available', label: t.available, hint: t.availableHint, amount: available.amount, tone: 'lake' },
    { key: 'held', label: t.held, hint: t.heldHint, amount: held, tone: 'held' },
    { key: 'waiting', label: t.waiting, hint: t.waitingHint, amount: waiting, tone: 'lake-way' },
    { key: 'fees', label: t.fees, hint: t.feesHint, amount: fees, tone: 'stone' },
    { key: 'returning', label: t.returning, amount: here - held - fees, tone: 'held' },
    { key: 'back', label: t.back, hint: t.backHint, amount: back, tone: 'gone' },
  ];
  return (
    <section class="stack" aria-labelledby="where">
      <h2 id="where">{where}</h2>
      <MoneyBar parts={parts} none={none} />
    </section>
  );
}

/** That money is held and until when; why is for staff alone. */
function Held({ holds, balances, timezone }: { holds: HoldView[]; balances: Balances; timezone: string }) {
  const { hold: t } = useMoneyTexts();
  const isAll = holds.some(({ amount }) => amount === null);
  // Only a day on which all of them are over is worth saying.
  const ends = holds.flatMap(({ until }) => (until === null ? [] : [until])).sort();
  const last = ends.length === holds.length ? ends.at(-1) : undefined;
  return (
    <div class="notice">
      <p>
        <strong>{isAll ? t.all : t.some(money(balances.held))}</strong>{' '}
        {last ? t.until(dateTime(last, timezone)) : t.open}
      </p>
      <p class="small">{t.what}</p>
    </div>
  );
}
