import { holderAnswer } from '../../protocol/schemas/answers/payouts.ts';
import {
  disputeAnswer,
  disputePage,
  paidGiftAnswer,
  refundAnswer,
  refundPage,
} from '../../protocol/schemas/answers/refunds.ts';
import { accountRequest } from '../../protocol/schemas/payouts.ts';
import {
  disputeFeeRequest,
  disputeWonRequest,
  paidGiftQuery,
  refundListQuery,
  refundRequest,
} from '../../protocol/schemas/refunds.ts';
import { pageQuery } from '../../protocol/schemas/settlements.ts';
import { byId } from '../campaigns.ts';
import { ONCE, type Operation } from './entry.ts';

export const REFUNDS: Operation[] = [
  {
    call: 'POST /api/v1/donations/:id/refunds',
    tag: 'Refunds',
    summary: 'Give back part of a gift, or all of it',
    more: 'Finance only. `requested` until the gateway says yes; it is asked again by itself. `byPayout` names the donor’s bank account: it is paid out there once a second person has approved the payout that bears the refund’s id. `byTransfer` says that it was paid back by hand.',
    who: 'user',
    params: byId,
    headers: ONCE,
    body: refundRequest,
    answers: { 201: refundAnswer },
    sends: ['Idempotent-Replayed'],
    refusals: [
      'not-found',
      'forbidden',
      'wrong-state',
      'over-limit',
      'not-allowed',
      'gateway-unavailable',
      'idempotency-key-missing',
      'idempotency-mismatch',
      'in-flight',
    ],
  },
  {
    call: 'POST /api/v1/finance/holder',
    tag: 'Refunds',
    summary: 'Whose a bank account is',
    more: 'Finance only. As the bank writes the name, to be read before a refund is paid out there.',
    who: 'user',
    body: accountRequest,
    answers: { 200: holderAnswer },
    refusals: ['forbidden', 'not-allowed', 'gateway-unavailable'],
  },
  {
    call: 'GET /api/v1/finance/donations',
    tag: 'Refunds',
    summary: 'A gift and what of it can go back',
    who: 'user',
    query: paidGiftQuery,
    answers: { 200: paidGiftAnswer },
    refusals: ['not-found', 'forbidden'],
  },
  {
    call: 'GET /api/v1/finance/refunds',
    tag: 'Refunds',
    summary: 'Refunds, newest first',
    who: 'user',
    query: refundListQuery,
    answers: { 200: refundPage },
    refusals: ['forbidden'],
  },
  {
    call: 'GET /api/v1/finance/disputes',
    tag: 'Refunds',
    summary: 'Chargebacks and reversals, newest first',
    who: 'user',
    query: pageQuery,
    answers: { 200: disputePage },
    refusals: ['forbidden'],
  },
  {
    call: 'POST /api/v1/disputes/:id/won',
    tag: 'Refunds',
    summary: 'A chargeback was won',
    who: 'user',
    params: byId,
    body: disputeWonRequest,
    answers: { 200: disputeAnswer },
    refusals: ['not-found', 'forbidden', 'wrong-state'],
  },
  {
    call: 'POST /api/v1/disputes/:id/fee',
    tag: 'Refunds',
    summary: 'What the gateway asks for handling a dispute',
    who: 'user',
    params: byId,
    body: disputeFeeRequest,
    answers: { 200: disputeAnswer },
    refusals: ['not-found', 'forbidden', 'wrong-state'],
  },
];
