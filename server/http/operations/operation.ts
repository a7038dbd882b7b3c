import Joi from 'joi';
import { alive, readiness } from '../../protocol/schemas/answers/operation.ts';
import { IF_NEW, type Operation, UNCHANGED } from './entry.ts';

export const OPERATION: Operation[] = [
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
  {
    call: 'GET /api/v1/asyncapi.json',
    tag: 'Operation',
    summary: 'What may be said and heard over Socket.IO',
    who: 'anyone',
    headers: IF_NEW,
    answers: { 200: Joi.object().unknown(), 304: UNCHANGED },
    sends: ['ETag'],
  },
];
