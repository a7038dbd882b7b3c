import Joi from 'joi';
import { acting, type Db } from '../../db/open.ts';
import type { ListedPayout } from '../../db/payouts.ts';
import type { PayoutListQuery, PayoutPage } from '../../protocol/payouts.ts';
import type { User } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';
import { BOOKS, onlyStaff, readAs, TEAM_AND_BOOKS } from './access.ts';
import { payoutView } from './present.ts';

/**
 * One page of payouts, newest first: of a campaign, for its team and the books' staff, or of all, for the latter alone.
 * Throws Refusal: forbidden, not-found, invalid-input (a cursor that is not ours).
 */
export async function listPayouts(
  db: Db,
  user: User,
  { campaignId, status, cursor, limit }: PayoutListQuery & { campaignId: string | null },
): Promise<PayoutPage> {
  if (campaignId === null) onlyStaff(user, ...BOOKS);
  else await readAs(db, user, campaignId, TEAM_AND_BOOKS);
  const after = cursor === undefined ? { key: null, id: null } : readCursor(cursor);
  const rows = await acting(db, 'system', 'payouts.list', (tx) =>
    tx.payouts.list({ campaignId, status: status ?? null, ...after, limit: limit + 1 }),
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(payoutView),
    nextCursor: rows.length > limit && last ? cursorAfter(last) : null,
  };
}

const cursorAfter = ({ sort_key, id }: ListedPayout): string =>
  Buffer.from(JSON.stringify([String(sort_key), id])).toString('base64url');

const position = Joi.array<[string, string]>()
  .ordered(
    Joi.string()
      .pattern(/^\d{1,18}$/)
      .required(),
    Joi.string().uuid().required(),
  )
  .required();

function readCursor(cursor: string): { key: bigint; id: string } {
  const { value, error } = position.validate(parsed(Buffer.from(cursor, 'base64url').toString()), {
    convert: false,
  });
  if (error) throw new Refusal('invalid-input', 'This cursor is not one of ours.');
  const [key, id] = value;
  return { key: BigInt(key), id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
