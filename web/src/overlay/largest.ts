import type { EventOf } from '../../../server/protocol/apply.ts';
import type { WallItem } from '../../../server/protocol/donations.ts';
import type { CampaignEvents } from '../../../server/protocol/feeds.ts';

export const SHOWN = 5;

/** Largest first; of two alike the one that came first stands above, as on the server. */
const before = (a: WallItem, b: WallItem): number =>
  b.gift.amount - a.gift.amount || (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1);

/** The list after an event, without whoever was hidden or gave back. */
export function withEvent(list: WallItem[], { type, data }: EventOf<CampaignEvents>): WallItem[] {
  switch (type) {
    case 'donation.received':
      return list.some(({ id }) => id === data.id) ? list : [...list, data].sort(before).slice(0, SHOWN);
    case 'donation.hidden':
    case 'donation.refunded':
    case 'donation.reversed':
    case 'donation.charged_back':
      return list.filter(({ id }) => id !== data.id);
    default:
      return list;
  }
}

/** True if the list has to be read again: who moves up is not known here, nor where a gift stands that came back. */
export const asksAgain = (list: WallItem[], { type, data }: EventOf<CampaignEvents>): boolean =>
  type === 'donation.chargeback_won' ||
  type === 'donation.refund_returned' ||
  (/^donation\.(hidden|refunded|reversed|charged_back)$/.test(type) &&
    list.some(({ id }) => id === (data as { id: string }).id));
