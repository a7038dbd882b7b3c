import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import type { FeedPage, FinanceState } from '../server/protocol/feeds.ts';
import { FINANCE } from '../server/protocol/feeds.ts';
import type { NoticePage, NoticeView } from '../server/protocol/notices.ts';
import type { FinanceOverview } from '../server/protocol/settlements.ts';
import { person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('a notice that could not be booked', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let admin: pg.Client;
  let finance: string;
  let auditor: string;
  let stranger: string;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    finance = outside.tokenOf(await person(platform.house.db, 'Dewi', 'finance'));
    auditor = outside.tokenOf(await person(platform.house.db, 'Oni', 'auditor'));
    stranger = outside.tokenOf(await person(platform.house.db, 'Tono'));
  });
  after(async () => {
    await admin.end();
    outside.close();
    await platform.close();
  });
  afterEach(() => {
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  async function quarantined(): Promise<NoticeView> {
    const reference = `NOBODY${randomUUID().slice(0, 8).toUpperCase()}`;
    const outcomes = await platform.house.receive([
      {
        gateway: 'midtrans',
        kind: 'payment',
        dedupeKey: reference,
        rawBody: Buffer.from(`{"order_id":"${reference}"}`),
        word: {
          reference,
          status: 'paid',
          amountMinor: 50_000n,
          currency: 'IDR',
          transactionId: null,
          confirmed: true,
          at: new Date(),
        },
      },
    ]);
    expect(outcomes).to.deep.equal(['quarantined']);
    const found = (await list()).items.find((one) => one.reference === reference);
    if (!found) throw new Error('it is not listed');
    return found;
  }
  const list = async (query = '', token = finance): Promise<NoticePage> =>
    (await outside.get<NoticePage>(`/api/v1/finance/notices?limit=100${query}`, { token })).body;
  const counted = async (): Promise<number> =>
    (await outside.get<FinanceOverview>('/api/v1/finance/overview', { token: auditor })).body.counts
      .quarantined;
  const feed = async () =>
    (await outside.get<FeedPage>(`/api/v1/feeds/${FINANCE}/events`, { token: finance })).body;
  const handle = (id: string, note: string, token = finance) =>
    outside.post<{ notice: NoticeView }>(`/api/v1/finance/notices/${id}/handled`, { note }, { token });

  it('waits for finance until somebody says what was done, whom auditors can read afterwards', async () => {
    const first = await quarantined();
    const other = await quarantined();
    expect(first).to.deep.include({ gateway: 'midtrans', kind: 'payment', handled: null });
    expect(first.reason).to.equal('no payment has this reference');
    const before = await counted();
    const { head } = await feed();
    const { status, body } = await handle(first.id, 'Milik toko lain, sudah diberitahu.');
    expect(status).to.equal(200);
    expect(body.notice.handled).to.deep.include({ by: 'Dewi', note: 'Milik toko lain, sudah diberitahu.' });
    expect(await counted()).to.equal(before - 1);

    const waiting = (await list('&handled=false', auditor)).items.map(({ id }) => id);
    expect(waiting).to.include(other.id).and.not.include(first.id);
    const handled = (await list('&handled=true', auditor)).items;
    expect(handled.find(({ id }) => id === first.id)).to.deep.equal(body.notice);
    const heard = await outside.get<FeedPage>(`/api/v1/feeds/${FINANCE}/events?since=${head}`, {
      token: auditor,
    });
    expect(heard.body.events.map(({ type, data }) => [type, data])).to.deep.equal([
      ['notice.handled', { id: first.id, gateway: 'midtrans', reference: first.reference }],
    ]);
    const state = (await feed()).state as FinanceState;
    const shown = state.quarantined.map(({ reference }) => reference);
    expect(shown).to.include(other.reference).and.not.include(first.reference);
  });

  it('stays as it came, and so does what was said of it', async () => {
    const notice = await quarantined();
    const raw = async () =>
      (await admin.query('select raw_body, outcome, detail from sk.notices where id = $1', [notice.id]))
        .rows[0];
    const before = await raw();
    await handle(notice.id, 'Selesai.');
    expect(await raw()).to.deep.equal(before);
    const again = await handle(notice.id, 'Bukan begitu.');
    expect([again.status, again.problem.code]).to.deep.equal([409, 'wrong-state']);
    const { rows } = await admin.query('select note from sk.handled_notices where notice_id = $1', [
      notice.id,
    ]);
    expect(rows).to.deep.equal([{ note: 'Selesai.' }]);
    for (const change of ['update sk.handled_notices set note = note', 'delete from sk.handled_notices']) {
      const tried = await platform.house.db.none(change).catch((error: { code: string }) => error.code);
      expect(tried, change).to.equal('42501');
    }
  });

  it('is dealt with once, although two press at once', async () => {
    const notice = await quarantined();
    const { head } = await feed();
    const answers = await Promise.all(['Satu.', 'Dua.', 'Tiga.'].map((note) => handle(notice.id, note)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409, 409]);
    expect((await feed()).head).to.equal(head + 1);
  });

  it('is dealt with by finance alone, with words, and only where it waits', async () => {
    const notice = await quarantined();
    for (const token of [auditor, stranger]) {
      expect((await handle(notice.id, 'x', token)).problem.code).to.equal('forbidden');
    }
    const asked = await outside.get('/api/v1/finance/notices', { token: stranger });
    expect(asked.problem.code).to.equal('forbidden');
    expect((await handle(notice.id, '   ')).status).to.equal(400);
    expect((await handle('999999999999', 'x')).problem.code).to.equal('not-found');
    expect((await handle('0', 'x')).status).to.equal(400);
    const { rows } = await admin.query(
      `insert into sk.notices (gateway, dedupe_key, kind, outcome, raw_body) values ('midtrans', $1, 'payment', 'booked', '') returning id`,
      [randomUUID()],
    );
    expect((await handle(String(rows[0].id), 'x')).problem.code).to.equal('not-found');
    expect((await list('&handled=false')).items.map(({ id }) => id)).to.include(notice.id);
  });

  it('is found page by page', async () => {
    for (let n = 0; n < 3; n++) await quarantined();
    const all = (await list()).items.map(({ id }) => id);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: NoticePage = (
        await outside.get<NoticePage>(
          `/api/v1/finance/notices?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
          { token: finance },
        )
      ).body;
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(paged).to.deep.equal(all);
  });
});
