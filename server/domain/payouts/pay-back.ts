import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { AccountRequest } from '../../protocol/payouts.ts';
import type { RefundRequest, RefundView } from '../../protocol/refunds.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import type { PayoutGateway } from '../gateways/gateway.ts';
import { refundView } from '../refunds/present.ts';
import { openRefund } from '../refunds/refund.ts';
import { Refusal } from '../refusal.ts';
import { digitsOf, holderAt } from './bank-accounts.ts';
import { payoutChanged } from './present.ts';
import { newKey } from './request.ts';

type House = Parameters<typeof openRefund>[1] & {
  db: Db;
  bus: Bus;
  payoutGateway: Pick<PayoutGateway, 'banks' | 'holderOf'> | null;
};

/**
 * Asks to give back part of a gift, of its tip, or all of it to the donor's own bank account, where the gateway through
 * which it came cannot. The campaign's part is set aside as for every refund; the money leaves as a payout, so somebody
 * else approves it first (`approvePayout`), and the refund is done once the gateway says that it arrived. `id` is the
 * caller's, so that a retry asks once. Throws Refusal: forbidden, not-found, wrong-state, over-limit, not-allowed,
 * invalid-input, gateway-unavailable.
 */
export async function payBack(
  house: House,
  user: User,
  {
    id,
    donationId,
    request,
    account,
  }: { id: string; donationId: string; request: RefundRequest; account: AccountRequest },
): Promise<RefundView> {
  const { db, bus, now } = house;
  onlyFinance(user);
  const known = await db.refunds.view(id);
  if (known) return refundView(known);
  const { bank } = account;
  const number = digitsOf(account.number);
  const holder = await readHolder(house, user, account, 'byPayout.');
  const { view, news } = await acting(db, 'system', 'refunds.pay-back', async (tx) => {
    const key = newKey();
    const before = await tx.refunds.view(id);
    if (before) return { view: refundView(before), news: [] };
    const asked = await openRefund(tx, house, user, { id, donationId, request, madeAt: 'payout', key });
    const refund = await tx.refunds.view(id);
    if (!refund) throw new Error('the refund that was just written is not there');
    const { campaign_id: campaignId } = refund;
    const amountMinor = refund.gift_minor + refund.tip_minor;
    await tx.payouts.insert({
      id,
      campaignId,
      bankAccountId: null,
      refundId: id,
      amountMinor,
      key,
      requestedBy: user.userId,
      now: now(),
    });
    await tx.payouts.insertAccount({ refundId: id, bank, number, holder });
    const payout = { id, campaign_id: campaignId, refund_id: id, amount_minor: amountMinor };
    return {
      view: refundView(refund),
      news: await tx.feeds.append([...asked, ...payoutChanged(payout, 'requested')]),
    };
  });
  bus.publish(news);
  return view;
}

/**
 * Whose an account is, as the bank writes it: finance sees whom it is about to pay. Throws Refusal: forbidden,
 * not-allowed, invalid-input, gateway-unavailable.
 */
export async function readHolder(
  { payoutGateway }: Pick<House, 'payoutGateway'>,
  user: User,
  { bank, number }: AccountRequest,
  under = '',
): Promise<string> {
  onlyFinance(user);
  if (!payoutGateway) {
    throw new Refusal('not-allowed', 'No gateway pays out here. Pay it back by transfer.');
  }
  return holderAt(payoutGateway, { bank, number: digitsOf(number) }, under);
}
