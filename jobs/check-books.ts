import { readToolConfig } from '../server/config.ts';
import { closeDb, openDb } from '../server/db/open.ts';
import { findBreaks } from '../server/domain/ledger/check.ts';

// `npm run check:books`: prints every break and ends with 1 if there is one.
const db = openDb({ url: readToolConfig().databaseUrl, max: 2, name: 'check-books' });
try {
  const breaks = await findBreaks(db);
  for (const { check, rows, sample } of breaks) {
    console.log(
      `${check}: ${rows} rows, the first: ${JSON.stringify(sample, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    );
  }
  console.log(breaks.length === 0 ? 'The books are in order.' : `${breaks.length} checks found breaks.`);
  process.exitCode = breaks.length === 0 ? 0 : 1;
} finally {
  await closeDb(db);
}
