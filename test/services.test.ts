import { expect } from 'chai';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './support/services.ts';

describe('a Redis to try failures on', () => {
  let redis: TestRedis;
  let client: Redis;

  before(async () => {
    redis = await startRedis();
    client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => undefined);
  });
  after(async () => {
    client.disconnect();
    await redis.stop();
  });

  it('comes back at the same address with nothing in it', async () => {
    await client.set('lamp', 'lit');
    await redis.kill();
    await redis.start();
    expect(await client.get('lamp')).to.equal(null);
  });

  it('says nothing while it is paused, and everything after', async () => {
    const hasty = new Redis(redis.url, { commandTimeout: 300 });
    hasty.on('error', () => undefined);
    await hasty.ping();
    redis.pause();
    const patient = client.ping();
    const refusal = await hasty.ping().catch((error: Error) => error.message);
    expect(refusal).to.equal('Command timed out');
    redis.resume();
    expect(await patient).to.equal('PONG');
    hasty.disconnect();
  });
});
