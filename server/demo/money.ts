import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { User } from '../domain/campaigns/access.ts';
import { addBankAccount } from '../domain/payouts/bank-accounts.ts';
import { readBalances } from '../domain/payouts/money.ts';
import { requestPayout } from '../domain/payouts/request.ts';
import { enterSettlement } from '../domain/settlements/enter.ts';
import { listUnsettled } from '../domain/settlements/lists.ts';
import { rupiah } from '../protocol/money.ts';
import type { House } from '../wiring.ts';

/** Gifts that the first settlement is for; the newest are still on their way, as they would be. */
const SETTLED = 100;
/** What QRIS costs, and the VAT on it, in parts of ten thousand. */
const FEE_BP = 70;
const VAT_BP = 1_100;
const ACCOUNT = { bank: 'bca', number: '5271048890' };
const ROUND = 10_000;

/**
 * Brings the demo's money a step on: the older gifts are settled, and the owner of the first campaign asks for half of
 * what is there, which then waits for finance. Through the verbs of real ones, under ids that are the same in every start,
 * so that nothing happens twice.
 */
export async function moveMoney(
  house: House,
  { campaign, owner, finance }: { campaign: { id: string; publishedAt: Date }; owner: User; finance: User },
): Promise<void> {
  const { payoutGateway } = house;
  const idOf = (what: string): string => {
    const random = createHash('sha256').update(`demo ${what} ${campaign.id}`).digest().subarray(0, 16);
    return uuidv7({ msecs: campaign.publishedAt.getTime(), seq: 0, random });
  };
  const settlementId = idOf('settlement');
  if (!(await house.db.settlements.find(settlementId))) {
    const { items } = await listUnsettled(house.db, finance, { gateway: 'midtrans', limit: SETTLED });
    const gross = items.reduce((sum, item) => sum + item.outstanding.amount, 0);
    const fee = Math.floor((gross * FEE_BP) / 10_000);
    const vat = Math.floor((fee * VAT_BP) / 10_000);
    const today = new Date(house.now().getTime() + 7 * 3_600_000).toISOString().slice(0, 10);
    await enterSettlement({ ...house, platformFeeBp: 0 }, finance, {
      id: settlementId,
      request: {
        gateway: 'midtrans',
        bankReference: 'MT-DEMO-001',
        settledOn: today,
        fee: rupiah(fee),
        vat: rupiah(vat),
        amount: rupiah(gross - fee - vat),
        references: items.map(({ reference }) => reference),
      },
    });
  }
  const holder = (await payoutGateway?.holderOf(ACCOUNT)) ?? 'Yayasan Jembatan Warga';
  const bankAccountId = idOf('bank account');
  await addBankAccount(house, owner, {
    id: bankAccountId,
    campaignId: campaign.id,
    request: { ...ACCOUNT, holder },
  });
  const { available } = await readBalances(house, owner, campaign.id);
  const half = Math.floor(available.amount / 2 / ROUND) * ROUND;
  const payoutId = idOf('payout');
  if (half > 0) {
    const request = { amount: rupiah(half), bankAccountId };
    await requestPayout(house, owner, { id: payoutId, campaignId: campaign.id, request });
  }
}
