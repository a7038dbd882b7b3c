import { expect } from 'chai';
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
});
