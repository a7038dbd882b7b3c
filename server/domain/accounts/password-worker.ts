import bcrypt from 'bcryptjs';

/** What the pool of passwords.ts runs, off the event loop. */
export const hash = ({ password, cost }: { password: string; cost: number }): string =>
  bcrypt.hashSync(password, cost);

export const compare = ({ password, hash }: { password: string; hash: string }): boolean =>
  bcrypt.compareSync(password, hash);
