import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { ArrivalRequest, SettlementView } from '../../protocol/settlements.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { dayBegins, mustHaveBegun } from '../days.ts';
import { arrivalOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { Refusal } from '../refusal.ts';
import { settlementChanged } from './news.ts';
import { netOf, settlementView, statusOf } from './present.ts';

/** What the gateway owed us came to our bank. Throws Refusal: forbidden, not-found, wrong-state, invalid-input. */
export async function arrive(
  { db, bus, now }: { db: Db; bus: Bus; now(): Date },
  user: User,
  id: string,
  request: ArrivalRequest,
): Promise<SettlementView> {
  onlyFinance(user);
  mustHaveBegun('arrivedOn', request.arrivedOn, now());
  const { row, news } = await acting(db, user.userId, 'settlements.arrive', async (tx) => {
    const settlement = await tx.settlements.lock(id);
    if (!settlement) throw new Refusal('not-found', 'There is no such settlement.');
    if (statusOf(settlement) !== 'entered') {
      throw new Refusal('wrong-state', `The settlement has ${statusOf(settlement)} already.`);
    }
    if (netOf(settlement) !== 0n) {
      const { gateway } = settlement;
      const at = dayBegins(request.arrivedOn);
      await post(tx, [arrivalOf({ id, gateway, amountMinor: netOf(settlement), at })]);
    }
    const arrived = await tx.settlements.arrive({ id, arrivedBy: user.userId, ...request });
    return { row: arrived, news: await tx.feeds.append([settlementChanged(arrived)]) };
  });
  bus.publish(news);
  return settlementView(row);
}
