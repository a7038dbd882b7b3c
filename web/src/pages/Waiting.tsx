import { useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { DonationView, PaidBy } from '../../../server/protocol/donations.ts';
import type { DonationEvents, DonationState } from '../../../server/protocol/feeds.ts';
import { donationFeed } from '../../../server/protocol/feeds.ts';
import { METHODS, type Method } from '../../../server/protocol/methods.ts';
import { campaign as fetchCampaign, donation as fetchDonation, payAgain } from '../api.ts';
import { claimOf, keepClaim } from '../claims.ts';
import { useNow } from '../clock.ts';
import { clock, dateTime, money, percent, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import type { Texts } from '../i18n/id.ts';
import { useTexts } from '../i18n/language.ts';
import { useFeed } from '../live.ts';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { MethodPicker } from '../parts/MethodPicker.tsx';
import { Problem } from '../parts/Problem.tsx';
import { copy, Share } from '../parts/Share.tsx';
import { shareOf } from '../progress.ts';
import { Scene } from '../scene/Scene.tsx';
import { user } from '../session.ts';
import { type ReturnedTexts, useReturnedTexts } from './returned-text.ts';
import '../styles/waiting.css';

/** Without a live connection the page asks by itself, so that a paid gift never looks unpaid for long. */
const ASK_EVERY_MS = 15_000;

export default function Waiting({ id }: { id: string }) {
  const t = useTexts();
  // The link's own token first; a gateway that sends people back drops it, and then it is remembered here.
  const [claimToken] = useState(() => {
    const given = location.hash.slice(1);
    if (given) keepClaim(id, given);
    return given || claimOf(id);
  });
  const [donation, setDonation] = useState<DonationView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // A signed-in donor has no token: the answer depends on who asks.
  const isKnown = user.value !== undefined;

  /** Counts what was asked and learned: on a slow line an answer from before must not undo what is known since. */
  const turn = useRef(0);
  const learn = (now: (before: DonationView | null) => DonationView | null): void => {
    turn.current += 1;
    setDonation(now);
  };
  const ask = useRef<(signal?: AbortSignal) => Promise<void>>(async () => undefined);
  ask.current = async (signal) => {
    turn.current += 1;
    const asked = turn.current;
    try {
      const { donation } = await fetchDonation(id, claimToken, signal);
      if (asked !== turn.current) return;
      setDonation(donation);
      setError(null);
    } catch (reason) {
      if (!signal?.aborted && asked === turn.current) setError(reason);
    }
  };
  useEffect(() => {
    if (!isKnown) return;
    const stop = new AbortController();
    void ask.current(stop.signal);
    return () => stop.abort();
  }, [id, attempt, isKnown]);

  const isOpen = donation !== null;
  useFeed<DonationState, DonationEvents>(isOpen ? donationFeed(id) : null, {
    claimToken,
    onState: (state) => learn(() => state.donation),
    // An event does not say which of several attempts it is about; the donation itself does.
    onEvents: () => void ask.current(),
  });

  const isPending = donation?.status === 'pending';
  useEffect(() => {
    if (!isPending) return;
    const timer = setInterval(() => {
      if (!document.hidden) void ask.current();
    }, ASK_EVERY_MS);
    const back = () => {
      if (!document.hidden) void ask.current();
    };
    document.addEventListener('visibilitychange', back);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', back);
    };
  }, [isPending]);

  // The page turns into another one: it is read from its beginning. A part that goes back turns nothing.
  const status = donation?.status === 'partially_refunded' ? 'paid' : donation?.status;
  const turned = useRef(status);
  useEffect(() => {
    if (turned.current && turned.current !== status) {
      scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
    turned.current = status;
  }, [status]);

  if (!donation) {
    const isRefused = error instanceof ApiError && [401, 403, 404].includes(error.status);
    return (
      <Layout title={isRefused ? t.wait.notFound : t.wait.title}>
        <div class="wrap narrow message-page" aria-busy={error === null}>
          {isRefused ? (
            <>
              <h1>{t.wait.notFound}</h1>
              <p>{t.wait.notFoundNext}</p>
              <p>
                <a
                  class="button"
                  href={user.value ? '/me' : `/signin?next=${encodeURIComponent(`/d/${id}`)}`}
                >
                  {user.value ? t.nav.mine : t.nav.signIn}
                </a>
              </p>
            </>
          ) : error === null ? (
            <p class="quiet" role="status">
              {t.site.loading}
            </p>
          ) : (
            <Problem error={error} retry={() => setAttempt((n) => n + 1)} />
          )}
        </div>
      </Layout>
    );
  }

  const again = async (method: Method) => {
    const { payment } = await payAgain(id, { method }, claimToken);
    learn((now) => now && { ...now, status: 'pending', payment });
  };
  switch (donation.status) {
    case 'pending':
      return <Pending donation={donation} claimToken={claimToken} again={again} />;
    case 'paid':
    case 'partially_refunded':
      return <Thanks donation={donation} />;
    case 'failed':
    case 'expired':
    case 'cancelled':
      return <NotPaid donation={donation} again={again} />;
    case 'refunded':
    case 'reversed':
    case 'charged_back':
      return <GoneBack donation={donation} status={donation.status} />;
  }
}

type Again = (method: Method) => Promise<void>;

function Pending({
  donation,
  claimToken,
  again,
}: {
  donation: DonationView;
  claimToken: string | null;
  again: Again;
}) {
  const t = useTexts();
  const { payment } = donation;
  const method = chosen(payment);
  const amount = payment ? money(payment.amount) : rupiah(donation.gift.amount + donation.tip.amount);
  return (
    <Layout title={t.wait.title}>
      <div class="wrap narrow wait">
        <div>
          <p class="eyebrow quiet" lang="id">
            {donation.campaign.title}
          </p>
          <h1>{t.wait.headline}</h1>
        </div>
        <section class="card wait-card" aria-label={t.wait.title}>
          <p class="wait-amount figures">{amount}</p>
          <p class="quiet">{payment ? t.wait.lead(amount, t.method[payment.method]) : ''}</p>
          {payment?.expiresAt && <Countdown until={payment.expiresAt} />}
          {payment?.redirectUrl && (
            <>
              <a
                class="button button-call button-large button-wide"
                href={payment.redirectUrl}
                target="_self"
              >
                {t.wait.open}
              </a>
              <p class="hint">{t.wait.opens}</p>
            </>
          )}
        </section>
        <p class="wait-live">
          <LiveState />
          <span class="small quiet">{t.wait.turns}</span>
        </p>
        {method && (
          <section class="stack" aria-labelledby="what">
            <h2 id="what">{t.wait.what}</h2>
            <ol class="wait-steps">
              {stepsOf(method, t).map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </section>
        )}
        <details class="wait-other fold">
          <summary>{t.wait.otherMethod}</summary>
          <PayAgain amount={amount} first={null} again={again} />
        </details>
        {claimToken && <KeepLink id={donation.id} claimToken={claimToken} />}
      </div>
    </Layout>
  );
}

function Countdown({ until }: { until: string }) {
  const t = useTexts();
  const now = useNow(1_000);
  const left = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
  if (left === 0) return <p class="wait-clock">{t.wait.timeUp}</p>;
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(left / 3600);
  const text = `${hours > 0 ? `${hours}:` : ''}${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
  return (
    <p class="wait-clock">
      <span>{t.wait.left}</span> <strong class="figures">{text}</strong>{' '}
      <span class="quiet">{t.wait.until(clock(until))}</span>
    </p>
  );
}

/** What the donor chose; a gift that came past every gateway was chosen by nobody here. */
const chosen = (payment: DonationView['payment']): Method | undefined =>
  METHODS.find((one) => one === payment?.method);

function stepsOf(method: Method, t: Texts): string[] {
  const { steps } = t.wait;
  const name = t.method[method];
  if (method === 'qris') return steps.qris;
  if (method === 'card') return steps.card;
  if (method === 'alfamart' || method === 'indomaret') return steps.outlet(name);
  // "Transfer BCA" without its first or last word is the bank's own name.
  if (method.startsWith('va_')) return steps.bank(name.replace(/^Transfer | transfer$/, ''));
  return steps.wallet(name);
}

function PayAgain({ amount, first, again }: { amount: string; first: Method | null; again: Again }) {
  const t = useTexts();
  const [method, setMethod] = useState<Method | null>(first);
  const [isMissing, setIsMissing] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const inFlight = useRef(false);
  return (
    <form
      class="stack"
      noValidate
      onSubmit={async (event) => {
        event.preventDefault();
        setIsMissing(method === null);
        if (method === null || inFlight.current) return;
        inFlight.current = true;
        setIsSending(true);
        setError(null);
        try {
          await again(method);
          scrollTo(0, 0);
        } catch (reason) {
          setError(reason);
        } finally {
          inFlight.current = false;
          setIsSending(false);
        }
      }}
    >
      <MethodPicker
        name="again"
        legend={t.give.how}
        method={method}
        onMethod={(one) => {
          setMethod(one);
          setIsMissing(false);
        }}
        error={isMissing ? t.give.errors.method : null}
      />
      {error !== null && <Problem error={error} />}
      <button
        type="submit"
        class="button button-call button-large button-wide figures"
        aria-disabled={isSending}
      >
        {isSending ? t.give.paying : t.wait.again(amount)}
      </button>
    </form>
  );
}

function NotPaid({ donation, again }: { donation: DonationView; again: Again }) {
  const t = useTexts();
  const isExpired = donation.status === 'expired';
  return (
    <Layout title={isExpired ? t.wait.expiredTitle : t.wait.failedTitle}>
      <div class="wrap narrow wait" role="status">
        <div>
          <p class="eyebrow quiet" lang="id">
            {donation.campaign.title}
          </p>
          <h1>{isExpired ? t.wait.expiredHeadline : t.wait.failedHeadline}</h1>
        </div>
        <p>{isExpired ? t.wait.expiredLead : t.wait.failedLead}</p>
        <PayAgain
          amount={rupiah(donation.gift.amount + donation.tip.amount)}
          first={chosen(donation.payment) ?? null}
          again={again}
        />
      </div>
    </Layout>
  );
}

function Thanks({ donation }: { donation: DonationView }) {
  const t = useTexts();
  const r = useReturnedTexts();
  const [campaign, setCampaign] = useState<CampaignView | null>(null);
  const [hasRisen, setHasRisen] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    // The picture is an extra: without it the thanks stand as well.
    fetchCampaign(donation.campaign.id, stop.signal).then(
      (found) => setCampaign(found.campaign),
      () => undefined,
    );
    return () => stop.abort();
  }, [donation.campaign.id]);
  useEffect(() => {
    if (!campaign) return;
    // First the hour before this gift, then, once that is painted, the hour it made.
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => setHasRisen(true)));
    return () => cancelAnimationFrame(frame);
  }, [campaign]);

  const kept = donation.gift.amount - donation.returned.amount;
  const after = campaign ? shareOf(campaign) : 0.5;
  const before = campaign
    ? Math.max(0, campaign.raised.amount - kept) / campaign.goal.amount
    : Math.max(0, after - 0.02);
  const url = `${location.origin}/c/${donation.campaign.slug}`;
  const name = donation.anonymous ? null : donation.donorName;
  return (
    <Layout title={t.wait.paidTitle} header="over">
      <section class="thanks" role="status">
        <Scene
          progress={hasRisen ? after : before}
          lamps={[{ id: donation.id, amount: kept }]}
          glow={
            hasRisen
              ? { key: 1, id: donation.id, label: `${name ?? t.campaign.anonymous}, ${rupiah(kept)}` }
              : null
          }
        />
        <div class="wrap thanks-in">
          <h1>{name ? t.wait.thanks(name) : t.wait.thanksAnonymous}</h1>
          <p class="thanks-lead">
            {kept < donation.gift.amount ? r.keptLead(rupiah(kept)) : t.wait.paidLead(money(donation.gift))}
          </p>
          <p class="figures">{campaign ? t.campaign.progress(percent(after)) : '\u00a0'}</p>
          <div class="thanks-actions">
            <a class="button button-sun button-large" href={`/c/${donation.campaign.slug}`}>
              {t.wait.seeCampaign}
            </a>
            <Share
              url={url}
              title={donation.campaign.title}
              label={t.wait.tellOthers}
              class="button button-large thanks-share"
            />
          </div>
        </div>
      </section>
      <div class="wrap narrow wait">
        {donation.status === 'partially_refunded' && <PartlyBack donation={donation} />}
        {donation.messageStatus === 'held' && <p class="notice">{t.wait.heldMessage}</p>}
        <Receipt donation={donation} />
      </div>
    </Layout>
  );
}

/** Beside the thanks, which stand for what is left. */
function PartlyBack({ donation }: { donation: DonationView }) {
  const t = useTexts();
  const r = useReturnedTexts();
  const { gift, returned, payment } = donation;
  return (
    <section class="notice" aria-labelledby="partly">
      <h2 id="partly">{returned.amount > 0 ? r.partly(money(returned)) : r.partlyTip}</h2>
      <p>{r.partlyKept(rupiah(gift.amount - returned.amount))}</p>
      {payment && <p>{wayBack(payment.method, r, t)}</p>}
    </section>
  );
}

/** A gift that no longer counts: what became of the money, and that nothing is asked of the donor. */
function GoneBack({
  donation,
  status,
}: {
  donation: DonationView;
  status: 'refunded' | 'reversed' | 'charged_back';
}) {
  const t = useTexts();
  const r = useReturnedTexts();
  const { payment, campaign } = donation;
  const words = r[status];
  const total = rupiah(donation.gift.amount + donation.tip.amount);
  const steps =
    status === 'refunded'
      ? [...(payment ? [wayBack(payment.method, r, t)] : []), r.fromTotal, r.keepNumber]
      : r[status].steps;
  return (
    <Layout title={words.title}>
      <div class="wrap narrow wait">
        <div role="status">
          <p class="eyebrow quiet" lang="id">
            {campaign.title}
          </p>
          <h1>{words.headline}</h1>
          <p class="wait-told">{words.lead(total)}</p>
        </div>
        <section class="stack" aria-labelledby="next">
          <h2 id="next">{r.next}</h2>
          <ol class="wait-steps">
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </section>
        <p class="wait-onward">
          <a class="button" href={`/c/${campaign.slug}`}>
            {r.see}
          </a>
          {status === 'reversed' && (
            <a class="button button-call" href={`/c/${campaign.slug}/give?amount=${donation.gift.amount}`}>
              {r.again}
            </a>
          )}
        </p>
        <Receipt donation={donation} />
      </div>
    </Layout>
  );
}

function wayBack(method: PaidBy, r: ReturnedTexts, t: Texts): string {
  if (method === 'qris') return r.way.qris;
  if (method === 'card') return r.way.card;
  if (method === 'alfamart' || method === 'indomaret') return r.way.counter;
  const isTransfer = method === 'bank_transfer' || method === 'cash' || method.startsWith('va_');
  return isTransfer ? r.way.transfer : r.way.wallet(t.method[method]);
}

function Receipt({ donation }: { donation: DonationView }) {
  const t = useTexts();
  const r = useReturnedTexts();
  const { gift, returned } = donation;
  const rows: [string, string][] = [
    [t.give.gift, money(donation.gift)],
    ...(donation.tip.amount > 0
      ? ([
          [t.give.tipLine, money(donation.tip)],
          [t.give.total, rupiah(donation.gift.amount + donation.tip.amount)],
        ] as [string, string][])
      : []),
    ...(returned.amount > 0
      ? ([
          [r.rowReturned, `\u2212${money(returned)}`],
          [r.rowKept, rupiah(gift.amount - returned.amount)],
        ] as [string, string][])
      : []),
    ...(donation.payment ? ([[t.give.via, t.method[donation.payment.method]]] as [string, string][]) : []),
    ...(donation.paidAt ? ([[t.wait.paidAt, dateTime(donation.paidAt)]] as [string, string][]) : []),
    [t.wait.number, donation.id],
  ];
  return (
    <section class="stack" aria-labelledby="receipt">
      <h2 id="receipt">{t.wait.receipt}</h2>
      <p lang="id">{donation.campaign.title}</p>
      <dl class="receipt figures">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {donation.message && (
        <p class="receipt-message" lang="id">
          {donation.message}
        </p>
      )}
    </section>
  );
}

function KeepLink({ id, claimToken }: { id: string; claimToken: string }) {
  const t = useTexts();
  const [isDone, setIsDone] = useState(false);
  return (
    <p class="wait-keep">
      <button
        type="button"
        class="button-text"
        onClick={async () => setIsDone(await copy(`${location.origin}/d/${id}#${claimToken}`))}
      >
        {t.wait.save}
      </button>
      <span class="hint" aria-live="polite">
        {isDone ? t.wait.saved : t.wait.saveHint}
      </span>
    </p>
  );
}
