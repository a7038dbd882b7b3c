import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { day, money, zoneName } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { useStudioTexts } from './text.ts';

/** The whole campaign to be read: where it cannot be changed, and where a moderator decides on it. */
export function Facts({ view }: { view: CampaignView }) {
  const site = useTexts();
  const { edit: t } = useStudioTexts();
  return (
    <div class="facts-sheet">
      <FactList
        facts={[
          [t.goal, <strong class="figures">{money(view.goal)}</strong>],
          [t.endsOn, t.until(day(view.endsOn), zoneName(view.timezone, new Date(view.endsAt)))],
          [t.beneficiary, <span lang="id">{view.beneficiary}</span>],
          [t.permit, view.permitNumber ?? <span class="quiet">{site.campaign.noPermit}</span>],
          [t.category, site.category[view.category]],
          [site.campaign.owner, <span lang="id">{view.ownerName}</span>],
        ]}
      />
      {view.picture ? (
        <img
          class="facts-picture"
          src={view.picture.url}
          width={view.picture.width}
          height={view.picture.height}
          alt={t.pictureAlt}
        />
      ) : (
        <p class="facts-no-picture quiet small">{t.noPicture}</p>
      )}
      {/* The server sanitises the story's HTML before it stores it. */}
      <div class="staff-prose" lang="id" dangerouslySetInnerHTML={{ __html: view.story }} />
    </div>
  );
}

export const FactList = ({ facts }: { facts: [string, preact.ComponentChild][] }) => (
  <dl class="fact-list">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
