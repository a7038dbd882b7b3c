import type { CampaignCard as Card } from '../../../server/protocol/campaigns.ts';
import { useNow } from '../clock.ts';
import { money, number, percent } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { shareOf, timeLeft } from '../progress.ts';
import { Scene } from '../scene/Scene.tsx';
import '../styles/campaign-card.css';

type Props = {
  card: Card;
  /** In the first view of the page: its picture is not put off. */
  isFirst?: boolean;
  /** From 960 px: over the whole row, picture beside words. */
  isWide?: boolean;
};

/** A campaign in a list. It stands on its own horizon: the hour there is how far its goal has come. */
export function CampaignCard({ card, isFirst = false, isWide = false }: Props) {
  const t = useTexts();
  const now = useNow(60_000);
  const share = shareOf(card);
  const left = timeLeft(card.endsAt, now);
  const time =
    card.status === 'ended' || left.unit === 'none'
      ? t.card.ended
      : left.unit === 'days'
        ? t.card.daysLeft(left.count)
        : t.card.lastDay;
  return (
    <article class={`campaign-card card ${isWide ? 'campaign-card-wide' : ''}`}>
      <div class="campaign-card-picture">
        {card.picture ? (
          <img
            src={card.picture.url}
            width={card.picture.width}
            height={card.picture.height}
            alt=""
            // The first card is in the first view on many screens; the others can wait until they come near.
            loading={isFirst ? 'eager' : 'lazy'}
          />
        ) : (
          <Scene progress={share} />
        )}
      </div>
      <div class="campaign-card-words">
        <p class="eyebrow quiet">{t.category[card.category]}</p>
        <h3 lang="id">
          <a href={`/c/${card.slug}`}>{card.title}</a>
        </h3>
        <p class="quiet small">{t.card.forWhom(card.beneficiary)}</p>
      </div>
      <div class="campaign-card-horizon">
        <Scene progress={share} variant="strip" />
        <div class="campaign-card-figures">
          <p class="campaign-card-raised figures">{money(card.raised)}</p>
          <p class="small figures">{t.card.of(money(card.goal))}</p>
        </div>
        <p class="campaign-card-foot small figures">
          <span>{percent(share)}</span>
          <span>{t.card.donors(number(card.donorCount))}</span>
          <span>{time}</span>
        </p>
        <progress
          max={100}
          value={Math.min(100, Math.floor(share * 100))}
          aria-label={t.campaign.progress(percent(share))}
        />
      </div>
    </article>
  );
}
