import type { NewEvent } from '../../db/feeds.ts';
import type { SettlementRow } from '../../db/settlements.ts';
import { FINANCE, type FinanceEvents } from '../../protocol/feeds.ts';
import { statusOf } from './present.ts';

export const settlementChanged = (row: SettlementRow): NewEvent => ({
  feed: FINANCE,
  type: 'settlement.changed',
  data: {
    id: row.id,
    gateway: row.gateway,
    status: statusOf(row),
  } satisfies FinanceEvents['settlement.changed'],
});
