import type Joi from 'joi';
import { Refusal } from '../server/domain/refusal.ts';
import type { Refused } from '../server/protocol/sockets.ts';
import { RETRY_MS } from './limits.ts';
import type { LiveSocket } from './session.ts';

type Fault = (where: string, fault: unknown) => void;

/** One request that a client may make, whatever it holds. Never rejects. */
export type Door = (
  socket: LiveSocket,
  payload: unknown,
  answer: (answer: { ok: true } | Refused) => void,
  fault: Fault,
) => Promise<void>;

/**
 * A door for requests that hold to `schema`. `open` calls `answer` once, and what it gives leaves in that same tick.
 * Whatever happens behind the door ends in an answer: by itself Socket.IO dies of a handler that throws, of one
 * that rejects, and of a client that sends no ack to call.
 */
export function door<Request, Answer extends { ok: true }>(
  schema: Joi.ObjectSchema<Request>,
  open: (
    socket: LiveSocket,
    request: Request,
    answer: (answer: Answer | Refused) => void,
  ) => void | Promise<void>,
): Door {
  const required = schema.required();
  return async (socket, payload, answer, fault) => {
    try {
      const { error, value } = required.validate(payload, { convert: false });
      if (error) answer({ ok: false, code: 'bad-request' });
      else await open(socket, value, answer);
    } catch (error) {
      answer(refusalOf(error, fault));
    }
  };
}

/** What a caller may know of an error; one that is no refusal is our own fault and is told to the log. */
export function refusalOf(error: unknown, fault: Fault): Refused {
  if (error instanceof Refusal) {
    switch (error.code) {
      case 'unauthenticated':
      case 'forbidden':
      case 'not-found':
        return { ok: false, code: error.code };
      case 'unavailable':
      case 'too-many-requests':
        return { ok: false, code: error.code, retryAfterMs: (error.retryAfter ?? 1) * 1_000 };
    }
  }
  fault('socket', error);
  return { ok: false, code: 'unavailable', retryAfterMs: RETRY_MS };
}
