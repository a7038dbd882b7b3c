import express, { type Express } from 'express';
import { operation } from './http/operation.ts';
import { problem } from './http/problem.ts';

/** What a process without pages answers: whether it lives, whether it can serve, and its figures. */
export function probes(what: Parameters<typeof operation>[0]): Express {
  const server = express();
  server.disable('x-powered-by');
  server.use(operation(what));
  server.use((_req, res) => {
    res.status(404).end();
  });
  server.use(problem({ onFault: () => {} }));
  return server;
}
