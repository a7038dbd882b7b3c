import { execFile } from 'node:child_process';
import { lstat, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '../../server/db/migrate.ts';
import { startEmbeddedPostgres } from '../../server/embedded/postgres.ts';

const run = promisify(execFile);

/** A migrated PostgreSQL that may be restarted, and set back to a copy of its files as after a disaster. */
export async function startOwnPostgres() {
  // Entered by the account that the server runs as.
  const room = await mkdtemp(join(await realpath(tmpdir()), 'sangkuriang-'));
  await run('chmod', ['755', room]);
  const dataDir = join(room, 'postgres');
  const copy = join(room, 'copy');
  const start = () =>
    startEmbeddedPostgres({ dataDir, log: () => {}, settings: { fsync: 'off', full_page_writes: 'off' } });
  let server = await start();
  await migrate(server.urlFor('sk_migrator'));
  const port = () => Number(new URL(server.adminUrl).port);
  return {
    get appUrl(): string {
      return server.urlFor('sk_app');
    },
    get migrateUrl(): string {
      return server.urlFor('sk_migrator');
    },
    get adminUrl(): string {
      return server.adminUrl;
    },
    get port(): number {
      return port();
    },
    restart: () => server.restart(),
    /** Keeps a copy of the files as they are now. It may stand at another port afterwards. */
    async backUp(): Promise<void> {
      await server.stop();
      const files = await realpath(dataDir);
      await run('rm', ['-rf', copy]);
      await run('cp', ['-a', files, copy]);
      server = await start();
    },
    /** Puts the copy in the place of the files. */
    async restore(): Promise<void> {
      await server.stop();
      const files = await realpath(dataDir);
      await run('rm', ['-rf', files]);
      await run('cp', ['-a', copy, files]);
      server = await start();
    },
    async drop(): Promise<void> {
      await server.stop();
      // Where the server's account cannot walk to it, it is a link.
      if ((await lstat(dataDir)).isSymbolicLink())
        await rm(dirname(await realpath(dataDir)), { recursive: true });
      await rm(room, { recursive: true, force: true });
    },
  };
}
export type OwnPostgres = Awaited<ReturnType<typeof startOwnPostgres>>;
