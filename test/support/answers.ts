import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Response as Answered, Browser } from 'playwright-core';
import { addressOf, describeApi } from '../../server/http/openapi.ts';
import { OPERATIONS } from '../../server/http/operations.ts';

/**
 * Holds every answer that a test gets over HTTP to the API's own description. The runner has mocha load this first, so
 * that no test has to think of it: `fetch` rejects where an answer is not as described, and the run fails at its end
 * for what a page was answered, or for an asker that took the rejection for a broken line.
 */

type Content = { schema: unknown };
type Said = { content?: Record<string, Content> };
type Described = { requestBody?: Said; responses: Record<string, Said> };
export type Heard = { method: string; path: string; status: number; type: string; text: string };

const description = describeApi();
const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'api', ...description }, 'api');

// Fixed words before parameters: /campaigns/{id}/donations is not a campaign called "donations".
const addresses = OPERATIONS.map((operation) => {
  const { method, path } = addressOf(operation);
  const words = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
  return { method, path, call: operation.call, pattern: new RegExp(`^${words}/?$`, 'i') };
}).sort((a, b) => a.path.split('{').length - b.path.split('{').length);

const pointer = (...parts: string[]): string =>
  `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

type Read = (key: string, value: unknown) => unknown;

function faultsOf(parts: string[], text: string, what: string, read?: Read): string | null {
  const validate: ValidateFunction | undefined = ajv.getSchema(pointer(...parts));
  if (!validate) throw new Error(`There is no schema at ${parts.join(' ')}.`);
  let value: unknown;
  try {
    value = JSON.parse(text, read);
  } catch {
    return `${what} is no JSON: ${text.slice(0, 200)}`;
  }
  if (validate(value)) return null;
  const said = (validate.errors ?? [])
    .slice(0, 8)
    .map(
      ({ instancePath, message, params }) => `  ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  return [`${what} is not as described:`, ...said].join('\n');
}

/** What is wrong with an answer, in words that name the operation and the place; null if it is as described. */
export function wrongWith({ method, path, status, type, text }: Heard): string | null {
  const [here] = addresses.filter((one) => one.method === method.toLowerCase() && one.pattern.test(path));
  // A test may mount a door of its own; that the platform has none undescribed is held by openapi.test.ts.
  if (!here) return null;
  const operation = description.paths[here.path]?.[here.method] as Described;
  const what = `${here.call} (${path}): the answer ${status}`;
  const said = operation.responses[status];
  if (!said) return `${what} stands nowhere in its description. It says: ${text.slice(0, 300)}`;
  const types = Object.keys(said.content ?? {});
  const [given = ''] = type.split(';');
  if (types.length === 0) return text === '' ? null : `${what} has a body, and was to have none.`;
  if (!types.includes(given)) return `${what} came as "${given}" instead of ${types.join(' or ')}.`;
  return given.endsWith('json')
    ? faultsOf(
        ['paths', here.path, here.method, 'responses', String(status), 'content', given, 'schema'],
        text,
        what,
      )
    : null;
}

/** What is wrong with a request that was done as asked: if the description refuses it, the description is wrong. */
export function wrongWithRequest(method: string, path: string, text: string): string | null {
  const [here] = addresses.filter((one) => one.method === method.toLowerCase() && one.pattern.test(path));
  const operation = here && (description.paths[here.path]?.[here.method] as Described);
  if (!here || !operation?.requestBody?.content?.['application/json']) return null;
  const place = ['paths', here.path, here.method, 'requestBody', 'content', 'application/json', 'schema'];
  // As the introduction says, spaces around words are dropped before anything is looked at.
  const trimmed: Read = (_key, value) => (typeof value === 'string' ? value.trim() : value);
  return faultsOf(place, text, `${here.call} (${path}): the request that was taken`, trimmed);
}

/** Everything that was found wrong and not looked at yet. */
export const wrongs = new Set<string>();

/** Hosts where something else answers as well: an `edge` refuses some calls by itself, behind `another` is not our API. */
export const hosts = new Map<string, 'edge' | 'another'>();
const EDGE_REFUSES = new Set([413, 429, 502, 503, 504]);

const ask = globalThis.fetch;
const asked: typeof fetch = async (input, init) => {
  const answer = await ask(input, init);
  const url = new URL(input instanceof Request ? input.url : String(input));
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const host = hosts.get(url.host);
  if (host === 'another' || (host === 'edge' && EDGE_REFUSES.has(answer.status))) return answer;
  if (answer.redirected || !addresses.some(({ pattern }) => pattern.test(url.pathname))) return answer;
  const text = await answer.clone().text();
  const type = answer.headers.get('content-type') ?? '';
  const sent = answer.ok && typeof init?.body === 'string' ? init.body : null;
  const wrong =
    wrongWith({ method, path: url.pathname, status: answer.status, type, text }) ??
    (sent === null ? null : wrongWithRequest(method, url.pathname, sent));
  if (wrong === null) return answer;
  wrongs.add(wrong);
  throw new Error(wrong);
};
globalThis.fetch = asked;

const reading = new Set<Promise<void>>();

/** The same for all that this browser's pages are answered. */
export function holdAnswersTo(browser: Browser): void {
  const hear = async (answer: Answered): Promise<void> => {
    const path = new URL(answer.url()).pathname;
    if (!addresses.some(({ pattern }) => pattern.test(path))) return;
    const [type, text] = await Promise.all([answer.headerValue('content-type'), answer.text()]);
    const method = answer.request().method();
    const wrong = wrongWith({ method, path, status: answer.status(), type: type ?? '', text });
    if (wrong) wrongs.add(wrong);
  };
  browser.on('context', (context) => {
    context.on('response', (answer) => {
      // A page that has moved on no longer has its answers.
      const heard = hear(answer)
        .catch(() => {})
        .finally(() => reading.delete(heard));
      reading.add(heard);
    });
  });
}

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await Promise.all(reading);
    if (wrongs.size > 0) throw new Error(`Not as the API's description says:\n${[...wrongs].join('\n')}`);
  },
};
