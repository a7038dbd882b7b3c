import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type OwnerEvents, type OwnerState, ownerFeed } from '../../../server/protocol/feeds.ts';
import type {
  Balances,
  BankAccountView,
  HoldView,
  PayoutStatus,
  PayoutView,
} from '../../../server/protocol/payouts.ts';
import { useFeed } from '../live.ts';
import { fetchBalances, fetchBankAccounts, fetchHolds, fetchPayouts } from './money-calls.ts';

const PAYOUTS = 10;
/** Gifts move the figures too, many of them in a second. */
const REFRESH_MS_MIN = 3_000;

/** What stands between asking and the bank's last word. */
export const isUnderWay = (status: PayoutStatus): boolean =>
  status === 'requested' || status === 'approved' || status === 'submitted';

export type Money = {
  balances: Balances | null;
  /** Those that hold now. */
  holds: HoldView[];
  /** Newest first, without those that were removed; empty for whoever is not the owner. */
  accounts: BankAccountView[];
  /** One was there before: the next one waits some days. */
  hadAccount: boolean;
  payouts: PayoutView[];
  hasMore: boolean;
  /** The payout that has just changed, for whoever hears the page instead of seeing it. */
  changed: PayoutView | null;
  error: unknown;
  /** Answers how it stands now, if that could be read. */
  refresh: () => Promise<Balances | null>;
  loadMore: () => Promise<void>;
};

type Known = Pick<Money, 'balances' | 'holds' | 'accounts' | 'hadAccount' | 'payouts' | 'changed'> & {
  cursor: string | null;
};
const NOTHING: Known = {
  balances: null,
  holds: [],
  accounts: [],
  hadAccount: false,
  payouts: [],
  changed: null,
  cursor: null,
};

/** A campaign's money as its team sees it: read anew whenever its feed says that something became of it. */
export function useMoney(campaignId: string, isOwner: boolean): Money {
  const [known, setKnown] = useState(NOTHING);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef(new AbortController());
  /** Answers may come in another order than the questions went out. */
  const asked = useRef(0);
  const askedAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const refresh = useCallback(async (): Promise<Balances | null> => {
    clearTimeout(timer.current);
    timer.current = undefined;
    askedAt.current = Date.now();
    const mine = ++asked.current;
    const { signal } = stop.current;
    try {
      const [balances, holds, accounts, page] = await Promise.all([
        fetchBalances(campaignId, signal),
        fetchHolds(campaignId, signal),
        isOwner ? fetchBankAccounts(campaignId, signal) : [],
        fetchPayouts(campaignId, { limit: PAYOUTS }, signal),
      ]);
      if (mine !== asked.current) return balances;
      setError(null);
      setKnown((now) => {
        const before = new Map(now.payouts.map((payout) => [payout.id, payout.status]));
        const fresh = new Set(page.items.map(({ id }) => id));
        const older = now.payouts.filter(({ id }) => !fresh.has(id));
        const turned = page.items.find(({ id, status }) => before.get(id) !== status);
        return {
          balances,
          holds: holds.filter(holdsNow),
          accounts: accounts.filter(({ retired }) => !retired),
          hadAccount: accounts.length > 0,
          payouts: [...page.items, ...older],
          cursor: older.length > 0 ? now.cursor : page.nextCursor,
          changed: now.balances === null ? null : (turned ?? now.changed),
        };
      });
      return balances;
    } catch (reason) {
      if (!signal.aborted && mine === asked.current) setError(reason);
      return null;
    }
  }, [campaignId, isOwner]);
  const refreshSoon = useCallback(() => {
    const due = Math.max(0, askedAt.current + REFRESH_MS_MIN - Date.now());
    timer.current ??= setTimeout(() => void refresh(), due);
  }, [refresh]);

  useEffect(() => {
    void refresh();
    // A settlement is no news on the team's feed; whoever comes back to the page looks for one.
    const back = () => {
      if (!document.hidden) void refresh();
    };
    document.addEventListener('visibilitychange', back);
    const { current } = stop;
    return () => {
      current.abort();
      clearTimeout(timer.current);
      document.removeEventListener('visibilitychange', back);
    };
  }, [refresh]);

  useFeed<OwnerState, OwnerEvents>(ownerFeed(campaignId), {
    onState: () => void refresh(),
    onEvents: (events) => {
      if (events.some(({ type }) => /^(payout|bank_account|hold)\./.test(type))) void refresh();
      else if (events.some(({ totals }) => totals !== undefined)) refreshSoon();
    },
  });

  const loadMore = async (): Promise<void> => {
    if (!known.cursor) return;
    const page = await fetchPayouts(campaignId, { cursor: known.cursor, limit: PAYOUTS });
    setKnown((now) => {
      const ids = new Set(now.payouts.map(({ id }) => id));
      const older = page.items.filter(({ id }) => !ids.has(id));
      return { ...now, payouts: [...now.payouts, ...older], cursor: page.nextCursor };
    });
  };
  return { ...known, hasMore: known.cursor !== null, error, refresh, loadMore };
}

const holdsNow = ({ releasedAt, until }: HoldView): boolean =>
  releasedAt === null && (until === null || Date.parse(until) > Date.now());
