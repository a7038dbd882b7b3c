import Joi from 'joi';
import { SLUG_MAX } from '../../domain/campaigns/slug.ts';
import { GATEWAYS } from '../../protocol/donations.ts';
import type { ProblemCode } from '../../protocol/problems.ts';
import { idempotencyKey } from '../../protocol/schemas/donations.ts';

export const TAGS = {
  Accounts: 'Sign up, sign in, stay signed in.',
  Campaigns: 'From a draft to its last day.',
  Updates: 'What teams tell their donors, and who is told.',
  Donations: 'Giving, and what a donor may do with a gift.',
  Moderation: 'What waits for a moderator.',
  Refunds: 'What goes back of gifts: by finance, or by a bank.',
  Overlays: 'The page that a streamer lays over a broadcast, for its team and behind its secret link.',
  Payouts: "A campaign's money on its way to a bank account, and what keeps it back.",
  Money: 'What becomes of the money: statements for everyone, and the deeds of finance.',
  Feeds: 'Numbered events, for whoever polls instead of holding a socket open.',
  Gateways: 'Where payment gateways speak to us.',
  Operation: 'For those who run the platform, and for programs that want to know it.',
} as const;

/** Who may call: `anyone` is not asked; `guest` may sign in and see more; a `donor` shows a claim token or is signed in. */
export type Caller = 'anyone' | 'guest' | 'user' | 'donor' | 'watcher' | 'session';

/** An answer that is not JSON of a schema. */
export type Other = { description: string; type?: string };
export type AnswerHeader = 'ETag' | 'Set-Cookie' | 'Idempotent-Replayed';

export type Operation = {
  /** Method and pattern as the router has them. */
  call: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  tag: keyof typeof TAGS;
  summary: string;
  /** For people, where the summary leaves something open. */
  more?: string;
  who: Caller;
  params?: Joi.ObjectSchema;
  query?: Joi.ObjectSchema;
  /** Headers of the request, by name. */
  headers?: Record<string, Joi.Schema>;
  /** A schema for JSON; or the content types of raw bytes. */
  body?: Joi.Schema | readonly string[];
  answers: Record<number, Joi.Schema | Other>;
  /** Of the good answers. */
  sends?: AnswerHeader[];
  /** What it may refuse beside `usual` refusals (openapi.ts). */
  refusals?: ProblemCode[];
};

export const ASKED = Joi.object({}).description('Heard; a mail may follow.');
export const DONE: Other = { description: 'Done; there is nothing to say.' };
export const UNCHANGED: Other = { description: 'Nothing is new since the given ETag.' };
export const ONCE = { 'Idempotency-Key': idempotencyKey.description('A new UUID for each gift.') };
export const BY_SCRIPT = { 'X-Requested-With': Joi.string().valid('sangkuriang').required() };
export const POSTINGS: Other = {
  description:
    'A file of RFC 4180, as long as it is. Cells that a spreadsheet would run begin with an apostrophe.',
  type: 'text/csv',
};
export const IF_NEW = { 'If-None-Match': Joi.string() };
export const byIdOrSlug = Joi.object({
  id: Joi.string().lowercase().max(SLUG_MAX).required().description('An id or a slug.'),
});
export const byGateway = Joi.object({
  gateway: Joi.string()
    .valid(...GATEWAYS, 'iris')
    .required(),
});
