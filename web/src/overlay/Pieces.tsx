import type { WallItem } from '../../../server/protocol/donations.ts';
import type { CampaignState } from '../../../server/protocol/feeds.ts';
import { money, percent } from '../format.ts';
import { shareOf } from '../progress.ts';
import { nameOf, useOverlayTexts } from './text.ts';

/** How far the night has come: the same numbers as the campaign's page, in the same moment. */
export function Goal({ campaign }: { campaign: CampaignState }) {
  const t = useOverlayTexts();
  const { totals, goal, title } = campaign;
  const share = shareOf({ raised: totals.raised, goal });
  return (
    <section class="goal">
      <p class="goal-title" lang="id">
        {title}
      </p>
      <p class="goal-sum">
        <strong class="goal-raised">{money(totals.raised)}</strong>
        <span class="goal-of">{t.of(money(goal))}</span>
      </p>
      <div
        class="goal-bar"
        role="progressbar"
        aria-label={t.progress(percent(share))}
        aria-valuenow={Math.min(100, Math.floor(share * 100))}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span class="goal-fill" style={{ transform: `scaleX(${Math.min(1, share)})` }} />
        <Ridge />
      </div>
      <p class="goal-foot">
        <span>{percent(share)}</span>
        <span>{t.donors(totals.donorCount)}</span>
      </p>
    </section>
  );
}

/** Tangkuban Parahu, the boat that was turned over: the sun of a full bar stands behind its long, flat back. */
const Ridge = () => (
  <svg
    class="goal-ridge"
    viewBox="0 0 120 24"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <path d="M0 24 26 15 44 5l8-2h22l9 3 15 9 22 9z" />
  </svg>
);

export function Last({ gift }: { gift: WallItem | undefined }) {
  const t = useOverlayTexts();
  return (
    <section class="last">
      <p class="piece-title">{t.last}</p>
      {gift ? (
        <p class="last-gift" key={gift.id}>
          <strong>{nameOf(gift)}</strong>
          <span class="piece-amount">{money(gift.gift)}</span>
        </p>
      ) : (
        <p class="last-gift">{t.none}</p>
      )}
    </section>
  );
}

export function Top({ gifts }: { gifts: WallItem[] }) {
  const t = useOverlayTexts();
  return (
    <section class="top">
      <p class="piece-title">{t.top}</p>
      {gifts.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <ol>
          {gifts.map((gift) => (
            <li key={gift.id}>
              <span class="top-name">{nameOf(gift)}</span>
              <span class="piece-amount">{money(gift.gift)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
