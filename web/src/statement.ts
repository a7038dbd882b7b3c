import type { StatementPage } from '../../server/protocol/statement.ts';
import { call, query } from './api.ts';

/** What became of a campaign's money, newest first. Throws ApiError. */
export const fetchStatement = (
  campaignId: string,
  page: { cursor?: string | null; limit: number },
  signal?: AbortSignal,
) => call<StatementPage>(`/campaigns/${campaignId}/ledger${query(page)}`, signal ? { signal } : {});
