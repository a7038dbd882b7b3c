import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { CampaignEvents, CampaignState } from '../../../server/protocol/feeds.ts';
import type { StatementItem, StatementPage, StatementSummary } from '../../../server/protocol/statement.ts';
import { campaign as fetchCampaign } from '../api.ts';
import { takeBoot } from '../boot.ts';
import { useCanonicalSlug } from '../canonical.ts';
import { download } from '../download.ts';
import { dateTime, money, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { useFeed } from '../live.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { BackIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { MoneyBar, type Part } from '../parts/MoneyBar.tsx';
import { Problem } from '../parts/Problem.tsx';
import { shareOf } from '../progress.ts';
import { Scene } from '../scene/Scene.tsx';
import { user } from '../session.ts';
import { fetchStatement } from '../statement.ts';
import { useStatementTexts } from './statement-text.ts';
import '../styles/statement.css';

const PAGE = 20;
/** Many read a campaign's statement while gifts pour in: none asks anew more often than this, nor all at once. */
const REFRESH_MS_MIN = 5_000;
const REFRESH_SPREAD_MS = 1_500;
const BOOK_ROLES = ['finance', 'auditor', 'admin'] as const;

export default function Statement({ slug }: { slug: string }) {
  const site = useTexts();
  const t = useStatementTexts();
  const { view, error, retry } = useCampaignOf(slug);
  useCanonicalSlug(slug, view?.slug, '/ledger');
  if (view) return <Shown view={view} key={view.id} />;
  const isMissing = error instanceof ApiError && error.code === 'not-found';
  return (
    <Layout title={isMissing ? site.campaign.notFound : t.title}>
      <div class="wrap narrow message-page" aria-busy={error === null}>
        <h1>{isMissing ? site.campaign.notFound : t.title}</h1>
        {isMissing ? (
          <>
            <p>{site.campaign.notFoundNext}</p>
            <a class="button" href="/">
              {site.campaign.other}
            </a>
          </>
        ) : error === null ? (
          <p class="quiet" role="status">
            {site.site.loading}
          </p>
        ) : (
          <Problem error={error} retry={retry} />
        )}
      </div>
    </Layout>
  );
}

function useCampaignOf(slug: string) {
  const [view, setView] = useState(() => takeBoot('campaign', (booted) => booted.slug === slug) ?? null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // What the server writes into a page is a guest's view: whoever belongs to the team is told so by the API alone.
  const reader = user.value?.id;
  const known = useRef<string | null>(view?.slug ?? null);
  useEffect(() => {
    if (known.current === slug && !reader) return;
    const stop = new AbortController();
    setError(null);
    fetchCampaign(slug, stop.signal).then(
      ({ campaign }) => {
        known.current = campaign.slug;
        setView(campaign);
      },
      (reason) => {
        if (!stop.signal.aborted) setError(reason);
      },
    );
    return () => stop.abort();
  }, [slug, reader, attempt]);
  return { view, error, retry: () => setAttempt((n) => n + 1) };
}

type Books = {
  page: StatementPage | null;
  error: unknown;
  /** Something happened that the list does not show yet. */
  hasFresh: boolean;
  showFresh: () => void;
  loadMore: () => Promise<void>;
  retry: () => void;
};

/** The figures follow the books while the page stands; the list waits for a reader's wish. */
function useBooks(view: CampaignView): Books {
  const [page, setPage] = useState<StatementPage | null>(() => takeBoot('statement') ?? null);
  const [newest, setNewest] = useState<StatementPage | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef(new AbortController());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const askedAt = useRef(0);

  const ask = useCallback(async () => {
    timer.current = undefined;
    askedAt.current = Date.now();
    try {
      const fresh = await fetchStatement(view.id, { limit: PAGE }, stop.current.signal);
      setError(null);
      setNewest(fresh);
      setPage((now) => (now ? { ...now, summary: fresh.summary, quality: fresh.quality } : fresh));
    } catch (reason) {
      if (!stop.current.signal.aborted) setError(reason);
    }
  }, [view.id]);
  const refresh = useCallback(() => {
    if (timer.current !== undefined) return;
    const due = Math.max(0, askedAt.current + REFRESH_MS_MIN - Date.now());
    timer.current = setTimeout(() => void ask(), due + Math.random() * REFRESH_SPREAD_MS);
  }, [ask]);

  const isBooted = useRef(page !== null);
  useEffect(() => {
    if (!isBooted.current) void ask();
    isBooted.current = false;
    const { current } = stop;
    return () => {
      current.abort();
      clearTimeout(timer.current);
    };
  }, [ask]);

  const isPublic = ['live', 'paused', 'ended'].includes(view.status);
  useFeed<CampaignState, CampaignEvents>(isPublic ? view.feed.name : null, {
    from: { epoch: view.feed.epoch, since: view.feed.head },
    onState: refresh,
    onEvents: (events) => {
      if (events.some(({ totals }) => totals !== undefined)) refresh();
    },
  });

  const top = page?.items[0];
  const freshTop = newest?.items[0];
  return {
    page,
    error,
    hasFresh: freshTop !== undefined && (!top || freshTop.id !== top.id || freshTop.kind !== top.kind),
    showFresh: () => setPage(newest),
    loadMore: async () => {
      if (!page?.nextCursor) return;
      const older = await fetchStatement(view.id, { cursor: page.nextCursor, limit: PAGE });
      setPage(
        (now) => now && { ...now, items: [...now.items, ...older.items], nextCursor: older.nextCursor },
      );
    },
    retry: () => void ask(),
  };
}

function Shown({ view }: { view: CampaignView }) {
  const site = useTexts();
  const t = useStatementTexts();
  const books = useBooks(view);
  const { page } = books;
  const mayTakeFile = Boolean(view.team?.role) || BOOK_ROLES.some((role) => user.value?.roles.includes(role));
  return (
    <Layout title={t.titleOf(view.title)} header="over">
      <section class="statement-head">
        <Scene progress={shareOf(view)} variant="head" />
        <div class="wrap statement-head-in">
          <p class="eyebrow">
            <a href={`/c/${view.slug}`} aria-label={`${t.back}: ${view.title}`} lang="id">
              <BackIcon />
              {view.title}
            </a>
          </p>
          <h1>{t.title}</h1>
        </div>
      </section>
      <div class="wrap statement">
        <div class="statement-lead">
          <p class="statement-words">{t.lead}</p>
          <LiveState />
        </div>
        {books.error !== null && <Problem error={books.error} retry={books.retry} />}
        {!page && books.error === null && (
          <div role="status">
            <span class="unseen">{site.site.loading}</span>
            <div class="bones statement-bone" />
          </div>
        )}
        {page && page.summary.paid.amount === 0 && page.items.length === 0 && (
          <section class="empty">
            <h2>{t.empty}</h2>
            <p class="quiet">{t.emptyNext}</p>
            {view.status === 'live' && (
              <a class="button button-call" href={`/c/${view.slug}/give`}>
                {site.campaign.give}
              </a>
            )}
          </section>
        )}
        {page && (page.summary.paid.amount > 0 || page.items.length > 0) && (
          <>
            <Summary summary={page.summary} beneficiary={view.beneficiary} />
            <Moves books={books} page={page} timezone={view.timezone} />
            <section class="statement-how stack" aria-labelledby="how">
              <h2 id="how">{t.how}</h2>
              <ul>
                {t.howList.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </section>
          </>
        )}
        {mayTakeFile && <File view={view} />}
      </div>
    </Layout>
  );
}

function Summary({ summary, beneficiary }: { summary: StatementSummary; beneficiary: string }) {
  const t = useStatementTexts();
  const { paid, settled, refunded, clawedBack, fees, paidOut, pending, left, owed } = summary;
  const back = refunded.amount + clawedBack.amount;
  const backHint =
    clawedBack.amount === 0
      ? t.sure.backRefunded
      : refunded.amount === 0
        ? t.sure.backClawed
        : t.sure.backHint(money(refunded), money(clawedBack));
  const sure: Part[] = [
    { key: 'settled', label: t.sure.settled, hint: t.sure.settledHint, amount: settled.amount, tone: 'lake' },
    {
      key: 'paid',
      label: t.sure.paid,
      hint: t.sure.paidHint,
      amount: paid.amount - settled.amount - back,
      tone: 'lake-way',
    },
    { key: 'back', label: t.sure.back, hint: backHint, amount: back, tone: 'gone' },
  ];
  const where: Part[] = [
    {
      key: 'out',
      label: t.where.paidOut,
      hint: t.where.paidOutHint(beneficiary),
      amount: paidOut.amount,
      tone: 'sun',
    },
    {
      key: 'pending',
      label: t.where.pending,
      hint: t.where.pendingHint,
      amount: pending.amount,
      tone: 'sun-way',
    },
    { key: 'left', label: t.where.left, hint: t.where.leftHint, amount: left.amount, tone: 'lake' },
    { key: 'fees', label: t.where.fees, hint: t.where.feesHint, amount: fees.amount, tone: 'stone' },
  ];
  return (
    <>
      <div>
        <h2 class="statement-paid-title">{t.paid}</h2>
        <p class="statement-paid">
          <CountUp amount={paid.amount} />
        </p>
        <p class="quiet">{t.ever}</p>
      </div>
      <div class="statement-bars">
        <section class="stack" aria-labelledby="sure">
          <h2 id="sure">{t.sureTitle}</h2>
          <MoneyBar parts={sure} none={t.none} />
        </section>
        <section class="stack" aria-labelledby="where">
          <h2 id="where">{t.whereTitle}</h2>
          <MoneyBar parts={where} none={t.none} />
          {owed.amount > 0 && <p class="notice">{t.owed(money(owed))}</p>}
        </section>
      </div>
    </>
  );
}

function Moves({ books, page, timezone }: { books: Books; page: StatementPage; timezone: string }) {
  const site = useTexts();
  const t = useStatementTexts();
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const more = async () => {
    setIsLoading(true);
    setError(null);
    await books.loadMore().catch(setError);
    setIsLoading(false);
  };
  return (
    <section class="stack" aria-labelledby="moves">
      <h2 id="moves">{t.moves}</h2>
      <p class="quiet">{t.movesHint}</p>
      {/* Its room is always there: what is new moves nothing by saying so. */}
      <p class="statement-news small" aria-live="polite">
        {books.hasFresh ? (
          <>
            <span class="statement-lamp" aria-hidden="true" />
            {t.fresh}{' '}
            <button type="button" class="button-text" onClick={books.showFresh}>
              {t.show}
            </button>
          </>
        ) : (
          <span class="quiet">{t.upToDate}</span>
        )}
      </p>
      {page.items.length === 0 ? (
        <p class="quiet">{t.movesNone}</p>
      ) : (
        <table class="moves">
          <thead>
            <tr>
              <th scope="col">{t.when}</th>
              <th scope="col">{t.what}</th>
              <th scope="col" class="moves-amount">
                {t.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((item) => (
              <Move key={`${item.kind} ${item.id}`} item={item} timezone={timezone} />
            ))}
          </tbody>
        </table>
      )}
      {error !== null && <Problem error={error} />}
      {page.nextCursor && (
        <p>
          <button type="button" class="button" disabled={isLoading} onClick={() => void more()}>
            {isLoading ? site.site.loading : t.more}
          </button>
        </p>
      )}
    </section>
  );
}

function Move({ item, timezone }: { item: StatementItem; timezone: string }) {
  const t = useStatementTexts();
  const { kind, amount, fees } = item;
  // A settlement changes what is certain, not what there is: it has no sign.
  const isSettling = kind === 'settlement';
  const sign = amount.amount < 0 ? '\u2212' : isSettling ? '' : '+';
  return (
    <tr class={`move move-${kind}`}>
      <td class="moves-when">
        <time dateTime={item.at}>{dateTime(item.at, timezone)}</time>
      </td>
      <td class="moves-what">
        {t.kind[kind] ?? t.other}
        {fees && fees.amount > 0 && <span class="quiet small figures"> · {t.fees(money(fees))}</span>}
      </td>
      <td class="moves-amount figures">
        <strong>
          {sign}
          {rupiah(Math.abs(amount.amount))}
        </strong>
        {isSettling && <span class="quiet small"> {t.sureNow}</span>}
      </td>
    </tr>
  );
}

function File({ view }: { view: CampaignView }) {
  const t = useStatementTexts();
  const [isWorking, setIsWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const take = async () => {
    setIsWorking(true);
    setError(null);
    await download(`/campaigns/${view.id}/ledger.csv`, `${view.slug}.csv`).catch(setError);
    setIsWorking(false);
  };
  return (
    <div class="stack">
      {error !== null && <Problem error={error} />}
      <p>
        <button type="button" class="button" disabled={isWorking} onClick={() => void take()}>
          {isWorking ? t.fileWorking : t.file}
        </button>
      </p>
      <p class="hint">{t.fileHint}</p>
    </div>
  );
}
