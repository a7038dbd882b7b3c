import { STATUS_CODES } from 'node:http';
import type { Router } from 'express';
import Joi from 'joi';
import { PROBLEMS, type ProblemCode } from '../protocol/problems.ts';
import { problem } from '../protocol/schemas/answers/problems.ts';
import { refreshCookie } from './auth.ts';
import { described } from './described.ts';
import { type JsonSchema, jsonSchemas } from './json-schema.ts';
import { type AnswerHeader, type Caller, type Operation, TAGS } from './operations/entry.ts';
import { OPERATIONS } from './operations.ts';

const API = '/api/v1/';

/** The API's description as OpenAPI 3.1. Throws if two schemas share a name, or one cannot be said in JSON Schema. */
export function describeApi({
  operations = OPERATIONS,
  secure = false,
}: {
  operations?: Operation[];
  secure?: boolean;
} = {}) {
  const written = jsonSchemas();
  const refused = written.of(problem);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    const { method, path } = addressOf(operation);
    const here = paths[path] ?? {};
    if (here[method]) throw new Error(`${operation.call} is described twice.`);
    paths[path] = { ...here, [method]: operationObject(operation, written, refused) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sangkuriang',
      version: '1',
      summary: 'Campaigns and donations, live.',
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: written.schemas,
      headers: HEADERS,
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        claimToken: { type: 'apiKey', in: 'header', name: 'X-Claim-Token' },
        refreshCookie: { type: 'apiKey', in: 'cookie', name: refreshCookie({ secure }) },
      },
    },
  };
}
export type ApiDescription = ReturnType<typeof describeApi>;

export const openApi = ({ secure }: { secure: boolean }): Router =>
  described('/openapi.json', describeApi({ secure }));

/** Where an operation stands in the document: /campaigns/:id becomes /campaigns/{id}. */
export function addressOf({ call }: Pick<Operation, 'call'>): { method: string; path: string } {
  const [method = '', pattern = ''] = call.split(' ');
  return { method: method.toLowerCase(), path: pattern.replace(/:(\w+)/g, '{$1}') };
}

/** Refusals that come from guards and parsers, before a route has read anything. */
function usual({ call, who, params, query, body }: Operation): ProblemCode[] {
  const { method, path } = addressOf({ call });
  const isApi = path.startsWith(API);
  const isRead = method === 'get';
  return [
    'internal',
    ...(isApi || path.startsWith('/webhooks/') || params ? (['unavailable', 'bad-request'] as const) : []),
    ...(isApi ? (['too-many-requests'] as const) : []),
    ...(who === 'anyone' ? [] : (['unauthenticated'] as const)),
    ...(params || query || body ? (['invalid-input'] as const) : []),
    ...(isRead ? [] : (['too-large', 'unsupported-media'] as const)),
  ];
}

function operationObject(
  operation: Operation,
  written: ReturnType<typeof jsonSchemas>,
  refused: JsonSchema,
): JsonSchema {
  const { call, tag, summary, more, who, params, query, headers = {}, body, answers, sends = [] } = operation;
  const { path } = addressOf(operation);
  const always: JsonSchema = { 'X-Request-Id': headerRef('X-Request-Id') };
  if (path.startsWith(API)) {
    always.RateLimit = headerRef('RateLimit');
    always['RateLimit-Policy'] = headerRef('RateLimit-Policy');
  }
  const good = Object.entries(answers).map(([status, answer]) => {
    const own = Number(status) < 400 ? sends : [];
    const said = {
      description: Joi.isSchema(answer) ? (STATUS_CODES[status] ?? '') : answer.description,
      headers: { ...always, ...Object.fromEntries(own.map((name) => [name, headerRef(name)])) },
    };
    if (Joi.isSchema(answer))
      return [status, { ...said, content: { 'application/json': { schema: written.of(answer) } } }];
    return [status, answer.type ? { ...said, content: { [answer.type]: { schema: {} } } } : said];
  });
  const refusals = refusalsByStatus(operation).map(([status, codes]) => [
    status,
    {
      description: `${STATUS_CODES[status]}: ${codes.join(', ')}`,
      ...(COME_AGAIN.has(status) ? { headers: { 'Retry-After': headerRef('Retry-After') } } : {}),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [refused, { properties: { status: { const: status }, code: { enum: codes } } }],
          },
          example: {
            type: `urn:sangkuriang:problem:${codes[0]}`,
            title: STATUS_CODES[status],
            status,
            detail: 'A sentence for people.',
            code: codes[0],
          },
        },
      },
    },
  ]);
  const parameters = [
    ...(params ? written.fieldsOf(params) : []).map((field) => ({ ...field, in: 'path', required: true })),
    ...(query ? written.fieldsOf(query) : []).map((field) => ({ ...field, in: 'query' })),
    ...written.fieldsOf(Joi.object(headers)).map((field) => ({ ...field, in: 'header' })),
  ];
  return {
    operationId: operationId(call),
    tags: [tag],
    summary,
    ...(more ? { description: more } : {}),
    security: SECURITY[who],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: contentOf(body, written) } } : {}),
    responses: Object.fromEntries([...good, ...refusals]),
  };
}

function contentOf(
  body: NonNullable<Operation['body']>,
  written: ReturnType<typeof jsonSchemas>,
): JsonSchema {
  return Joi.isSchema(body)
    ? { 'application/json': { schema: written.of(body) } }
    : Object.fromEntries(body.map((type) => [type, { schema: {} }]));
}

/** An operation that answers a status in its own words says so in `answers`; no refusal takes its place. */
function refusalsByStatus(operation: Operation): [number, ProblemCode[]][] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...usual(operation), ...(operation.refusals ?? [])])) {
    const status = PROBLEMS[code];
    if (!(status in operation.answers)) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].sort(([a], [b]) => a - b);
}

/** "GET /api/v1/campaigns/:id/donations" → "getCampaignsByIdDonations". */
const operationId = (call: string): string =>
  call
    .replace(API, '/')
    .replace(/:(\w+)/g, 'by-$1')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');

const SECURITY: Record<Caller, Record<string, []>[]> = {
  anyone: [],
  guest: [{}, { accessToken: [] }],
  user: [{ accessToken: [] }],
  donor: [{ claimToken: [] }, { accessToken: [] }],
  watcher: [{}, { claimToken: [] }, { accessToken: [] }],
  session: [{ refreshCookie: [] }],
};

/** Answers that may say when asking again makes sense. */
const COME_AGAIN = new Set<number>([
  PROBLEMS['in-flight'],
  PROBLEMS['too-many-requests'],
  PROBLEMS['gateway-unavailable'],
  PROBLEMS.unavailable,
]);

type HeaderName = AnswerHeader | 'X-Request-Id' | 'RateLimit' | 'RateLimit-Policy' | 'Retry-After';
const header = (description: string, schema: JsonSchema = { type: 'string' }): JsonSchema => ({
  description,
  schema,
});
const HEADERS: Record<HeaderName, JsonSchema> = {
  'X-Request-Id': header('Name it when you ask us about this request.'),
  RateLimit: header('What is left of each budget: `r` requests, for `t` seconds.'),
  'RateLimit-Policy': header('Each budget: `q` requests in `w` seconds.'),
  'Retry-After': header('Seconds after which asking again makes sense.', { type: 'integer' }),
  'Idempotent-Replayed': header('`true` if this is the first answer to this key, again.'),
  'Set-Cookie': header('The refresh token, HttpOnly; scripts never see it.'),
  ETag: header('Send it as If-None-Match to be told whether anything is new.'),
};
const headerRef = (name: HeaderName): JsonSchema => ({ $ref: `#/components/headers/${name}` });

const INTRODUCTION = `Money is whole rupiah: \`{"amount": 150000, "currency": "IDR"}\`. Times are ISO 8601 in UTC.
Unknown fields are refused, and spaces around words are dropped. What is refused is \`application/problem+json\` with a stable \`code\` and, where fields
are at fault, \`errors\`. Live events come over Socket.IO at \`/socket.io\`, which \`/api/v1/asyncapi.json\` describes; \`/api/v1/feeds/{feed}/events\` has the same.`;
