import { ACCOUNTS } from './operations/accounts.ts';
import { CAMPAIGNS } from './operations/campaigns.ts';
import { DONATIONS } from './operations/donations.ts';
import type { Operation } from './operations/entry.ts';
import { FEEDS } from './operations/feeds.ts';
import { GATEWAYS } from './operations/gateways.ts';
import { MODERATION } from './operations/moderation.ts';
import { MONEY } from './operations/money.ts';
import { OPERATION } from './operations/operation.ts';
import { OVERLAYS } from './operations/overlays.ts';
import { PAYOUTS } from './operations/payouts.ts';
import { REFUNDS } from './operations/refunds.ts';
import { UPDATES } from './operations/updates.ts';

/** Every call there is. A new route has its entry in one of these, or test/openapi.test.ts names it. */
export const OPERATIONS: Operation[] = [
  ...ACCOUNTS,
  ...DONATIONS,
  ...CAMPAIGNS,
  ...UPDATES,
  ...MODERATION,
  ...REFUNDS,
  ...PAYOUTS,
  ...OVERLAYS,
  ...FEEDS,
  ...GATEWAYS,
  ...OPERATION,
  ...MONEY,
];
