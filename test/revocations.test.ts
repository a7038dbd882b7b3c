import { expect } from 'chai';
import pg from 'pg';
import { inProcessBus } from '../server/bus.ts';
import { closeDb, openDb } from '../server/db/open.ts';
import { grant } from '../server/domain/accounts/grant.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';

describe('what another process withdraws', () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startPlatform();
  });
  after(() => platform.close());

  it('ends access tokens here too, though its news never came', async () => {
    const { answer } = await platform.house.accounts.register({
      email: 'eka@example.org',
      name: 'Eka',
      password: 'perahu-terbalik',
    });
    const me = () =>
      fetch(`${platform.url}/api/v1/me`, { headers: { authorization: `Bearer ${answer.accessToken}` } });
    expect((await me()).status).to.equal(200);
    // A bus of its own, as a command in another process has.
    const db = openDb({ url: platform.database.appUrl, max: 1, name: 'elsewhere' });
    const bus = inProcessBus({ onFault: () => {} });
    expect(await grant({ db, bus }, { email: 'eka@example.org', role: 'moderator' })).to.deep.equal([
      'moderator',
    ]);
    await closeDb(db);
    await until(async () => (await me()).status === 401);
  });

  it('ends access tokens also where it has the number of something that a restore took back', async () => {
    const { answer } = await platform.house.accounts.register({
      email: 'fajar@example.org',
      name: 'Fajar',
      password: 'perahu-terbalik',
    });
    const me = () =>
      fetch(`${platform.url}/api/v1/me`, { headers: { authorization: `Bearer ${answer.accessToken}` } });
    expect((await me()).status).to.equal(200);
    const admin = new pg.Client(platform.database.adminUrl);
    await admin.connect();
    await admin.query('begin');
    await admin.query("update sk.feeds set epoch = 'another' where name = 'revocations'");
    const data = { userId: answer.user.id, sessionFamily: null, reason: 'roles' };
    const { rowCount } = await admin.query(
      `update sk.feed_events e set data = $1, at = now() from sk.feeds f
       where f.name = 'revocations' and e.feed = f.name and e.seq = f.head`,
      [JSON.stringify(data)],
    );
    expect(rowCount).to.equal(1);
    await admin.query('commit');
    await admin.end();
    await until(async () => (await me()).status === 401);
  });
});
