import { createHmac, timingSafeEqual } from 'node:crypto';
import { acting, type Db } from '../../db/open.ts';
import type { UnsubscribeScope, UnsubscribeView } from '../../protocol/updates.ts';
import { Refusal } from '../refusal.ts';

/** Whose mail about which campaign: what the link of a mail speaks of. */
export type Letter = { readerId: string; campaignId: string };
/** Lets whoever holds a mail stop it without an account: two ids and an HMAC of them, no address, stored nowhere. */
export type Unsubscribing = { tokenOf(letter: Letter): string; read(token: string): Letter };

const ID_BYTES = 16;

export function unsubscribing(secret: string): Unsubscribing {
  const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
  const mac = (ids: Buffer): Buffer =>
    createHmac('sha256', secret).update('unsubscribe:').update(ids).digest();
  return {
    tokenOf({ readerId, campaignId }) {
      const ids = Buffer.concat([bytesOf(readerId), bytesOf(campaignId)]);
      return Buffer.concat([ids, mac(ids)]).toString('base64url');
    },
    /** Throws Refusal 'not-found' for one that is not ours. */
    read(token) {
      const bytes = Buffer.from(token, 'base64url');
      const ids = bytes.subarray(0, 2 * ID_BYTES);
      const theirs = bytes.subarray(2 * ID_BYTES);
      const ours = mac(ids);
      if (theirs.length !== ours.length || !timingSafeEqual(theirs, ours)) throw noLink();
      return { readerId: uuidOf(ids.subarray(0, ID_BYTES)), campaignId: uuidOf(ids.subarray(ID_BYTES)) };
    },
  };
}

type House = { db: Db; now: () => Date; unsubscribing: Unsubscribing };

/** How things stand for the holder of a mail; asking changes nothing, for programs open every link of a mail. */
export async function readStanding(
  { db, unsubscribing }: Pick<House, 'db' | 'unsubscribing'>,
  token: string,
): Promise<UnsubscribeView> {
  const letter = unsubscribing.read(token);
  const row = await acting(db, 'system', 'followers.standing', (tx) => tx.followers.standing(letter));
  if (!row) throw noLink();
  return {
    campaign: { title: row.title, slug: row.slug },
    unsubscribed: { campaign: row.campaign, all: row.all },
  };
}

/** No more mails, of the campaign or of all. Done twice it is done once. */
export async function unsubscribe(
  house: House,
  { token, scope }: { token: string; scope: UnsubscribeScope },
): Promise<UnsubscribeView> {
  const which = whichOf(house.unsubscribing.read(token), scope);
  await acting(house.db, 'system', 'followers.unsubscribe', (tx) =>
    tx.followers.unsubscribe({ ...which, now: house.now() }),
  );
  return readStanding(house, token);
}

/** Takes an unsubscribing back. */
export async function resubscribe(
  house: House,
  { token, scope }: { token: string; scope: UnsubscribeScope },
): Promise<UnsubscribeView> {
  const which = whichOf(house.unsubscribing.read(token), scope);
  await acting(house.db, 'system', 'followers.resubscribe', (tx) => tx.followers.resubscribe(which));
  return readStanding(house, token);
}

const whichOf = ({ readerId, campaignId }: Letter, scope: UnsubscribeScope) => ({
  readerId,
  campaignId: scope === 'all' ? null : campaignId,
});
const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const noLink = (): Refusal =>
  new Refusal('not-found', 'This link is not one of ours. Open it from the mail again.');
