import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { EventOf } from '../../../server/protocol/apply.ts';
import {
  CAMPAIGN_STATUSES,
  type CampaignCard,
  type CampaignStatus,
  type Totals,
} from '../../../server/protocol/campaigns.ts';
import { type OwnerEvents, type OwnerState, ownerFeed } from '../../../server/protocol/feeds.ts';
import { campaigns, query } from '../api.ts';
import { day, money, number, percent, zoneName } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { useFeed } from '../live.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { ArrowIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { Problem } from '../parts/Problem.tsx';
import { shareOf } from '../progress.ts';
import { Scene } from '../scene/Scene.tsx';
import { Gate } from './Gate.tsx';
import { StatusMark } from './StatusMark.tsx';
import { useStudioTexts } from './text.ts';
import './studio.css';

const PAGE = 50;
/** Rows that are kept up to date as they stand; a connection may watch 20 feeds. */
const LIVE_ROWS_MAX = 15;

export default function Studio() {
  return <Gate to="studio">{(me) => <List key={me.id} />}</Gate>;
}

function List() {
  const site = useTexts();
  const { list: t, gate } = useStudioTexts();
  const { query: asked } = useLocation();
  const { items, cursor, error, isLoading, more, retry } = useMine();
  const filter = CAMPAIGN_STATUSES.find((status) => status === asked.status) ?? null;
  const present = CAMPAIGN_STATUSES.filter((status) => items?.some((card) => card.status === status));
  const rows = items?.filter(({ status }) => !filter || status === filter) ?? [];
  return (
    <Layout title={gate.studioTitle}>
      <div class="wrap staff">
        <header class="staff-head studio-head">
          <h1>{t.title}</h1>
          <a class="button button-call" href="/studio/new">
            {t.start}
          </a>
        </header>
        {error !== null && <Problem error={error} retry={retry} />}
        {items === null && error === null && (
          <div role="status">
            <span class="unseen">{site.site.loading}</span>
            <div class="bones staff-bone" />
            <div class="bones staff-bone" />
            <div class="bones staff-bone" />
          </div>
        )}
        {items?.length === 0 && <Empty />}
        {items && items.length > 0 && (
          <>
            <div class="gifts-bar">
              <nav class="chips" aria-label={t.filter}>
                {[null, ...(filter && !present.includes(filter) ? [...present, filter] : present)].map(
                  (status) => (
                    <a
                      class="chip"
                      key={status ?? 'all'}
                      href={`/studio${query({ status })}`}
                      aria-current={status === filter ? 'true' : undefined}
                    >
                      {status ? site.campaignStatus[status] : t.all}
                      <span class="chip-count figures">
                        {number(
                          status ? items.filter((card) => card.status === status).length : items.length,
                        )}
                        {cursor && '+'}
                      </span>
                    </a>
                  ),
                )}
              </nav>
              <LiveState />
            </div>
            {rows.length > 0 ? (
              <ul class="studio-list">
                {rows.map((card, i) => (
                  <Row key={card.id} card={card} isLive={i < LIVE_ROWS_MAX} />
                ))}
              </ul>
            ) : (
              <p class="empty">
                <span>{t.nothingOf}</span>
                <a href="/studio">{t.showAll}</a>
              </p>
            )}
          </>
        )}
        {cursor && (
          <p>
            <button type="button" class="button button-quiet" disabled={isLoading} onClick={more}>
              {isLoading ? site.site.loading : t.more}
            </button>
          </p>
        )}
      </div>
    </Layout>
  );
}

function Row({ card: listed, isLive }: { card: CampaignCard; isLive: boolean }) {
  const site = useTexts();
  const { list: t } = useStudioTexts();
  const { card, isFresh } = useLiveCard(listed, isLive);
  const share = shareOf(card);
  const isOpen = ['live', 'paused', 'ended'].includes(card.status);
  const deed = card.status === 'in_review' || card.status === 'ended' ? t.open : t.edit;
  return (
    <li class="studio-row">
      <div class="studio-row-scene">
        {isOpen ? (
          <Scene progress={share} variant="strip" />
        ) : (
          card.picture && (
            <img
              src={card.picture.url}
              width={card.picture.width}
              height={card.picture.height}
              alt=""
              loading="lazy"
            />
          )
        )}
      </div>
      <div class="studio-row-what">
        {/* Where the next thing to do is: gifts for one that is open, the text for one that is not. */}
        <a class="studio-row-title" lang="id" href={`/studio/${card.id}${isOpen ? '/live' : ''}`}>
          {card.title}
        </a>
        <p class="studio-row-notes small">
          <StatusMark status={card.status} isFresh={isFresh} />
          <span class="quiet">
            {t.lastDay(day(card.endsOn))} {zoneName(card.timezone, new Date(card.endsAt))}
          </span>
        </p>
      </div>
      <div class="studio-row-sum">
        {isOpen ? (
          <>
            <p class="studio-row-raised">
              <CountUp amount={card.raised.amount} />
            </p>
            <progress
              max={100}
              value={Math.min(100, Math.floor(share * 100))}
              aria-label={site.campaign.progress(percent(share))}
            />
            <p class="quiet small figures">
              {percent(share)} {t.of(money(card.goal))} · {number(card.donorCount)} {t.donors.toLowerCase()}
            </p>
          </>
        ) : (
          <p class="quiet small figures">
            {t.goal} {money(card.goal)}
          </p>
        )}
      </div>
      <p class="studio-row-deeds">
        <a class="row-deed" href={`/studio/${card.id}`} aria-label={`${deed}: ${card.title}`}>
          {deed}
        </a>
        {isOpen && (
          <a class="row-deed" href={`/studio/${card.id}/live`} aria-label={`${t.live}: ${card.title}`}>
            {t.live}
            <ArrowIcon />
          </a>
        )}
      </p>
    </li>
  );
}

/** Totals and status follow the campaign's feed; the row keeps its place. */
function useLiveCard(listed: CampaignCard, isLive: boolean): { card: CampaignCard; isFresh: boolean } {
  const [now, setNow] = useState<{ totals: Totals; status: CampaignStatus } | null>(null);
  useFeed<OwnerState, OwnerEvents>(isLive ? ownerFeed(listed.id) : null, {
    onState: ({ totals, status }) => setNow({ totals, status }),
    onEvents: (events) =>
      setNow((before) => events.reduce(withNews, before ?? { totals: listed, status: listed.status })),
  });
  if (!now) return { card: listed, isFresh: false };
  return {
    card: { ...listed, raised: now.totals.raised, donorCount: now.totals.donorCount, status: now.status },
    isFresh: now.status !== listed.status,
  };
}

function withNews(
  now: { totals: Totals; status: CampaignStatus },
  event: EventOf<OwnerEvents>,
): { totals: Totals; status: CampaignStatus } {
  const totals = event.totals ?? now.totals;
  if (event.type === 'campaign.status') return { totals, status: event.data.status };
  if (event.type === 'campaign.reviewed') {
    return { totals, status: event.data.decision === 'approve' ? 'live' : 'rejected' };
  }
  return { ...now, totals };
}

function Empty() {
  const { list: t } = useStudioTexts();
  return (
    <section class="studio-empty">
      <h2>{t.empty}</h2>
      <p class="quiet">{t.emptyNext}</p>
      <ol>
        {t.emptySteps.map(({ title, text }, i) => (
          <li key={title}>
            <div class="studio-empty-scene">
              <Scene progress={[0.04, 0.45, 1][i] ?? 0} variant="strip" />
            </div>
            <h3>{title}</h3>
            <p class="quiet">{text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The person's campaigns, a page at a time. */
function useMine() {
  const [items, setItems] = useState<CampaignCard[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isLoading, setIsLoading] = useState(true);
  const load = async (after: string | null, signal?: AbortSignal) => {
    setIsLoading(true);
    setError(null);
    try {
      const page = await campaigns(
        { scope: 'mine', limit: PAGE, ...(after ? { cursor: after } : {}) },
        signal,
      );
      setItems((before) => [...(after ? (before ?? []) : []), ...page.items]);
      setCursor(page.nextCursor);
    } catch (reason) {
      if (!signal?.aborted) setError(reason);
    } finally {
      setIsLoading(false);
    }
  };
  useEffect(() => {
    const stop = new AbortController();
    void load(null, stop.signal);
    return () => stop.abort();
  }, []);
  return {
    items,
    cursor,
    error,
    isLoading,
    more: () => void load(cursor),
    retry: () => void load(items ? cursor : null),
  };
}
