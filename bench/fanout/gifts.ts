import { v7 as uuidv7 } from 'uuid';
import { rupiah } from '../../server/protocol/money.ts';

const MESSAGES = [
  'Semoga cepat terkumpul dan lekas dibangun.',
  null,
  'Untuk adik-adik di seberang sungai, semangat sekolahnya ya!',
];

/** Gifts as a campaign's feed tells them, with the totals that each leaves. */
export function gifts() {
  let count = 0;
  let raised = 0;
  return () => {
    count += 1;
    const amount = 10_000 + 5_000 * (count % 19);
    raised += amount;
    return {
      type: 'donation.received',
      data: {
        id: uuidv7(),
        name: 'Sri Wahyuningsih',
        gift: rupiah(amount),
        message: MESSAGES[count % MESSAGES.length] ?? null,
        at: new Date().toISOString(),
      },
      totals: { raised: rupiah(raised), donorCount: count },
    };
  };
}
