import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const GIVEN = /^[\w-]{8,64}$/;

/**
 * Gives every request an id (the proxy's, where there is one) and says, once it is answered, how it went. `route` is
 * the pattern, never the address: addresses are without bound and may hold names.
 */
export function observe({
  trusted,
  onAnswered,
}: {
  trusted: boolean;
  onAnswered(line: {
    method: string;
    route: string;
    path: string;
    status: number;
    ms: number;
    requestId: string;
    ip: string;
  }): void;
}): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const given = trusted ? req.get('x-request-id') : undefined;
    const requestId = given && GIVEN.test(given) ? given : randomUUID();
    res.set('X-Request-Id', requestId);
    res.once('close', () => {
      const pattern = typeof req.route?.path === 'string' ? req.route.path : '';
      const route = req.baseUrl.startsWith('/webhooks')
        ? 'webhooks'
        : pattern
          ? `${mount(req.baseUrl)}${pattern}`
          : 'other';
      const status = res.writableFinished ? res.statusCode : 499;
      const path = req.originalUrl.split('?')[0] ?? '';
      onAnswered({
        method: req.method,
        route,
        path,
        status,
        ms: performance.now() - started,
        requestId,
        ip: req.ip ?? '',
      });
    });
    next();
  };
}

/** A mount point may hold an id; the pattern does not. */
const mount = (baseUrl: string): string => baseUrl.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id');
