import { inProcessBus } from './bus.ts';
import { readToolConfig } from './config.ts';
import { closeDb, openDb } from './db/open.ts';
import { grant } from './domain/accounts/grant.ts';
import { Refusal } from './domain/refusal.ts';
import { STAFF_ROLES, type StaffRole } from './protocol/accounts.ts';

/** `npm run grant -- EMAIL ROLE`, or with `--take` at the end to take the role away. */
const [email, role, option, ...rest] = process.argv.slice(2);
const isRole = (word: string | undefined): word is StaffRole => STAFF_ROLES.some((known) => known === word);

if (!email || !isRole(role) || (option !== undefined && option !== '--take') || rest.length > 0) {
  console.error(`Usage: npm run grant -- EMAIL ${STAFF_ROLES.join('|')} [--take]`);
  process.exitCode = 2;
} else {
  const db = openDb({ url: readToolConfig().databaseUrl, max: 1, name: 'sangkuriang-grant' });
  try {
    // Nobody listens in this process: those that run read the news from the feed.
    const bus = inProcessBus({ onFault: console.error });
    const roles = await grant({ db, bus }, { email, role, take: option === '--take' });
    console.log(`${email} now holds: ${roles.join(', ') || 'no role'}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await closeDb(db);
  }
}
