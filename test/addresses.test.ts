import { expect } from 'chai';
import { startPlatform, type TestPlatform } from './support/platform.ts';

describe('addresses that do not exist', () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startPlatform();
  });
  after(() => platform.close());

  const cases: [string, string, number, string][] = [
    ['GET', '/api/v1/nothing', 404, 'not-found'],
    ['GET', '/api/v1/campaigns/%ff', 400, 'bad-request'],
    ['DELETE', '/api/v1/campaigns', 404, 'not-found'],
    ['POST', '/webhooks/nobody', 404, 'not-found'],
    // Names that every JavaScript object answers to.
    ['POST', '/webhooks/constructor', 404, 'not-found'],
    ['POST', '/webhooks/__proto__', 404, 'not-found'],
    ['GET', '/assets/nothing.js', 404, 'not-found'],
    ['GET', '/..%2fpackage.json', 404, 'not-found'],
    ['GET', '/pictures/nothing.webp', 404, 'not-found'],
    ['GET', '/api/v1/feeds/revocations/events', 400, 'invalid-input'],
  ];
  for (const [method, path, status, code] of cases) {
    it(`${method} ${path} is refused with ${status} ${code} as problem+json`, async () => {
      const answer = await fetch(`${platform.url}${path}`, {
        method,
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      expect(answer.status).to.equal(status);
      expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
      const problem = (await answer.json()) as { code: string; status: number; requestId: string };
      expect(problem.code).to.equal(code);
      expect(problem.status).to.equal(status);
      expect(problem.requestId).to.equal(answer.headers.get('x-request-id'));
    });
  }

  it('and none of them counts as a fault of ours', async () => {
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    expect(metrics).not.to.match(/sk_faults_total\{.*\} [1-9]/);
  });
});
