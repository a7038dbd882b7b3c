import Joi from 'joi';
import { SLUG_MAX } from '../domain/campaigns/slug.ts';
import { GATEWAYS } from '../protocol/donations.ts';
import type { ProblemCode } from '../protocol/problems.ts';
import {
  forgotPasswordRequest,
  loginRequest,
  registerRequest,
  resetPasswordRequest,
  verifyEmailRequest,
} from '../protocol/schemas/accounts.ts';
import { meAnswer, signedInAnswer } from '../protocol/schemas/answers/accounts.ts';
import { campaignAnswer, campaignPage } from '../protocol/schemas/answers/campaigns.ts';
import {
  donationAnswer,
  donationCreated,
  donationPage,
  heldMessages,
  paymentCreated,
  receiptAnswer,
  wallPage,
} from '../protocol/schemas/answers/donations.ts';
import { feedPage } from '../protocol/schemas/answers/feeds.ts';
import { offlineAnswer, offlinePage } from '../protocol/schemas/answers/offline.ts';
import { alive, readiness } from '../protocol/schemas/answers/operation.ts';
import {
  financeOverview,
  settlementAnswer,
  settlementPage,
  suspensePage,
  unsettledPage,
} from '../protocol/schemas/answers/settlements.ts';
import { statementPage } from '../protocol/schemas/answers/statement.ts';
import {
  followingAnswer,
  unsubscribeView,
  updateAnswer,
  updatePage,
  updatePictureAnswer,
  updatePreview,
} from '../protocol/schemas/answers/updates.ts';
import {
  campaignChange,
  campaignListQuery,
  campaignRequest,
  reviewRequest,
} from '../protocol/schemas/campaigns.ts';
import {
  donationRequest,
  idempotencyKey,
  messageReviewRequest,
  paymentRequest,
} from '../protocol/schemas/donations.ts';
import { feedQuery } from '../protocol/schemas/feeds.ts';
import {
  offlineApproval,
  offlineQuery,
  offlineRejection,
  offlineRequest,
} from '../protocol/schemas/offline.ts';
import {
  arrivalRequest,
  correctionRequest,
  ledgerExportQuery,
  pageQuery,
  settlementRequest,
  unsettledQuery,
} from '../protocol/schemas/settlements.ts';
import {
  previewRequest,
  unsubscribeQuery,
  updateListQuery,
  updateRequest,
} from '../protocol/schemas/updates.ts';
import { byId, PICTURE_TYPES } from './campaigns.ts';
import { page } from './donations.ts';
import { byFeed } from './feeds.ts';
import { byBoth } from './updates.ts';

export const TAGS = {
  Accounts: 'Sign up, sign in, stay signed in.',
  Campaigns: 'From a draft to its last day.',
  Updates: 'What teams tell their donors, and who is told.',
  Donations: 'Giving, and what a donor may do with a gift.',
  Moderation: 'What waits for a moderator.',
  Money: 'What becomes of the money: statements for everyone, and the deeds of finance.',
  Feeds: 'Numbered events, for whoever polls instead of holding a socket open.',
  Gateways: 'Where payment gateways speak to us.',
  Operation: 'For those who run the platform, and for programs that want to know it.',
} as const;

/** Who may call: `anyone` is not asked; `guest` may sign in and see more; a `donor` shows a claim token or is signed in. */
export type Caller = 'anyone' | 'guest' | 'user' | 'donor' | 'watcher' | 'session';

/** An answer that is not JSON of a schema. */
type Other = { description: string; type?: string };
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

const ASKED = Joi.object({}).description('Heard; a mail may follow.');
const DONE: Other = { description: 'Done; there is nothing to say.' };
const UNCHANGED: Other = { description: 'Nothing is new since the given ETag.' };
const ONCE = { 'Idempotency-Key': idempotencyKey.description('A new UUID for each gift.') };
const BY_SCRIPT = { 'X-Requested-With': Joi.string().valid('sangkuriang').required() };
const POSTINGS: Other = {
  description:
    'A file of RFC 4180, as long as it is. Cells that a spreadsheet would run begin with an apostrophe.',
  type: 'text/csv',
};
const IF_NEW = { 'If-None-Match': Joi.string() };
const byIdOrSlug = Joi.object({
  id: Joi.string().lowercase().max(SLUG_MAX).required().description('An id or a slug.'),
});
const byGateway = Joi.object({
  gateway: Joi.string()
    .valid(...GATEWAYS)
    .required(),
});

/** Every call there is. A new route has its entry here, or test/openapi.test.ts names it. */
export const OPERATIONS: Operation[] = [
  {
    call: 'POST /api/v1/auth/register',
    tag: 'Accounts',
    summary: 'Make an account and sign in',
    who: 'anyone',
    body: registerRequest,
    answers: { 201: signedInAnswer },
    sends: ['Set-Cookie'],
    refusals: ['email-taken', 'forbidden'],
  },
  {
    call: 'POST /api/v1/auth/login',
    tag: 'Accounts',
    summary: 'Sign in',
    who: 'anyone',
    body: loginRequest,
    answers: { 200: signedInAnswer },
    sends: ['Set-Cookie'],
    refusals: ['wrong-credentials', 'forbidden'],
  },
  {
    call: 'POST /api/v1/auth/refresh',
    tag: 'Accounts',
    summary: 'Exchange the refresh cookie for a new access token',
    who: 'session',
    headers: BY_SCRIPT,
    answers: { 200: signedInAnswer },
    sends: ['Set-Cookie'],
    refusals: ['forbidden', 'conflict'],
  },
  {
    call: 'POST /api/v1/auth/logout',
    tag: 'Accounts',
    summary: 'Sign out',
    who: 'session',
    headers: BY_SCRIPT,
    answers: { 204: DONE },
    sends: ['Set-Cookie'],
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/auth/forgot-password',
    tag: 'Accounts',
    summary: 'Ask for a link by which a new password can be chosen',
    more: 'The answer is the same whether the address has an account or not. The link works for 30 minutes, once.',
    who: 'anyone',
    body: forgotPasswordRequest,
    answers: { 202: ASKED },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/auth/reset-password',
    tag: 'Accounts',
    summary: 'Choose a new password with the token of such a link',
    more: 'Every session of the account ends.',
    who: 'anyone',
    body: resetPasswordRequest,
    answers: { 204: DONE },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/auth/verify-email',
    tag: 'Accounts',
    summary: 'Show that an address is read, with the token that was sent to it',
    who: 'anyone',
    body: verifyEmailRequest,
    answers: { 204: DONE },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/me/verification',
    tag: 'Accounts',
    summary: 'Send the mail that confirms an address again',
    who: 'user',
    answers: { 202: ASKED },
  },
  {
    call: 'GET /api/v1/me',
    tag: 'Accounts',
    summary: 'The signed-in user',
    who: 'user',
    answers: { 200: meAnswer },
  },
  {
    call: 'GET /api/v1/me/donations',
    tag: 'Donations',
    summary: "The user's own gifts, newest first",
    who: 'user',
    query: page,
    answers: { 200: donationPage },
  },

  {
    call: 'GET /api/v1/campaigns',
    tag: 'Campaigns',
    summary: 'Find campaigns',
    who: 'guest',
    query: campaignListQuery,
    headers: IF_NEW,
    answers: { 200: campaignPage, 304: UNCHANGED },
    sends: ['ETag'],
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/campaigns/:id/updates',
    tag: 'Updates',
    summary: "A campaign's updates, newest first",
    who: 'guest',
    params: byId,
    query: updateListQuery,
    answers: { 200: updatePage },
    refusals: ['not-found'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/updates',
    tag: 'Updates',
    summary: 'Post an update, seen by everyone at once and mailed to those who agreed',
    who: 'user',
    params: byId,
    headers: ONCE,
    body: updateRequest,
    answers: { 201: updateAnswer },
    sends: ['Idempotent-Replayed'],
    refusals: [
      'not-found',
      'forbidden',
      'conflict',
      'idempotency-key-missing',
      'idempotency-mismatch',
      'in-flight',
    ],
  },
  {
    call: 'POST /api/v1/campaigns/:id/updates/preview',
    tag: 'Updates',
    summary: 'See a text as it would be shown',
    who: 'user',
    params: byId,
    body: previewRequest,
    answers: { 200: updatePreview },
    refusals: ['not-found', 'forbidden'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/updates/pictures',
    tag: 'Updates',
    summary: 'Send a picture for an update that is being written',
    more: 'It is deleted after a day unless an update names it.',
    who: 'user',
    params: byId,
    body: PICTURE_TYPES,
    answers: { 201: updatePictureAnswer },
    refusals: ['not-found', 'forbidden', 'conflict', 'unsupported-media'],
  },
  {
    call: 'DELETE /api/v1/campaigns/:id/updates/:updateId',
    tag: 'Updates',
    summary: 'Take an update back',
    who: 'user',
    params: byBoth,
    answers: { 204: DONE },
    refusals: ['not-found', 'forbidden'],
  },
  {
    call: 'GET /api/v1/campaigns/:id/follow',
    tag: 'Updates',
    summary: 'Whether the user follows a campaign',
    who: 'user',
    params: byId,
    answers: { 200: followingAnswer },
  },
  {
    call: 'POST /api/v1/campaigns/:id/follow',
    tag: 'Updates',
    summary: "Get a campaign's updates by mail",
    who: 'user',
    params: byId,
    answers: { 204: DONE },
    refusals: ['not-found'],
  },
  {
    call: 'DELETE /api/v1/campaigns/:id/follow',
    tag: 'Updates',
    summary: "Get no more of a campaign's updates by mail",
    who: 'user',
    params: byId,
    answers: { 204: DONE },
    refusals: ['not-found'],
  },
  {
    call: 'GET /api/v1/unsubscribe',
    tag: 'Updates',
    summary: 'What the link of a mail would stop; asking changes nothing',
    who: 'anyone',
    query: unsubscribeQuery,
    answers: { 200: unsubscribeView },
    refusals: ['not-found'],
  },
  {
    call: 'POST /api/v1/unsubscribe',
    tag: 'Updates',
    summary: 'Stop mails, as mail programs do it (RFC 8058)',
    who: 'anyone',
    query: unsubscribeQuery,
    answers: { 200: unsubscribeView },
    refusals: ['not-found'],
  },
  {
    call: 'POST /api/v1/unsubscribe/undo',
    tag: 'Updates',
    summary: 'Take an unsubscribing back',
    who: 'anyone',
    query: unsubscribeQuery,
    answers: { 200: unsubscribeView },
    refusals: ['not-found'],
  },
  {
    call: 'POST /api/v1/campaigns',
    tag: 'Campaigns',
    summary: 'Start a campaign as a draft',
    who: 'user',
    body: campaignRequest,
    answers: { 201: campaignAnswer },
    refusals: ['conflict'],
  },
  {
    call: 'GET /api/v1/campaigns/:id',
    tag: 'Campaigns',
    summary: 'A campaign, by its id or its slug',
    who: 'guest',
    params: byIdOrSlug,
    headers: IF_NEW,
    answers: { 200: campaignAnswer, 304: UNCHANGED },
    sends: ['ETag'],
    refusals: ['not-found'],
  },
  {
    call: 'PATCH /api/v1/campaigns/:id',
    tag: 'Campaigns',
    summary: 'Change some fields of a campaign',
    who: 'user',
    params: byId,
    body: campaignChange,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/submit',
    tag: 'Campaigns',
    summary: 'Hand a draft in for review',
    who: 'user',
    params: byId,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/review',
    tag: 'Moderation',
    summary: 'Publish a campaign, or send it back',
    who: 'user',
    params: byId,
    body: reviewRequest,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/pause',
    tag: 'Campaigns',
    summary: 'Take no gifts for a while',
    who: 'user',
    params: byId,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/resume',
    tag: 'Campaigns',
    summary: 'Take gifts again',
    who: 'user',
    params: byId,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'PUT /api/v1/campaigns/:id/picture',
    tag: 'Campaigns',
    summary: "Set a campaign's picture",
    who: 'user',
    params: byId,
    body: PICTURE_TYPES,
    answers: { 200: campaignAnswer },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },
  {
    call: 'GET /pictures/:id.webp',
    tag: 'Campaigns',
    summary: 'A picture; what has an address never changes',
    who: 'anyone',
    params: byId,
    answers: { 200: { description: 'The picture.', type: 'image/webp' }, 304: UNCHANGED },
    sends: ['ETag'],
    refusals: ['not-found'],
  },

  {
    call: 'POST /api/v1/campaigns/:id/donations',
    tag: 'Donations',
    summary: 'Pledge a gift and learn where to pay it',
    more: 'The same key with the same body gives the first answer again. Keep `claimToken`: it alone shows this donation to whoever is not signed in.',
    who: 'guest',
    params: byId,
    headers: ONCE,
    body: donationRequest,
    answers: { 201: donationCreated },
    sends: ['Idempotent-Replayed'],
    refusals: [
      'not-found',
      'not-open',
      'conflict',
      'in-flight',
      'idempotency-key-missing',
      'idempotency-mismatch',
      'not-allowed',
      'gateway-unavailable',
    ],
  },
  {
    call: 'GET /api/v1/campaigns/:id/donations',
    tag: 'Donations',
    summary: 'The public wall of gifts, newest first',
    who: 'guest',
    params: byId,
    query: page,
    answers: { 200: wallPage },
    refusals: ['not-found'],
  },
  {
    call: 'GET /api/v1/donations/:id',
    tag: 'Donations',
    summary: 'A donation as its donor sees it',
    who: 'donor',
    params: byId,
    answers: { 200: donationAnswer },
    refusals: ['not-found'],
  },
  {
    call: 'GET /api/v1/donations/:id/receipt',
    tag: 'Donations',
    summary: 'The receipt of a paid gift',
    who: 'donor',
    params: byId,
    answers: { 200: receiptAnswer },
    refusals: ['not-found'],
  },
  {
    call: 'POST /api/v1/donations/:id/payments',
    tag: 'Donations',
    summary: 'Pay in another way, or try again',
    who: 'donor',
    params: byId,
    body: paymentRequest,
    answers: { 201: paymentCreated },
    refusals: ['not-found', 'conflict', 'not-open', 'not-allowed', 'gateway-unavailable'],
  },
  {
    call: 'POST /api/v1/donations/:id/hide',
    tag: 'Donations',
    summary: 'Take a gift off the public wall',
    who: 'donor',
    params: byId,
    answers: { 204: DONE },
    refusals: ['not-found'],
  },
  {
    call: 'GET /api/v1/moderation/messages',
    tag: 'Moderation',
    summary: 'Messages that wait for a moderator, oldest first',
    who: 'user',
    answers: { 200: heldMessages },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/donations/:id/message/review',
    tag: 'Moderation',
    summary: 'Show a held message, or reject it',
    who: 'user',
    params: byId,
    body: messageReviewRequest,
    answers: { 204: DONE },
    refusals: ['not-found', 'forbidden', 'conflict'],
  },

  {
    call: 'GET /api/v1/campaigns/:id/ledger',
    tag: 'Money',
    summary: "What became of a campaign's money, newest first",
    more: '`quality` says what of all that was ever paid is only paid, what the gateway has settled, and what went back: shares that add up to 1.',
    who: 'guest',
    params: byId,
    query: pageQuery,
    headers: IF_NEW,
    answers: { 200: statementPage, 304: UNCHANGED },
    sends: ['ETag'],
    refusals: ['not-found'],
  },
  {
    call: 'GET /api/v1/campaigns/:id/ledger.csv',
    tag: 'Money',
    summary: "The postings to a campaign's accounts, for its team",
    who: 'user',
    params: byId,
    answers: { 200: POSTINGS },
    refusals: ['not-found', 'forbidden'],
  },
  {
    call: 'GET /api/v1/finance/ledger.csv',
    tag: 'Money',
    summary: 'The postings of the books, for finance and auditors',
    more: 'Days are of UTC and both included.',
    who: 'user',
    query: ledgerExportQuery,
    answers: { 200: POSTINGS },
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/finance/overview',
    tag: 'Money',
    summary: 'How much waits for finance, by kind',
    who: 'user',
    answers: { 200: financeOverview },
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/finance/unsettled',
    tag: 'Money',
    summary: 'Payments of which a gateway owes us something, oldest first',
    more: 'Below zero where the gateway will keep something back.',
    who: 'user',
    query: unsettledQuery,
    answers: { 200: unsettledPage },
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/finance/suspense',
    tag: 'Money',
    summary: 'Money that answers no open gift, oldest first',
    who: 'user',
    query: pageQuery,
    answers: { 200: suspensePage },
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/settlements',
    tag: 'Money',
    summary: 'Settlements, newest first',
    who: 'user',
    query: pageQuery,
    answers: { 200: settlementPage },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/settlements',
    tag: 'Money',
    summary: 'Enter what a gateway settles',
    more: 'Amount, fee and VAT together must be what is outstanding of the payments. Fee and VAT are shared over the payments in proportion to it, to the rupiah.',
    who: 'user',
    headers: ONCE,
    body: settlementRequest,
    answers: { 201: settlementAnswer },
    sends: ['Idempotent-Replayed'],
    refusals: [
      'forbidden',
      'conflict',
      'settlement-mismatch',
      'idempotency-key-missing',
      'idempotency-mismatch',
      'in-flight',
    ],
  },
  {
    call: 'POST /api/v1/settlements/:id/arrival',
    tag: 'Money',
    summary: 'Say that a settlement has come to our bank',
    who: 'user',
    params: byId,
    body: arrivalRequest,
    answers: { 200: settlementAnswer },
    refusals: ['not-found', 'forbidden', 'wrong-state'],
  },
  {
    call: 'POST /api/v1/settlements/:id/correct',
    tag: 'Money',
    summary: 'Take back a settlement that somebody else entered wrongly',
    more: 'By reversing journals. Afterwards its number may be entered again.',
    who: 'user',
    params: byId,
    body: correctionRequest,
    answers: { 200: settlementAnswer },
    refusals: ['not-found', 'forbidden', 'own-approval', 'wrong-state'],
  },
  {
    call: 'POST /api/v1/campaigns/:id/offline-donations',
    tag: 'Money',
    summary: 'Enter a gift that came past every gateway',
    more: 'It counts once another person of finance has approved it.',
    who: 'user',
    params: byId,
    headers: ONCE,
    body: offlineRequest,
    answers: { 201: offlineAnswer },
    sends: ['Idempotent-Replayed'],
    refusals: [
      'not-found',
      'not-open',
      'forbidden',
      'idempotency-key-missing',
      'idempotency-mismatch',
      'in-flight',
    ],
  },
  {
    call: 'GET /api/v1/finance/offline-donations',
    tag: 'Money',
    summary: 'Gifts that came past every gateway, newest first',
    who: 'user',
    query: offlineQuery,
    answers: { 200: offlinePage },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/offline-donations/:id/approve',
    tag: 'Money',
    summary: 'Approve such a gift, whose proof one has seen, and which somebody else entered',
    who: 'user',
    params: byId,
    body: offlineApproval,
    answers: { 200: offlineAnswer },
    refusals: ['not-found', 'forbidden', 'own-approval', 'wrong-state'],
  },
  {
    call: 'POST /api/v1/offline-donations/:id/reject',
    tag: 'Money',
    summary: 'Reject such a gift, with a reason',
    who: 'user',
    params: byId,
    body: offlineRejection,
    answers: { 200: offlineAnswer },
    refusals: ['not-found', 'forbidden', 'own-approval', 'wrong-state'],
  },

  {
    call: 'GET /api/v1/feeds/:feed/events',
    tag: 'Feeds',
    summary: 'Events after a number, or the whole state',
    more: 'Without `since`, with another `epoch`, or too far behind, the answer is the whole `state` as of `head`.',
    who: 'watcher',
    params: byFeed,
    query: feedQuery,
    answers: { 200: feedPage },
    refusals: ['forbidden', 'not-found'],
  },

  {
    call: 'POST /webhooks/:gateway',
    tag: 'Gateways',
    summary: "A gateway's signed notification",
    more: 'The body is in the words of the gateway and carries its signature. Answered after it is booked.',
    who: 'anyone',
    params: byGateway,
    body: Joi.object().unknown(),
    answers: { 200: Joi.object({ status: Joi.string().valid('ok').required() }) },
    refusals: ['forbidden', 'not-found'],
  },

  {
    call: 'GET /livez',
    tag: 'Operation',
    summary: 'Whether this process turns',
    who: 'anyone',
    answers: { 200: alive },
  },
  {
    call: 'GET /readyz',
    tag: 'Operation',
    summary: 'Whether this process can serve',
    who: 'anyone',
    answers: { 200: readiness, 503: readiness },
  },
  {
    call: 'GET /metrics',
    tag: 'Operation',
    summary: 'Figures for Prometheus; closed to the world by the proxy',
    who: 'anyone',
    answers: { 200: { description: 'Prometheus text format.', type: 'text/plain' } },
  },
  {
    call: 'GET /api/v1/openapi.json',
    tag: 'Operation',
    summary: 'This description',
    who: 'anyone',
    headers: IF_NEW,
    answers: { 200: Joi.object().unknown(), 304: UNCHANGED },
    sends: ['ETag'],
  },
];
