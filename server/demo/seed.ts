import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../db/open.ts';
import { grant } from '../domain/accounts/grant.ts';
import { GUEST, type Principal } from '../domain/accounts/principal.ts';
import type { User } from '../domain/campaigns/access.ts';
import { create } from '../domain/campaigns/create.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { listCampaigns } from '../domain/campaigns/list.ts';
import { review } from '../domain/campaigns/review.ts';
import { setPicture } from '../domain/campaigns/set-picture.ts';
import { submit } from '../domain/campaigns/submit.ts';
import { pledge } from '../domain/donations/pledge.ts';
import type { StaffRole } from '../protocol/accounts.ts';
import { PAGE_MAX } from '../protocol/campaigns.ts';
import { rupiah } from '../protocol/money.ts';
import { root } from '../root.ts';
import type { House } from '../wiring.ts';
import { type DemoCampaign, demoCampaigns } from './content/campaigns.ts';
import { type DemoGift, demoGifts } from './content/gifts.ts';
import { moveMoney } from './money.ts';

export const DEMO_PASSWORD = 'sebelum-fajar';
const PEOPLE: { name: string; email: string; roles: StaffRole[] }[] = [
  { name: 'Ada Lestari', email: 'ada@sangkuriang.test', roles: [] },
  { name: 'Budi Santoso', email: 'budi@sangkuriang.test', roles: [] },
  { name: 'Citra Wulandari', email: 'citra@sangkuriang.test', roles: ['moderator'] },
  { name: 'Dewi Anggraini', email: 'dewi@sangkuriang.test', roles: ['finance'] },
  { name: 'Eko Prasetyo', email: 'eko@sangkuriang.test', roles: ['finance'] },
];
const SEED = 20_261_123;
/** What the gifts of the demo name as their machine. */
const DEVICE = 'demo';
/** Gifts under way at a time; more gained nothing. */
const AT_ONCE = 16;
const BOOKED_MS_MAX = 60_000;
const DAY_MS = 86_400_000;
const CONTENT = path.join(root, 'server/demo/content');

/** True once every gift of the demo is booked; until then each start goes on where the last one was cut off. */
export const isSeeded = async ({ db }: House): Promise<boolean> =>
  (await db.donations.countPaidFrom(DEVICE)) >= demoGifts(SEED).length;

/**
 * Accounts, three campaigns and two hundred gifts, all through the verbs that real ones take: pledged, paid at the
 * gateway by `pay`, and booked when its notice comes in. What stands already is left as it is.
 */
export async function seed(house: House, { pay }: { pay(reference: string): Promise<void> }): Promise<void> {
  const [ada, budi, citra, , eko] = await Promise.all(PEOPLE.map((each) => join(house, each)));
  if (!ada || !budi || !citra || !eko) throw new Error('the demo has lost its people');
  const campaigns = new Map<string, { id: string; publishedAt: Date }>();
  for (const campaign of demoCampaigns) {
    campaigns.set(campaign.slug, await publish(house, campaign, { owner: budi, moderator: citra }));
  }
  const gifts = demoGifts(SEED).entries();
  const worker = async (): Promise<void> => {
    for (const [index, gift] of gifts) {
      const campaign = campaigns.get(gift.campaign);
      if (!campaign) throw new Error(`no campaign ${gift.campaign}`);
      // A few of them are Ada's, so that her page of gifts has something to show.
      await give(house, { index, gift, campaign, donor: index % 40 === 7 ? ada : GUEST, pay });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await allBooked(house);
  const [first] = campaigns.values();
  if (first) await moveMoney(house, { campaign: first, owner: budi, finance: eko });
}

async function join(house: House, { name, email, roles }: (typeof PEOPLE)[number]): Promise<User> {
  const known = await acting(house.db, 'system', 'demo.person', (tx) => tx.users.byEmail(email));
  const userId =
    known?.id ?? (await house.accounts.register({ name, email, password: DEMO_PASSWORD })).answer.user.id;
  for (const role of roles) await grant(house, { email, role });
  return { kind: 'user', userId, roles, family: uuidv7(), expiresAt: Date.now() + DAY_MS };
}

async function publish(
  house: House,
  campaign: DemoCampaign,
  { owner, moderator }: { owner: User; moderator: User },
): Promise<{ id: string; publishedAt: Date }> {
  const { items } = await listCampaigns(house, owner, { scope: 'mine', sort: 'newest', limit: PAGE_MAX });
  const known = items.find(({ title }) => title === campaign.title);
  const id =
    known?.id ??
    (await create(house, owner, {
      title: campaign.title,
      story: await readFile(path.join(CONTENT, `${campaign.slug}.md`), 'utf8'),
      category: campaign.category,
      goal: rupiah(campaign.goalRupiah),
      endsOn: new Date(Date.now() + campaign.endsInDays * DAY_MS).toISOString().slice(0, 10),
      timezone: campaign.timezone,
      beneficiary: campaign.beneficiary,
      permitNumber: campaign.permitNumber,
    }));
  if (!known?.picture) {
    const drawing = await readFile(path.join(CONTENT, `${campaign.slug}.svg`));
    await setPicture(house, owner, id, await sharp(drawing).png({ compressionLevel: 3 }).toBuffer());
  }
  const status = known?.status ?? 'draft';
  if (status === 'draft') await submit(house, owner, id);
  if (status === 'draft' || status === 'in_review')
    await review(house, moderator, id, { decision: 'approve', note: '' });
  const { createdAt } = await findCampaign(house.db, owner, { id });
  return { id, publishedAt: new Date(createdAt) };
}

async function give(
  house: House,
  {
    index,
    gift,
    campaign,
    donor,
    pay,
  }: {
    index: number;
    gift: DemoGift;
    campaign: { id: string; publishedAt: Date };
    donor: Principal;
    pay(reference: string): Promise<void>;
  },
): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    // The same id in every start, so that no gift is made twice. One that was cut off unpaid is left to expire: the
    // simulated gateway has forgotten it.
    const random = createHash('sha256').update(`demo ${index} ${tries}`).digest().subarray(0, 16);
    const donationId = uuidv7({ msecs: campaign.publishedAt.getTime() + index, seq: index, random });
    const known = await house.db.payments.latestOf(donationId);
    if (known?.status === 'paid') return;
    if (known) continue;
    const { name, anonymous } = gift.donor;
    await pledge(
      { ...house, judge: async () => ({ decision: 'allow', reasons: ['demo'] }) },
      {
        donationId,
        campaignId: campaign.id,
        request: {
          gift: rupiah(gift.giftRupiah),
          ...(gift.tipRupiah > 0 ? { tip: rupiah(gift.tipRupiah) } : {}),
          donor: { ...(name ? { name } : {}), anonymous },
          ...(gift.message ? { message: gift.message } : {}),
          method: gift.method,
        },
        principal: donor,
        caller: { address: '127.0.0.1', network: '127.0.0.1/32', device: DEVICE },
      },
    );
    const payment = await house.db.payments.latestOf(donationId);
    if (payment) await pay(payment.reference);
    return;
  }
}

/** The gateway's notices are still on their way when the last gift is paid there. */
async function allBooked(house: House): Promise<void> {
  for (const deadline = Date.now() + BOOKED_MS_MAX; Date.now() < deadline; await setTimeout(50)) {
    if (await isSeeded(house)) return;
  }
  throw new Error('the gifts of the demo were not booked in time');
}
