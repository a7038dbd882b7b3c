import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { number } from '../format.ts';
import type { ReviewTexts } from './text.ts';

/** A goal of this many rupiah and more is worth a second look. */
const GOAL_HIGH = 1_000_000_000;
/** A story of fewer words than this leaves most questions open. */
const WORDS_FEW = 120;
const SOON_MS = 7 * 86_400_000;

export type Sign = { text: string; isGrave: boolean };

/** What a moderator should not overlook. No judgement: each is a fact of the campaign. */
export function signsOf(view: CampaignView, nowMs: number, { signs }: ReviewTexts): Sign[] {
  const words = (view.team?.storyMarkdown ?? '').split(/\s+/).filter(Boolean).length;
  const links = view.story.split('<a ').length - 1;
  const left = Date.parse(view.endsAt) - nowMs;
  const all: [boolean, string, boolean][] = [
    [left <= 0, signs.over, true],
    [view.permitNumber === null, signs.noPermit, true],
    [view.picture === null, signs.noPicture, false],
    [words < WORDS_FEW, signs.short(number(words)), false],
    [links > 0, signs.links(number(links)), false],
    [view.goal.amount >= GOAL_HIGH, signs.high, false],
    [left > 0 && left <= SOON_MS, signs.soon, false],
    [view.team?.reviewNote != null, signs.again, false],
  ];
  return all.filter(([is]) => is).map(([, text, isGrave]) => ({ text, isGrave }));
}
