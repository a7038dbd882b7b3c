import { useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { query } from '../api.ts';
import { useNow } from '../clock.ts';
import { ago, dateTime, money, number, percent, rupiah } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { useSaid } from '../live-campaign.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Share } from '../parts/Share.tsx';
import { shareOf } from '../progress.ts';
import { LAMPS_MAX, Scene } from '../scene/Scene.tsx';
import { useCampaign } from './campaign.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { useAtHand, useHeld } from './held.ts';
import { NotHere, NotYet } from './NotYet.tsx';
import { type Gift, type OwnerLive, useOwnerFeed } from './owner-feed.ts';
import { useStudioTexts } from './text.ts';
import './studio.css';

export default function Live({ id }: { id: string }) {
  return <Gate to="studio">{(me) => <Loading key={`${me.id} ${id}`} id={id} />}</Gate>;
}

function Loading({ id }: { id: string }) {
  const t = useStudioTexts();
  const loaded = useCampaign(id, null);
  const { view } = loaded;
  if (!view) return <NotYet loaded={loaded} title={t.live.title} />;
  if (!view.team?.role) return <NotHere title={view.title} text={t.live.refused} />;
  return <Watching view={view} />;
}

/** Which gifts are shown; stands in the address as `show`. */
const CHOICES = ['all', 'words', 'waiting'] as const;
type Choice = (typeof CHOICES)[number];
const FITS: Record<Choice, (gift: Gift) => boolean> = {
  all: () => true,
  words: ({ message, messageHeld }) => message !== null || messageHeld,
  waiting: ({ messageHeld }) => messageHeld,
};

function Watching({ view: loaded }: { view: CampaignView }) {
  const t = useStudioTexts();
  const live = useOwnerFeed(loaded.id);
  const totals = live.totals ?? { raised: loaded.raised, donorCount: loaded.donorCount };
  const view = { ...loaded, ...totals, status: live.status ?? loaded.status };
  // Said of gifts that come; a total that falls is read, not announced.
  const sentence = useMemo(
    () =>
      live.since.count > 0
        ? t.live.said(live.since.count, rupiah(live.since.amount), money(totals.raised))
        : null,
    [live.since.count, t],
  );
  const said = useSaid(sentence);
  return (
    <Layout title={`${t.live.title}: ${view.title}`}>
      <div class="wrap staff">
        <Head view={view} title={view.title} current="live" />
        <p class="unseen" aria-live="polite">
          {said}
        </p>
        {live.refused ? (
          <p class="notice notice-alarm" role="alert">
            {t.live.refused}
          </p>
        ) : (
          <>
            <Board view={view} live={live} />
            <Gifts view={view} live={live} />
          </>
        )}
      </div>
    </Layout>
  );
}

function Board({ view, live }: { view: CampaignView; live: OwnerLive }) {
  const site = useTexts();
  const { live: t } = useStudioTexts();
  const share = shareOf(view);
  const { since } = live;
  const lamps = live.gifts.slice(0, LAMPS_MAX).map(({ id, gift }) => ({ id, amount: gift.amount }));
  return (
    <section class="board" aria-label={t.raised}>
      <div class="board-scene">
        <Scene progress={share} lamps={lamps} />
      </div>
      <div class="board-sum">
        <p class="quiet small">{t.raised}</p>
        <p class="board-raised">
          <CountUp amount={view.raised.amount} />
        </p>
        <progress
          max={100}
          value={Math.min(100, Math.floor(share * 100))}
          aria-label={site.campaign.progress(percent(share))}
        />
        <p class="quiet small figures">
          {percent(share)} {t.ofTarget} {money(view.goal)}
        </p>
      </div>
      <dl class="board-more">
        <div>
          <dd class="figures">{number(view.donorCount)}</dd>
          <dt>{t.donors}</dt>
        </div>
        <div>
          <dd class="figures">{since.count > 0 ? `+${rupiah(since.amount)}` : '–'}</dd>
          <dt>{since.count > 0 ? `${t.sinceCount(since.count)} ${t.sinceOpen}` : t.nothingSince}</dt>
        </div>
      </dl>
      <div class="board-foot">
        <LiveState />
        {['live', 'paused', 'ended'].includes(view.status) && (
          <Share
            url={`${location.origin}/c/${view.slug}`}
            title={view.title}
            label={t.share}
            done={t.shared}
            class="board-share"
          />
        )}
      </div>
    </section>
  );
}

function Gifts({ view, live }: { view: CampaignView; live: OwnerLive }) {
  const { live: t } = useStudioTexts();
  const { query: asked, path } = useLocation();
  const region = useRef<HTMLElement>(null);
  const choice = CHOICES.find((one) => one === asked.show) ?? 'all';
  const rows = live.gifts.filter(FITS[choice]);
  const isThere = live.gifts.length > 0;
  const isAtHand = useAtHand(region, isThere);
  const held = useHeld(choice, rows, isAtHand, (before, now) => now.name === null && before.name !== null);
  const waitingWords = live.gifts.filter(({ messageHeld }) => messageHeld).length;
  const names: Record<Choice, string> = { all: t.all, words: t.withWords, waiting: t.waiting };

  if (live.totals && !isThere && !live.hasMore) {
    return (
      <section class="empty">
        <h2>{t.empty}</h2>
        <p class="quiet">{['live', 'paused'].includes(view.status) ? t.emptyNext : t.emptyNotLive}</p>
      </section>
    );
  }
  return (
    <section class="gifts" aria-label={t.title} ref={region}>
      <div class="gifts-bar">
        <nav class="chips" aria-label={t.filter}>
          {CHOICES.map((one) => (
            <a
              class="chip"
              key={one}
              href={`${path}${query({ show: one === 'all' ? null : one })}`}
              aria-current={one === choice ? 'true' : undefined}
            >
              {names[one]}
              {one === 'waiting' && waitingWords > 0 && (
                <span class="chip-count figures">{number(waitingWords)}</span>
              )}
            </a>
          ))}
        </nav>
        {/* Its room is always there: what waits must not move the list by saying so. */}
        <p class="gifts-state small">
          {held.waiting > 0 || held.hasChanged ? (
            <button type="button" class="button-text gifts-release" onClick={held.release}>
              {held.waiting > 0 ? t.held(held.waiting) : t.heldChanges}
            </button>
          ) : (
            <span class="quiet">{isAtHand ? t.holding : t.newestFirst}</span>
          )}
        </p>
      </div>
      {held.rows.length > 0 ? (
        <GiftTable rows={held.rows} timezone={view.timezone} />
      ) : (
        <p class="quiet gifts-none" role="status">
          {live.totals ? t.nothingOf : ''}
        </p>
      )}
      {live.hasMore && <Earlier loadMore={live.loadMore} />}
    </section>
  );
}

function GiftTable({ rows, timezone }: { rows: Gift[]; timezone: string }) {
  const site = useTexts();
  const { live: t } = useStudioTexts();
  const now = useNow(15_000);
  return (
    <table class="gift-table">
      <thead>
        <tr>
          <th scope="col">{t.time}</th>
          <th scope="col" class="cell-amount">
            {t.gift}
          </th>
          <th scope="col">{t.who}</th>
          <th scope="col">{t.words}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((gift) => (
          <tr key={gift.id} class={gift.isNew ? 'row-new' : ''}>
            <td class="cell-time">
              <time dateTime={gift.at} title={dateTime(gift.at, timezone)}>
                {ago(gift.at, now) ?? site.campaign.justNow}
              </time>
              {gift.isNew && <span class="mark-new">{t.isNew}</span>}
            </td>
            <td class="cell-amount figures">{money(gift.gift)}</td>
            <td class="cell-who">
              {gift.name === null ? (
                <span class="quiet">{t.anonymous}</span>
              ) : (
                <span lang="id">{gift.name}</span>
              )}
            </td>
            <td class="cell-words">
              {gift.messageHeld ? (
                <span class="tag tag-warn" title={t.heldText}>
                  {t.heldMark}
                </span>
              ) : (
                gift.message && <span lang="id">{gift.message}</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Earlier({ loadMore }: { loadMore: () => Promise<void> }) {
  const site = useTexts();
  const { live: t } = useStudioTexts();
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const more = async () => {
    setError(null);
    setIsLoading(true);
    try {
      await loadMore();
    } catch (reason) {
      setError(reason);
    } finally {
      setIsLoading(false);
    }
  };
  return (
    <div class="stack gifts-earlier">
      {error !== null && <Problem error={error} />}
      <p>
        <button type="button" class="button button-quiet" disabled={isLoading} onClick={() => void more()}>
          {isLoading ? site.site.loading : t.earlier}
        </button>
      </p>
      <p class="hint">{t.earlierHint}</p>
    </div>
  );
}
