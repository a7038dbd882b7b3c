import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../../db/open.ts';
import { Refusal } from '../../domain/refusal.ts';
import { idempotencyKey } from '../../protocol/schemas/donations.ts';

/** How long one try may take before a retry may take over, longer than any gateway call. */
const LEASE_MS = 30_000;

type Answer = { status: number; body: Record<string, unknown> };

/**
 * Answers a creating call once per Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): the same key and
 * content gives the first answer with `Idempotent-Replayed: true`, other content 422, a try still under way 409, no key
 * 400. The claim is committed before `work` begins, and `work` is given an id that is the same in every retry, so that
 * it resumes what a crash interrupted. A refusal that changed nothing gives the key back.
 * `complete` adds what is not stored, such as a claim token or a bank account's number.
 */
export function idempotent({ db, now = () => new Date() }: { db: Db; now?: () => Date }) {
  return async (
    req: Request,
    res: Response,
    { principal, route, content }: { principal: string; route: string; content: unknown },
    work: (resourceId: string) => Promise<Answer>,
    complete: (
      body: Record<string, unknown>,
    ) => Record<string, unknown> | Promise<Record<string, unknown>> = (body) => body,
  ): Promise<void> => {
    const id = { principal, route, key: keyOf(req) };
    const bodyHash = createHash('sha256').update(stable(content)).digest();
    const claim = await db.idempotency.claim({
      ...id,
      bodyHash,
      resourceId: uuidv7(),
      leaseUntil: new Date(now().getTime() + LEASE_MS),
      now: now(),
    });
    if (!claim) throw inFlight();
    if (!claim.claimed) {
      if (!claim.body_hash.equals(bodyHash)) {
        throw new Refusal('idempotency-mismatch', 'This Idempotency-Key was used for another request.');
      }
      if (claim.status === null) throw inFlight();
      res.set('Idempotent-Replayed', 'true');
      res.status(claim.status).json(await complete(claim.response as Record<string, unknown>));
      return;
    }
    try {
      const answer = await work(claim.resource_id);
      await db.idempotency.answer({ ...id, status: answer.status, response: answer.body });
      res.status(answer.status).json(await complete(answer.body));
    } catch (error) {
      const nothingDone = error instanceof Refusal && error.code !== 'gateway-unavailable';
      // If even this fails, the lease runs out by itself.
      await (nothingDone
        ? db.idempotency.release(id)
        : db.idempotency.yieldLease({ ...id, now: now() })
      ).catch(() => {});
      throw error;
    }
  };
}

function keyOf(req: Request): string {
  const given = req.get('idempotency-key');
  if (given === undefined) {
    throw new Refusal('idempotency-key-missing', 'Send an Idempotency-Key header, a new UUID for each gift.');
  }
  // The draft makes it a quoted string; most clients send it bare.
  const { value, error } = idempotencyKey.validate(given.replace(/^"(.*)"$/, '$1'));
  if (error) throw new Refusal('invalid-input', 'The Idempotency-Key must be 8 to 255 printable characters.');
  return value;
}

const inFlight = (): Refusal =>
  new Refusal('in-flight', 'The first request with this Idempotency-Key is still under way.', {
    retryAfter: 1,
  });

/** JSON with keys in order, so that the same content in another order is the same content. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
