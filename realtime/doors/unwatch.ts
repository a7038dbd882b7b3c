import { unwatch as schema } from '../../server/protocol/schemas/sockets.ts';
import { type Door, door } from '../door.ts';
import type { Followers } from '../followers.ts';
import { leave } from './watch.ts';

/** Leaves a feed; also one that was never joined, so that a client may say it twice. */
export function unwatch({ followers }: { followers: Followers }): Door {
  return door(schema, (socket, { feed }, answer) => {
    leave(socket, followers, feed);
    answer({ ok: true });
  });
}
