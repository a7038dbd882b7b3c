import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { useCanonicalSlug } from '../canonical.ts';
import { useNow } from '../clock.ts';
import { day, money, number, percent, rupiah, zoneName } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { liveStatus, useViewers } from '../live.ts';
import { type Joy, type LiveCampaign, useLiveCampaign, useSaid } from '../live-campaign.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { Embed } from '../parts/Embed.tsx';
import { AlertIcon, CheckIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { Problem } from '../parts/Problem.tsx';
import { ScenePage } from '../parts/ScenePage.tsx';
import { Share, ShareLinks } from '../parts/Share.tsx';
import { Updates } from '../parts/Updates.tsx';
import { Wall } from '../parts/Wall.tsx';
import { shareOf, timeLeft } from '../progress.ts';
import { type Glow, LAMPS_MAX, Scene } from '../scene/Scene.tsx';
import { USUAL_AMOUNTS } from '../usual-amounts.ts';
import '../styles/campaign.css';

export default function Campaign({ slug }: { slug: string }) {
  const t = useTexts();
  const live = useLiveCampaign(slug);
  useCanonicalSlug(slug, live.shown?.view.slug);
  if (live.shown) return <Shown live={live} view={live.shown.view} />;
  if (live.error instanceof ApiError && live.error.code === 'not-found') {
    return (
      <Layout title={t.campaign.notFound} header="over">
        <ScenePage progress={0.08} title={t.campaign.notFound}>
          <p>{t.campaign.notFoundNext}</p>
          <p>
            <a class="button button-sun" href="/">
              {t.campaign.other}
            </a>
          </p>
        </ScenePage>
      </Layout>
    );
  }
  return (
    <Layout title={t.nav.campaigns} header="over">
      <section class="hero">
        <Scene progress={0.05} />
        <div class="wrap hero-in">
          <h1 class="unseen">{t.nav.campaigns}</h1>
          {live.error ? (
            <div class="hero-problem">
              <Problem error={live.error} retry={live.retry} />
            </div>
          ) : (
            <p class="unseen" role="status">
              {t.site.loading}
            </p>
          )}
        </div>
      </section>
      <div class="band band-bones" />
    </Layout>
  );
}

function Shown({ live, view }: { live: LiveCampaign; view: CampaignView }) {
  const t = useTexts();
  const { joy } = live;
  const items = live.shown?.wall.items ?? [];
  const share = shareOf(view);
  const isOpen = view.status === 'live';
  const giveHref = `/c/${view.slug}/give`;
  const lamps = items.slice(0, LAMPS_MAX).map(({ id, gift }) => ({ id, amount: gift.amount }));
  const said = useSaid(joy && sentenceOf(joy));

  function sentenceOf({ item, count, amount, totals }: Joy): string {
    return item
      ? t.campaign.gave(item.name ?? t.campaign.anonymous, money(item.gift), money(totals.raised))
      : t.campaign.gaveMany(number(count), rupiah(amount), money(totals.raised));
  }
  const glow: Glow | null = joy && {
    key: joy.key,
    id: joy.item?.id ?? null,
    label: joy.item
      ? `${joy.item.name ?? t.campaign.anonymous}, ${money(joy.item.gift)}`
      : t.campaign.glowMany(number(joy.count), rupiah(joy.amount)),
  };

  return (
    <Layout title={view.title} header="over" hasFootBar={isOpen}>
      <article class="campaign">
        <section class="hero">
          <Scene progress={share} lamps={lamps} glow={glow} />
          <div class="wrap hero-in">
            <p class="eyebrow">{t.category[view.category]}</p>
            <h1 lang="id">{view.title}</h1>
            <p class="hero-total">
              <span class="unseen">{t.campaign.raised} </span>
              <CountUp amount={view.raised.amount} />
            </p>
            <p class="hero-goal figures">{t.campaign.ofGoal(money(view.goal))}</p>
          </div>
        </section>

        <section class="band">
          <div class="wrap band-in">
            <progress
              max={100}
              value={Math.min(100, Math.floor(share * 100))}
              aria-label={t.campaign.progress(percent(share))}
            />
            <Facts view={view} share={share} />
            <Presence view={view} />
          </div>
        </section>
        <p class="unseen" aria-live="polite">
          {said}
        </p>

        <div class="wrap campaign-columns">
          <section class="stack" aria-labelledby="story">
            <Standing view={view} share={share} />
            <h2 id="story">{t.campaign.story}</h2>
            {view.picture && (
              <img
                class="campaign-picture"
                src={view.picture.url}
                width={view.picture.width}
                height={view.picture.height}
                alt=""
              />
            )}
            {/* The server sanitises the story's HTML before it stores it. */}
            <div class="prose" lang="id" dangerouslySetInnerHTML={{ __html: view.story }} />
          </section>

          <aside class="campaign-aside">
            {isOpen && (
              <section class="card give-panel">
                <h2>{t.campaign.giveTo}</h2>
                <div class="give-amounts">
                  {USUAL_AMOUNTS.map((amount) => (
                    <a class="button figures" href={`${giveHref}?amount=${amount}`} key={amount}>
                      {rupiah(amount)}
                    </a>
                  ))}
                </div>
                <a class="button button-call button-large button-wide" href={giveHref}>
                  {t.campaign.give}
                </a>
                <p class="hint">{t.campaign.giveHint}</p>
              </section>
            )}
            <Trust view={view} />
            {isShared(view) && (
              <section class="share-panel" aria-labelledby="share">
                <h2 id="share">{t.campaign.shareThis}</h2>
                <ShareLinks url={`${location.origin}/c/${view.slug}`} title={view.title} />
                <Embed slug={view.slug} title={view.title} />
              </section>
            )}
          </aside>

          {live.shown && (
            <Updates
              view={view}
              updates={live.shown.updates}
              showFresh={live.showFreshUpdates}
              loadMore={live.loadMoreUpdates}
            />
          )}

          <section class="stack" aria-labelledby="wall">
            <h2 id="wall">{t.campaign.wall}</h2>
            <Wall items={items} hasMore={live.shown?.wall.cursor !== null} loadMore={live.loadMore} />
          </section>
        </div>
      </article>

      {isOpen && (
        <div class="foot-bar">
          <a class="button button-call button-large" href={giveHref}>
            {t.campaign.give}
          </a>
          <Share
            url={`${location.origin}/c/${view.slug}`}
            title={view.title}
            label={t.campaign.share}
            class="button foot-share"
            isIconOnly
          />
        </div>
      )}
    </Layout>
  );
}

/** Before a moderator's yes an address leads nobody but the team anywhere. */
const isShared = ({ status }: CampaignView): boolean => ['live', 'paused', 'ended'].includes(status);

function Facts({ view, share }: { view: CampaignView; share: number }) {
  const t = useTexts();
  const now = useNow(30_000);
  const left = view.status === 'ended' ? { unit: 'none' as const, count: 0 } : timeLeft(view.endsAt, now);
  const unit = { days: t.campaign.daysLeft, hours: t.campaign.hoursLeft, minutes: t.campaign.minutesLeft };
  return (
    <ul class="facts">
      <li>
        <strong class="figures">{percent(share)}</strong> <span>{t.campaign.ofTarget}</span>
      </li>
      <li>
        <strong class="figures">{number(view.donorCount)}</strong>{' '}
        <span>{t.campaign.donors(view.donorCount)}</span>
      </li>
      <li>
        {left.unit === 'none' ? (
          <>
            <strong>{t.campaignStatus.ended}</strong> <span>{t.campaign.endedOn(day(view.endsOn))}</span>
          </>
        ) : (
          <>
            <strong class="figures">{number(left.count)}</strong> <span>{unit[left.unit](left.count)}</span>
          </>
        )}
      </li>
    </ul>
  );
}

function Presence({ view }: { view: CampaignView }) {
  const t = useTexts();
  const viewers = useViewers(view.feed.name);
  return (
    <div class="presence">
      <LiveState />
      <span class="figures">
        {viewers && liveStatus.value === 'live' ? t.campaign.viewers(number(viewers)) : ''}
      </span>
      <Share
        url={`${location.origin}/c/${view.slug}`}
        title={view.title}
        label={t.campaign.share}
        class="presence-share"
      />
    </div>
  );
}

/** What a visitor must know before the story: closed, paused, reached, not public. */
function Standing({ view, share }: { view: CampaignView; share: number }) {
  const t = useTexts();
  const words =
    view.status === 'ended'
      ? t.campaign.ended
      : view.status === 'paused'
        ? t.campaign.paused
        : view.status !== 'live'
          ? t.campaign.notLive
          : share >= 1
            ? t.campaign.reached
            : null;
  if (!words) return null;
  return (
    <p class={`notice standing ${view.status === 'live' || view.status === 'ended' ? 'notice-good' : ''}`}>
      {view.status === 'live' || view.status === 'ended' ? <CheckIcon /> : <AlertIcon />}
      <span>{words}</span>
    </p>
  );
}

function Trust({ view }: { view: CampaignView }) {
  const t = useTexts();
  const zone = zoneName(view.timezone, new Date(view.endsAt));
  const isReviewed = ['live', 'paused', 'ended'].includes(view.status);
  return (
    <section class="trust" aria-labelledby="trust">
      <h2 id="trust">{t.campaign.who}</h2>
      <dl>
        <div>
          <dt>{t.campaign.beneficiary}</dt>
          <dd lang="id">{view.beneficiary}</dd>
        </div>
        <div>
          <dt>{t.campaign.owner}</dt>
          <dd lang="id">{view.ownerName}</dd>
        </div>
        <div>
          <dt>{t.campaign.permit}</dt>
          <dd class={view.permitNumber ? 'figures' : 'quiet'}>{view.permitNumber ?? t.campaign.noPermit}</dd>
        </div>
        <div>
          <dt>{t.campaign.since}</dt>
          <dd>
            {day(view.createdAt.slice(0, 10))}
            <br />
            <span class="trust-until">{t.campaign.until(day(view.endsOn), zone)}</span>
          </dd>
        </div>
      </dl>
      <ul class="marks">
        {isReviewed && (
          <li class="mark">
            <CheckIcon />
            <span>{t.campaign.checked}</span>
          </li>
        )}
        <li class="mark">
          <CheckIcon />
          <span>
            {t.campaign.books}
            {isReviewed && (
              <a class="statement-link" href={`/c/${view.slug}/ledger`}>
                {t.campaign.statement}
              </a>
            )}
          </span>
        </li>
      </ul>
    </section>
  );
}
