import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { demoMessages, heldMessages } from '../server/demo/content/messages.ts';
import { hideDonation, reviewMessage } from '../server/domain/donations/words.ts';
import { type HoldReason, holdReasons, isFitName } from '../server/domain/fraud/messages.ts';
import type { HeldMessage, WallPage } from '../server/protocol/donations.ts';
import {
  campaignFeed,
  type FeedPage,
  MODERATION,
  type ModerationState,
  type OwnerState,
  ownerFeed,
} from '../server/protocol/feeds.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('a message', () => {
  describe('waits for a moderator', () => {
    const held: [string, HoldReason][] = [
      ['Kunjungi https://contoh.example', 'link'],
      ['www.contoh.example', 'link'],
      ['main di slot-gacor88.com yuk', 'link'],
      ['t.me/gratis', 'link'],
      ['s.id/hadiah', 'link'],
      ['bit.ly/3xYz', 'link'],
      ['linktr.ee/hadiah', 'link'],
      ['SLOT88.VIP', 'link'],
      ['judi。com', 'link'],
      ['ｊｕｄｉ．ｃｏｍ', 'link'],
      ['ju\u200bdi.c\u2060om', 'link'],
      ['kirim ke ayu@contoh.co.id', 'link'],
      ['0812 3456 7890', 'number'],
      ['+62-812-3456-7890', 'number'],
      ['08.12.34.56', 'number'],
      ['0/8/1/2/3', 'number'],
      ['0 8 _ 1 2 | 3', 'number'],
      ['０８１２３４', 'number'],
      ['٠٨١٢٣٤', 'number'],
      ['①②③④⑤⑥', 'number'],
      ['𝟎𝟖𝟏𝟐𝟑𝟒', 'number'],
      ['0812\u00ad3456', 'number'],
      ['08\u200b12\ufeff34', 'number'],
      ['0\u03388\u03381\u03382\u03383\u0338', 'number'],
      ['transfer Rp50.000 ke saya', 'number'],
      ['angkatan 1998', 'number'],
      ['nol 8 satu 2', 'number'],
      ['cari @budi_santoso', 'handle'],
      ['chat WhatsApp ya', 'handle'],
      ['ada di Telegram', 'handle'],
      ['norek saya ada', 'handle'],
      ['wa: tanya saja', 'handle'],
    ];
    for (const [message, reason] of held) {
      it(`that says ${JSON.stringify(message)}, for its ${reason}`, () => {
        expect(holdReasons(message)).to.include(reason);
      });
    }
  });

  it('of the demo that is meant to wait, waits', () => {
    for (const { text } of heldMessages) expect(holdReasons(text), text).not.to.deep.equal([]);
  });

  it('and a name may hold a class or a year, but no telephone, account or link', () => {
    for (const name of ['Alumni 1998', 'Kelas 6B', 'RT 04 RW 09', 'Wa Ode Sitti'])
      expect(isFitName(name), name).to.equal(true);
    for (const name of ['0812 3456 7890', 'slot88.vip', 'Budi @budi_jual'])
      expect(isFitName(name), name).to.equal(false);
  });

  it('is shown at once when it is only kind', () => {
    for (const message of [
      'Semoga berkah dan lancar sampai selesai 🙏',
      'Dari kami berlima di Bandung',
      'Semangat!!! Seratus persen',
      'Café kecil kami ikut menyumbang 👨‍👩‍👧',
      'Peluk dari Sumba...semoga sehat',
      'والسلام عليكم',
      ...demoMessages.map(({ text }) => text),
    ]) {
      expect(holdReasons(message), message).to.deep.equal([]);
    }
  });
});

/** SQLSTATE of a lock that was waited for too long. */
const LOCK_NOT_AVAILABLE = '55P03';

describe('a held message', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let citra: Awaited<ReturnType<typeof person>>;
  const MESSAGE = 'Hubungi saya di 0812 3456 7890';

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    campaign = await liveCampaign(platform.house);
    citra = await person(platform.house.db, 'Citra', 'moderator');
  });
  after(async () => {
    outside.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const held = async (token = outside.tokenOf(citra)): Promise<HeldMessage[]> =>
    (await outside.get<{ items: HeldMessage[] }>('/api/v1/moderation/messages', { token })).body.items;
  const decide = (id: string, decision: unknown, token: string | undefined = outside.tokenOf(citra)) =>
    outside.post(`/api/v1/donations/${id}/message/review`, decision, { token });
  const wallMessage = async (id: string): Promise<string | null | undefined> =>
    (await outside.get<WallPage>(`/api/v1/campaigns/${campaign.id}/donations`)).body.items.find(
      (one) => one.id === id,
    )?.message;
  const feed = async (name: string, token?: string, query = ''): Promise<FeedPage> =>
    (await outside.get<FeedPage>(`/api/v1/feeds/${name}/events${query}`, { token })).body;
  const ofGift = (page: FeedPage, id: string): string[] =>
    page.events
      .filter(({ data }) =>
        [(data as { id?: string }).id, (data as { donationId?: string }).donationId].includes(id),
      )
      .map(({ type }) => type);
  const given = () =>
    outside.paid(campaign.id, { message: MESSAGE, donor: { name: 'Sari', email: 'sari@example.org' } });

  it('comes before moderators once its gift is paid, with why it waits and not whose it is', async () => {
    const gift = await outside.pledged(campaign.id, { message: MESSAGE, donor: { name: 'Sari' } });
    expect((await held()).filter(({ donationId }) => donationId === gift.id)).to.deep.equal([]);
    await outside.act(gift.reference, 'pay');
    await until(async () => (await outside.seen(gift)).status === 'paid');
    const [waiting] = (await held()).filter(({ donationId }) => donationId === gift.id);
    expect(waiting).to.deep.include({ message: MESSAGE, reasons: ['number'] });
    expect(JSON.stringify(waiting)).not.to.match(/sari/i);
    const { events } = await feed(MODERATION, outside.tokenOf(citra), '?since=0');
    expect(events.at(-1)).to.deep.include({ type: 'message.held', data: waiting });
    const { state } = await feed(MODERATION, outside.tokenOf(citra));
    expect((state as ModerationState).held).to.deep.include(waiting);
    expect((await outside.seen(gift)).messageStatus).to.equal('held');
  });

  it('is nowhere but there until a moderator shows it, and then everywhere', async () => {
    const gift = await given();
    expect(await wallMessage(gift.id)).to.equal(null);
    const owner = outside.tokenOf(campaign.owner);
    const before = await feed(ownerFeed(campaign.id), owner);
    expect((before.state as OwnerState).recent[0]).to.deep.include({
      id: gift.id,
      message: null,
      messageHeld: true,
    });
    expect((await decide(gift.id, { decision: 'show' })).status).to.equal(204);
    expect(await wallMessage(gift.id)).to.equal(MESSAGE);
    const open = await feed(campaignFeed(campaign.id), undefined, '?since=0');
    expect(ofGift(open, gift.id)).to.deep.equal(['donation.received', 'donation.message_shown']);
    expect(open.events.at(-1)?.data).to.deep.equal({ id: gift.id, message: MESSAGE });
    const after = await feed(ownerFeed(campaign.id), owner);
    expect((after.state as OwnerState).recent[0]).to.deep.include({ message: MESSAGE, messageHeld: false });
    expect((await held()).map(({ donationId }) => donationId)).not.to.include(gift.id);
    expect((await outside.seen(gift)).messageStatus).to.equal('shown');
    const again = await decide(gift.id, { decision: 'reject' });
    expect(again.problem.code).to.equal('conflict');
  });

  it('that is rejected is never shown; the team’s page stops waiting and is not told why', async () => {
    const gift = await given();
    expect((await decide(gift.id, { decision: 'reject', note: 'Nomor telepon' })).status).to.equal(204);
    expect(await wallMessage(gift.id)).to.equal(null);
    const open = await feed(campaignFeed(campaign.id), undefined, '?since=0');
    expect(ofGift(open, gift.id)).to.deep.equal(['donation.received']);
    const team = await feed(ownerFeed(campaign.id), outside.tokenOf(campaign.owner), '?since=0');
    expect(ofGift(team, gift.id)).to.deep.equal(['donation.received', 'donation.message_rejected']);
    expect(JSON.stringify(team.events)).not.to.match(/telepon/);
    const { state } = await feed(ownerFeed(campaign.id), outside.tokenOf(campaign.owner));
    expect((state as OwnerState).recent[0]).to.deep.include({ message: null, messageHeld: false });
    expect((await outside.seen(gift)).messageStatus).to.equal('rejected');
  });

  it('is decided by moderators alone, and by none of the campaign’s own team', async () => {
    const gift = await given();
    const insider = await person(platform.house.db, 'Orang-dalam', 'moderator');
    await platform.house.db.none(
      `insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, 'viewer')`,
      [campaign.id, insider.userId],
    );
    const show = { decision: 'show' };
    expect((await outside.post(`/api/v1/donations/${gift.id}/message/review`, show)).status).to.equal(401);
    expect((await decide(gift.id, show, outside.tokenOf(campaign.owner))).problem.code).to.equal('forbidden');
    expect(
      (await decide(gift.id, show, outside.tokenOf(await person(platform.house.db, 'Dewi', 'finance'))))
        .status,
    ).to.equal(403);
    expect((await decide(gift.id, show, outside.tokenOf(insider))).problem.code).to.equal('forbidden');
    expect((await outside.get('/api/v1/moderation/messages')).status).to.equal(401);
    expect(
      (await outside.get('/api/v1/moderation/messages', { token: outside.tokenOf(campaign.owner) })).status,
    ).to.equal(403);
    expect(await wallMessage(gift.id)).to.equal(null);
    for (const wrong of [{}, { decision: 'maybe' }, { decision: 'show', more: 1 }, []])
      expect((await decide(gift.id, wrong)).problem.code, JSON.stringify(wrong)).to.equal('invalid-input');
  });

  it('is not there to be decided while its gift is unpaid, nor where there is none', async () => {
    const unpaid = await outside.pledged(campaign.id, { message: MESSAGE });
    const wordless = await outside.paid(campaign.id);
    for (const id of [unpaid.id, wordless.id, uuidv7()])
      expect((await decide(id, { decision: 'show' })).problem.code).to.equal('not-found');
    await outside.act(unpaid.reference, 'pay');
    await until(async () => (await outside.seen(unpaid)).status === 'paid');
    expect((await held()).map(({ donationId }) => donationId)).to.include(unpaid.id);
  });

  it('of a gift that was hidden meanwhile stays unsaid, whatever a moderator decides', async () => {
    const gift = await given();
    const headers = { 'x-claim-token': gift.claimToken };
    expect((await outside.post(`/api/v1/donations/${gift.id}/hide`, {}, { headers })).status).to.equal(204);
    expect((await decide(gift.id, { decision: 'show' })).status).to.equal(204);
    const open = await feed(campaignFeed(campaign.id), undefined, '?since=0');
    expect(ofGift(open, gift.id)).to.deep.equal(['donation.received', 'donation.hidden']);
    expect(JSON.stringify([open, await feed(campaignFeed(campaign.id))])).not.to.include(gift.reference);
    expect(await wallMessage(gift.id)).to.equal(undefined);
  });

  it('that was shown is taken back when its gift is hidden, also from what was said before', async () => {
    const gift = await outside.paid(campaign.id, { message: 'Pesan rahasia di 0812 3456 7890' });
    await decide(gift.id, { decision: 'show' });
    const headers = { 'x-claim-token': gift.claimToken };
    await outside.post(`/api/v1/donations/${gift.id}/hide`, {}, { headers });
    for (const page of [
      await feed(campaignFeed(campaign.id), undefined, '?since=0'),
      await feed(campaignFeed(campaign.id)),
      await feed(ownerFeed(campaign.id), outside.tokenOf(campaign.owner), '?since=0'),
    ])
      expect(JSON.stringify(page)).not.to.include('rahasia');
  });

  it('is not said after its gift was hidden, also when both happen at the same moment', async () => {
    const { db, bus } = platform.house;
    const gift = await outside.paid(campaign.id, { message: 'Pesan bersamaan di 0812 3456 7890' });
    // Hides in a transaction that is held open until the moderator's own has begun to wait for it.
    let release: () => void = () => {};
    let isHidden = false;
    const holding = acting(db, 'system', 'test.hold', async (tx) => {
      await tx.donations.lock(gift.id);
      isHidden = await tx.donations.hide(gift.id);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await until(() => isHidden);
    const review = (): Promise<void> =>
      reviewMessage(
        { db, bus },
        { donationId: gift.id, moderatorId: citra.userId, request: { decision: 'show' } },
      ).catch((error: { code?: string }) => {
        // It waits half a second and no longer; on a busy machine that is over before anybody has looked.
        if (error.code === LOCK_NOT_AVAILABLE) return review();
        throw error;
      });
    const reviewing = review();
    const waiting = "wait_event_type = 'Lock' and datname = current_database()";
    await until(async () => (await db.any(`select 1 from pg_stat_activity where ${waiting}`)).length > 0);
    release();
    await holding;
    await reviewing;
    const open = await feed(campaignFeed(campaign.id), undefined, '?since=0');
    expect(ofGift(open, gift.id)).to.deep.equal(['donation.received']);
    await hideDonation({ db, bus }, gift.id);
  });

  it('waits no longer than it takes to decide it: two moderators at once decide once', async () => {
    const gift = await given();
    const other = await person(platform.house.db, 'Putri', 'moderator');
    const answers = await Promise.all([
      decide(gift.id, { decision: 'show' }),
      decide(gift.id, { decision: 'reject' }, outside.tokenOf(other)),
    ]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 409]);
    const open = await feed(campaignFeed(campaign.id), undefined, '?since=0');
    const shown = ofGift(open, gift.id).includes('donation.message_shown');
    expect((await outside.seen(gift)).messageStatus).to.equal(shown ? 'shown' : 'rejected');
  });
});
