import { campaignAnswer } from '../../protocol/schemas/answers/campaigns.ts';
import { heldMessages } from '../../protocol/schemas/answers/donations.ts';
import { reviewRequest } from '../../protocol/schemas/campaigns.ts';
import { messageReviewRequest } from '../../protocol/schemas/donations.ts';
import { byId } from '../campaigns.ts';
import { DONE, type Operation } from './entry.ts';

export const MODERATION: Operation[] = [
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
];
