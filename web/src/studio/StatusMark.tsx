import type { CampaignStatus } from '../../../server/protocol/campaigns.ts';
import { useTexts } from '../i18n/language.ts';

const TONE: Record<CampaignStatus, string> = {
  draft: '',
  in_review: 'tag-warn',
  live: 'tag-good',
  paused: '',
  rejected: 'tag-alarm',
  ended: '',
};

/** A campaign's status in words, beside the hour of its night: new moon, half moon, lamp, sun on the ridge. */
export function StatusMark({ status, isFresh = false }: { status: CampaignStatus; isFresh?: boolean }) {
  const t = useTexts();
  return (
    <span class={`tag status ${TONE[status]} ${isFresh ? 'status-fresh' : ''}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        {HOURS[status]}
      </svg>
      {t.campaignStatus[status]}
    </span>
  );
}

const ring = <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5" />;
const HOURS = {
  draft: ring,
  in_review: (
    <>
      {ring}
      <path d="M8 2.25a5.75 5.75 0 0 1 0 11.5Z" fill="currentColor" />
    </>
  ),
  live: (
    <>
      <circle cx="8" cy="8" r="7.5" fill="#f2a541" opacity=".35" />
      <circle cx="8" cy="8" r="4" fill="#f2a541" />
    </>
  ),
  paused: (
    <>
      {ring}
      <path d="M6.5 5.75v4.5M9.5 5.75v4.5" stroke="currentColor" stroke-width="1.5" />
    </>
  ),
  rejected: (
    <>
      {ring}
      <path d="M8 4.75v4M8 10.8v.1" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
    </>
  ),
  ended: (
    <>
      <path d="M3.5 11a4.5 4.5 0 0 1 9 0Z" fill="#f2a541" />
      <path d="M1 11.5h14" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
    </>
  ),
} satisfies Record<CampaignStatus, preact.VNode>;
