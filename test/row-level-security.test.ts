import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { acting, closeDb, type Db, openDb, type Tx } from '../server/db/open.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

/** Rows of a table that the current context shows. */
const count = (q: Pick<Tx, 'one'>, table: string): Promise<number> =>
  q.one(`select count(*)::int as n from sk.${table}`, [], (row) => row.n);

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('row-level security, as the role that serves requests', () => {
  let database: FreshDatabase;
  let db: Db;
  const ada = uuidv7();
  const budi = uuidv7();

  before(async () => {
    database = await freshDatabase();
    // One connection, so that whatever a request leaves behind on it meets the next one.
    db = openDb({ url: database.appUrl, max: 1, name: 'test-rls' });
    await acting(db, 'system', 'test', async (tx) => {
      for (const [id, name] of [
        [ada, 'ada'],
        [budi, 'budi'],
      ] as const) {
        await tx.users.insert({ id, email: `${name}@sangkuriang.test`, name, passwordHash: 'none' });
        await tx.sessions.insert({
          id,
          userId: id,
          family: id,
          tokenHash: Buffer.alloc(32, name),
          createdAt: new Date(),
          expiresAt: new Date(Date.now() + 60_000),
          userAgent: null,
        });
      }
    });
  });

  after(async () => {
    await closeDb(db);
    await database.drop();
  });

  it('runs as a role that can neither bypass policies nor own tables', async () => {
    const role = await db.one(
      'select current_user as name, rolsuper, rolbypassrls from pg_roles where rolname = current_user',
    );
    expect(role).to.deep.equal({ name: 'sk_app', rolsuper: false, rolbypassrls: false });
    const owned = await db.one(
      "select count(*)::int as n from pg_tables where schemaname = 'sk' and tableowner = current_user",
    );
    expect(owned.n).to.equal(0);
  });

  it('shows nothing to a query that does not say for whom it asks', async () => {
    expect(await count(db, 'users')).to.equal(0);
    expect(await count(db, 'sessions')).to.equal(0);
    expect(await db.users.byEmail('ada@sangkuriang.test')).to.equal(null);
  });

  it('shows nothing to a context that is no user, and does not choke on it', async () => {
    for (const uid of ['', 'guest', 'System', ' system', `${ada}x`, "' or true --"]) {
      const seen = await acting(db, uid, 'test', async (tx) => [
        await count(tx, 'users'),
        await count(tx, 'sessions'),
      ]);
      expect(seen, uid).to.deep.equal([0, 0]);
    }
  });

  it('shows a user what is theirs, and nobody else', async () => {
    await acting(db, ada, 'test', async (tx) => {
      expect(await count(tx, 'users')).to.equal(1);
      expect(await count(tx, 'sessions')).to.equal(1);
      expect((await tx.users.byId(ada))?.name).to.equal('ada');
      expect(await tx.users.byId(budi)).to.equal(null);
      expect(await tx.sessions.find(Buffer.alloc(32, 'budi'))).to.equal(null);
    });
  });

  it('lets the house itself see all', async () => {
    expect(await acting(db, 'system', 'test', (tx) => count(tx, 'users'))).to.equal(2);
  });

  it("lets a user's own context write nothing, not even to raise itself", async () => {
    await acting(db, ada, 'test', async (tx) => {
      const touched = await tx.result(
        "update sk.users set roles = '{admin}'",
        [],
        (result) => result.rowCount,
      );
      expect(touched).to.equal(0);
      const ended = await tx.result('delete from sk.sessions', [], (result) => result.rowCount);
      expect(ended).to.equal(0);
    });
    const foreign = acting(db, ada, 'test', (tx) =>
      tx.users.insert({ id: uuidv7(), email: 'eve@sangkuriang.test', name: 'eve', passwordHash: 'none' }),
    );
    expect(await codeOf(foreign)).to.equal(INSUFFICIENT_PRIVILEGE);
    const roles = await acting(db, 'system', 'test', async (tx) => (await tx.users.byId(ada))?.roles);
    expect(roles).to.deep.equal([]);
  });

  it('lets nobody change an e-mail, delete a user or switch the policies off', async () => {
    const attempts = [
      "update sk.users set email = 'eve@sangkuriang.test'",
      'delete from sk.users',
      'truncate sk.users cascade',
      'alter table sk.users disable row level security',
      'alter table sk.users no force row level security',
      'drop policy own_row on sk.users',
      'set role sk_owner',
      'update sk.sessions set expires_at = now()',
    ];
    for (const attempt of attempts) {
      const code = await codeOf(acting(db, 'system', 'test', (tx) => tx.none(attempt)));
      expect(code, attempt).to.equal(INSUFFICIENT_PRIVILEGE);
    }
  });

  it('is forced upon the owner of the tables, too', async () => {
    const migrator = openDb({ url: database.migrateUrl, max: 1, name: 'test-rls-owner' });
    try {
      await migrator.tx(async (tx) => {
        await tx.none('set local role sk_owner');
        expect(await count(tx as Tx, 'users')).to.equal(0);
      });
    } finally {
      await closeDb(migrator);
    }
  });

  it('forgets for whom it asked when the transaction ends, however it ends', async () => {
    await acting(db, ada, 'test', (tx) => count(tx, 'users'));
    expect(await count(db, 'users'), 'after a commit').to.equal(0);
    const failed = acting(db, 'system', 'test', async (tx) => {
      await count(tx, 'users');
      throw new Error('halfway');
    });
    expect(await failed.catch((error: Error) => error.message)).to.equal('halfway');
    expect(await count(db, 'users'), 'after a rollback').to.equal(0);
    const broken = acting(db, 'system', 'test', (tx) => tx.none('select 1 / 0'));
    expect(await codeOf(broken)).to.equal('22012');
    expect(await count(db, 'users'), 'after an error').to.equal(0);
  });

  it('keeps a hundred transactions at once apart on a few connections', async () => {
    const pooled = openDb({ url: database.appUrl, max: 4, name: 'test-rls-pool' });
    try {
      const seen = await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          if (n % 4 === 3) return count(pooled, 'users');
          const uid = [ada, budi, 'system'][n % 4] ?? '';
          return acting(pooled, uid, 'test', async (tx) => {
            const rows = await tx.any('select id, pg_sleep(0.001) from sk.users');
            return rows.length === 1 ? rows[0].id : rows.length;
          });
        }),
      );
      const expected = Array.from({ length: 100 }, (_, n) => [ada, budi, 2, 0][n % 4]);
      expect(seen).to.deep.equal(expected);
    } finally {
      await closeDb(pooled);
    }
  });
});
