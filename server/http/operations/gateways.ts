import Joi from 'joi';
import { byGateway, type Operation } from './entry.ts';

export const GATEWAYS: Operation[] = [
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
];
