import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { until } from './until.ts';

export interface FreshDatabase {
  /** As sk_app, the role that the server runs as. */
  appUrl: string;
  /** As sk_migrator, who may `set role sk_owner`. */
  migrateUrl: string;
  /** As the superuser, in this database. */
  adminUrl: string;
  drop(): Promise<void>;
}

/** What the runner hands to the tests: addresses of its server, and the migrated database to clone. */
export interface TestServer {
  TEST_APP_URL: string;
  TEST_MIGRATE_URL: string;
  TEST_ADMIN_URL: string;
  TEST_TEMPLATE: string;
}

/** SQLSTATE object_in_use. */
const OBJECT_IN_USE = '55006';
const CLONE_MS_MAX = 30_000;

/**
 * A migrated, otherwise empty database of the caller's own, cloned in some 50 ms. Settings and grants on
 * the database itself (`alter database … set`) are not cloned: put them on roles.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const template = setting('TEST_TEMPLATE');
  const refusal = await until(() => clone(name, template), {
    timeoutMs: CLONE_MS_MAX,
    everyMs: 50,
    what: 'a clone of the template database',
  });
  if (refusal instanceof Error) throw refusal;
  return {
    appUrl: withDatabase(setting('TEST_APP_URL'), name),
    migrateUrl: withDatabase(setting('TEST_MIGRATE_URL'), name),
    adminUrl: withDatabase(setting('TEST_ADMIN_URL'), name),
    drop: () => asAdmin(`drop database if exists ${name} with (force)`),
  };
}

/** Throws where asking again helps; answers any other error. */
async function clone(name: string, template: string): Promise<'made' | Error> {
  try {
    await asAdmin(`create database ${name} owner sk_owner template ${template}`);
    return 'made';
  } catch (error) {
    // Something, autovacuum for example, is busy in the template for a moment.
    if (error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE) throw error;
    return error instanceof Error ? error : new Error(String(error));
  }
}

function setting(name: keyof TestServer): string {
  const value = process.env[name];
  if (!value)
    throw new Error('The tests need the database that their runner starts: run them with `npm test`.');
  return value;
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: setting('TEST_ADMIN_URL') });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
