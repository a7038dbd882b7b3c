import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { UpdateView } from '../../../server/protocol/updates.ts';
import { useNow } from '../clock.ts';
import { ago, dateTime } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { user } from '../session.ts';
import { fetchFollowing, type Updates as Shown, setFollowing } from '../updates.ts';
import { CheckIcon } from './icons.tsx';
import { Problem } from './Problem.tsx';
import '../styles/updates.css';

type Props = {
  view: CampaignView;
  updates: Shown;
  showFresh: () => void;
  loadMore: () => Promise<void>;
};

/**
 * What the team tells its donors. An update that comes while somebody reads is announced in a line whose room is always
 * there, and opens at their wish: nothing that is being read moves.
 */
export function Updates({ view, updates, showFresh, loadMore }: Props) {
  const t = useTexts();
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const newest = updates.fresh[0];
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
    <section class="stack updates" id="updates" aria-labelledby="updates-title">
      <div class="updates-head">
        <h2 id="updates-title">{t.updates.title}</h2>
        <Follow view={view} />
      </div>
      <div class="updates-news" aria-live="polite">
        {newest ? (
          <button type="button" class="updates-fresh" onClick={showFresh}>
            <span class="updates-lamp" aria-hidden="true" />
            <span class="updates-fresh-words">
              {t.updates.fresh}: <strong lang="id">{newest.title}</strong>
            </span>
            <span class="updates-read">{t.updates.read}</span>
          </button>
        ) : (
          <p class="quiet small">{updates.items.length === 0 ? t.updates.empty : t.updates.here}</p>
        )}
      </div>
      {updates.items.map((update) => (
        <Update key={update.id} update={update} timezone={view.timezone} />
      ))}
      {error !== null && <Problem error={error} />}
      {updates.cursor !== null && (
        <p>
          <button type="button" class="button" disabled={isLoading} onClick={() => void more()}>
            {isLoading ? t.site.loading : t.updates.more}
          </button>
        </p>
      )}
    </section>
  );
}

export function Update({
  update,
  timezone,
  children,
}: {
  update: UpdateView;
  timezone: string;
  children?: ComponentChildren;
}) {
  const t = useTexts();
  const now = useNow(30_000);
  return (
    <article class="update">
      <p class="update-when small quiet">
        <span class="figures">{t.updates.number(update.number)}</span>
        <time dateTime={update.at} title={dateTime(update.at, timezone)}>
          {ago(update.at, now) ?? t.campaign.justNow}
        </time>
      </p>
      {update.proofOfUse && (
        <p class="update-proof small">
          <CheckIcon />
          {t.updates.proof}
        </p>
      )}
      <h3 lang="id">{update.title}</h3>
      {/* The server sanitises an update's HTML before it stores it. */}
      <div class="prose" lang="id" dangerouslySetInnerHTML={{ __html: update.html }} />
      {update.pictures.length > 0 && (
        <div class="update-pictures" data-count={update.pictures.length}>
          {update.pictures.map(({ url, width, height }, i) => (
            <a href={url} key={url} target="_blank" rel="noreferrer">
              <img
                src={url}
                width={width}
                height={height}
                loading="lazy"
                alt={t.updates.picture(i + 1, update.title)}
              />
            </a>
          ))}
        </div>
      )}
      {children}
    </article>
  );
}

/** Mails of updates, for whoever is signed in. The button's room does not depend on its words. */
function Follow({ view }: { view: CampaignView }) {
  const t = useTexts();
  const userId = user.value?.id ?? null;
  const [isFollowing, setIsFollowing] = useState<boolean | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [isFailed, setIsFailed] = useState(false);
  useEffect(() => {
    setIsFollowing(null);
    if (!userId) return;
    const stop = new AbortController();
    fetchFollowing(view.id, stop.signal).then(
      ({ following }) => setIsFollowing(following),
      () => undefined,
    );
    return () => stop.abort();
  }, [view.id, userId]);
  if (!['live', 'paused', 'ended'].includes(view.status)) return null;
  if (user.value === null) {
    return (
      <a class="button updates-follow" href={`/signin?next=${encodeURIComponent(`/c/${view.slug}`)}`}>
        {t.updates.follow}
      </a>
    );
  }
  const toggle = async () => {
    setIsBusy(true);
    setIsFailed(false);
    try {
      await setFollowing(view.id, !isFollowing);
      setIsFollowing(!isFollowing);
    } catch {
      setIsFailed(true);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <button
      type="button"
      class="button updates-follow"
      aria-pressed={isFollowing ?? false}
      title={isFollowing ? t.updates.unfollow : t.updates.followHint}
      disabled={isBusy || isFollowing === null}
      onClick={() => void toggle()}
    >
      {isFailed ? t.site.tryAgain : isFollowing ? t.updates.following : t.updates.follow}
    </button>
  );
}
