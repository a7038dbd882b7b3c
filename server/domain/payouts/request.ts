import { randomBytes } from 'node:crypto';
import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { PayoutRequest, PayoutView } from '../../protocol/payouts.ts';
import { conflict, isPublic, type User } from '../campaigns/access.ts';
import { payoutRequestedOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { Refusal } from '../refusal.ts';
import { ONLY_OWNER, readAs, wrongState } from './access.ts';
import { availableOf, lockMoney } from './money.ts';
import { payoutChanged, payoutView } from './present.ts';

/**
 * Asks for money of a campaign: it is set aside at once, so that nothing else takes it, and waits for finance. One
 * payout at a time, because how the money of the last one was used is said before the next one is asked for. `id` is the
 * caller's, so that a retry asks once. Throws Refusal: not-found, forbidden, wrong-state, invalid-input,
 * account-on-hold, conflict, proof-of-use-missing, over-limit.
 */
export async function requestPayout(
  { db, bus, now }: { db: Db; bus: Bus; now: () => Date },
  user: User,
  { id, campaignId, request }: { id: string; campaignId: string; request: PayoutRequest },
): Promise<PayoutView> {
  const at = now();
  const amountMinor = BigInt(request.amount.amount);
  const { view, news } = await acting(db, 'system', 'payouts.request', async (tx) => {
    const campaign = await readAs(tx, user, campaignId, ONLY_OWNER);
    const money = await lockMoney(tx, campaignId, at);
    const known = await tx.payouts.find(id);
    if (known) return { view: payoutView(known), news: [] };
    if (!isPublic(campaign.status)) throw wrongState('Payouts begin once the campaign is published.');
    const account = await tx.bankAccounts.find(request.bankAccountId);
    if (account?.campaign_id !== campaignId || account.retired_at !== null) {
      throw new Refusal('invalid-input', 'Some fields need attention.', {
        errors: [{ path: 'bankAccountId', message: 'bankAccountId names no bank account of this campaign' }],
      });
    }
    if (account.usable_from > at) {
      throw new Refusal(
        'account-on-hold',
        `This bank account is new and may be used from ${account.usable_from.toISOString()}.`,
      );
    }
    if (await tx.payouts.underWay(campaignId)) {
      throw conflict(
        'A payout of this campaign is under way. The next one may be asked for once it has ended.',
      );
    }
    if (await tx.payouts.proofMissing(campaignId)) {
      throw new Refusal(
        'proof-of-use-missing',
        'First post an update that says how the money of the last payout was used.',
      );
    }
    const available = availableOf(money);
    if (amountMinor > available) {
      throw new Refusal('over-limit', `Rp${available.toLocaleString('id-ID')} is available for payout now.`);
    }
    const key = newKey();
    const { bankAccountId } = request;
    await tx.payouts.insert({
      id,
      campaignId,
      bankAccountId,
      refundId: null,
      amountMinor,
      key,
      requestedBy: user.userId,
      now: at,
    });
    await post(tx, [payoutRequestedOf({ id, campaignId, amountMinor, at })]);
    const row = await tx.payouts.find(id);
    if (!row) throw new Error('the payout that was just written is not there');
    return { view: payoutView(row), news: await tx.feeds.append(payoutChanged(row, 'requested')) };
  });
  bus.publish(news);
  return view;
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** What a payout is known by at the gateway. */
export const newKey = (): string =>
  `PO${Array.from(randomBytes(25), (byte) => ALPHABET[byte & 31]).join('')}`;
