import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { v7 as uuidv7 } from 'uuid';
import { grant } from '../domain/accounts/grant.ts';
import type { User } from '../domain/campaigns/access.ts';
import { create } from '../domain/campaigns/create.ts';
import { review } from '../domain/campaigns/review.ts';
import { setPicture } from '../domain/campaigns/set-picture.ts';
import { submit } from '../domain/campaigns/submit.ts';
import { pledge } from '../domain/donations/pledge.ts';
import type { StaffRole } from '../protocol/accounts.ts';
import { rupiah } from '../protocol/money.ts';
import { root } from '../root.ts';
import type { House } from '../wiring.ts';
import { type DemoCampaign, demoCampaigns } from './content/campaigns.ts';
import { demoGifts } from './content/gifts.ts';

export const DEMO_PASSWORD = 'sebelum-fajar';
const PEOPLE: { name: string; email: string; roles: StaffRole[] }[] = [
  { name: 'Ada Lestari', email: 'ada@sangkuriang.test', roles: [] },
  { name: 'Budi Santoso', email: 'budi@sangkuriang.test', roles: [] },
  { name: 'Citra Wulandari', email: 'citra@sangkuriang.test', roles: ['moderator'] },
  { name: 'Dewi Anggraini', email: 'dewi@sangkuriang.test', roles: ['finance'] },
];
const SEED = 20_261_123;
/** Gifts under way at a time; more gained nothing. */
const AT_ONCE = 16;
const BOOKED_MS_MAX = 60_000;
const DAY_MS = 86_400_000;
const CONTENT = join(root, 'server/demo/content');

/** True while the database holds nobody: only then is there anything to seed. */
export const isEmpty = async ({ db }: House): Promise<boolean> =>
  (await db.one<{ empty: boolean }>('select not exists (select from sk.campaigns) as empty')).empty;

/**
 * Accounts, three campaigns and two hundred gifts, all through the verbs that real ones take: pledged, paid at the
 * gateway by `pay`, and booked when its notice comes in.
 */
export async function seed(house: House, { pay }: { pay(reference: string): Promise<void> }): Promise<void> {
  const users = new Map<string, User>();
  for (const { name, email, roles } of PEOPLE) {
    const { answer } = await house.accounts.register({ name, email, password: DEMO_PASSWORD });
    for (const role of roles) await grant(house, { email, role });
    users.set(name.split(' ')[0] ?? name, {
      kind: 'user',
      userId: answer.user.id,
      roles,
      family: uuidv7(),
      expiresAt: Date.now() + DAY_MS,
    });
  }
  const budi = users.get('Budi');
  const citra = users.get('Citra');
  const ada = users.get('Ada');
  if (!budi || !citra || !ada) throw new Error('the demo has lost its people');

  const ids = new Map<string, string>();
  for (const campaign of demoCampaigns)
    ids.set(campaign.slug, await publish(house, campaign, { owner: budi, moderator: citra }));

  const gifts = demoGifts(SEED).map((gift, index) => ({ gift, index }));
  const next = gifts[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const { gift, index } of next) {
      const donationId = uuidv7();
      const { name, anonymous } = gift.donor;
      await pledge(
        { ...house, judge: async () => ({ decision: 'allow', reasons: ['demo'] }) },
        {
          donationId,
          campaignId: ids.get(gift.campaign) ?? '',
          request: {
            gift: rupiah(gift.giftRupiah),
            ...(gift.tipRupiah > 0 ? { tip: rupiah(gift.tipRupiah) } : {}),
            donor: { ...(name ? { name } : {}), anonymous },
            ...(gift.message ? { message: gift.message } : {}),
            method: gift.method,
          },
          // A few of them are Ada's, so that her page of gifts has something to show.
          principal: index % 40 === 7 ? ada : { kind: 'guest' },
          caller: { address: '127.0.0.1', network: '127.0.0.1/32', device: 'demo' },
        },
      );
      const payment = await house.db.payments.latestOf(donationId);
      if (payment) await pay(payment.reference);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await allBooked(house, gifts.length);
}

/** The gateway's notices are still on their way when the last gift is paid there. */
async function allBooked({ db }: House, gifts: number): Promise<void> {
  for (const deadline = Date.now() + BOOKED_MS_MAX; Date.now() < deadline; await setTimeout(50)) {
    const { paid } = await db.one<{ paid: number }>(
      'select sum(donor_count)::int as paid from sk.campaign_totals',
    );
    if (paid >= gifts) return;
  }
  throw new Error('the gifts of the demo were not booked in time');
}

async function publish(
  house: House,
  campaign: DemoCampaign,
  { owner, moderator }: { owner: User; moderator: User },
): Promise<string> {
  const id = await create(house, owner, {
    title: campaign.title,
    story: await readFile(join(CONTENT, `${campaign.slug}.md`), 'utf8'),
    category: campaign.category,
    goal: rupiah(campaign.goalRupiah),
    endsOn: new Date(Date.now() + campaign.endsInDays * DAY_MS).toISOString().slice(0, 10),
    timezone: campaign.timezone,
    beneficiary: campaign.beneficiary,
    permitNumber: campaign.permitNumber,
  });
  const drawing = await readFile(join(CONTENT, `${campaign.slug}.svg`));
  await setPicture(house, owner, id, await sharp(drawing).png({ compressionLevel: 3 }).toBuffer());
  await submit(house, owner, id);
  await review(house, moderator, id, { decision: 'approve', note: '' });
  return id;
}
