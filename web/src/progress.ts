import type { Money } from '../../server/protocol/money.ts';

/** Share of the goal that was raised, 0 and up; above 1 where people gave more than was asked for. */
export const shareOf = ({ raised, goal }: { raised: Money; goal: Money }): number =>
  goal.amount > 0 ? raised.amount / goal.amount : 0;

const DAY_MS = 86_400_000;

export type TimeLeft = { unit: 'days' | 'hours' | 'minutes' | 'none'; count: number };
/** What is left until the campaign's own midnight, in the largest unit that is honest. */
export function timeLeft(endsAt: string, nowMs: number): TimeLeft {
  const left = Date.parse(endsAt) - nowMs;
  if (left <= 0) return { unit: 'none', count: 0 };
  if (left >= DAY_MS) return { unit: 'days', count: Math.floor(left / DAY_MS) };
  if (left >= 3_600_000) return { unit: 'hours', count: Math.floor(left / 3_600_000) };
  return { unit: 'minutes', count: Math.max(1, Math.floor(left / 60_000)) };
}
