import type { Notice } from '../../server/domain/gateways/gateway.ts';
import { iris } from '../../server/domain/gateways/iris.ts';
import { hearPayouts } from '../../server/domain/payouts/hear.ts';
import { LOOK_AFTER_MS } from '../../server/domain/payouts/send.ts';
import type { Balances } from '../../server/protocol/payouts.ts';
import type { TestPlatform } from './platform.ts';
import type { Visitor } from './visitor.ts';

/** The verbs' house, with another gateway or another time. */
export function payingOut(
  platform: TestPlatform,
  more: Partial<{ payoutGateway: ReturnType<typeof iris> | null; now: () => Date }> = {},
) {
  const house = { ...platform.house, ...more };
  const faults: unknown[] = [];
  return {
    ...house,
    faults,
    onFault: (fault: unknown) => void faults.push(fault),
    hear: (notices: Notice[]) => hearPayouts(house, notices),
  };
}

/** When a payout that the gateway was silent about is looked after. */
export const soon = () => new Date(Date.now() + LOOK_AFTER_MS + 5_000);

/** The simulated bank's door, through another port or with less patience. */
export function irisOf(
  platform: TestPlatform,
  { port, timeoutMs }: { port?: number; timeoutMs?: number } = {},
) {
  if (!platform.config.iris) throw new Error('payouts are simulated here');
  const { url } = platform.config.iris;
  return iris({
    ...platform.config.iris,
    ...(port === undefined ? {} : { url: url.replace(/:\d+/, `:${port}`) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

/** What was entered at the simulated bank, by an amount that one test alone uses. */
export const enteredFor = async (outside: Visitor, amount: number) =>
  (await outside.orders('&gateway=iris')).filter((one) => one.amount === amount);

export async function balancesOf(
  outside: Visitor,
  campaignId: string,
  token: string,
): Promise<Record<keyof Balances, number>> {
  const { body } = await outside.get<{ balances: Balances }>(`/api/v1/campaigns/${campaignId}/balances`, {
    token,
  });
  return Object.fromEntries(
    Object.entries(body.balances).map(([name, { amount }]) => [name, amount]),
  ) as never;
}
