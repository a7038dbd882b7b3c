import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** A server with the two oldest holes of the web, on loopback: a tool that does not find them has not looked. */
export async function startWeak(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const server = createServer(async (req, res) => {
    const { searchParams } = new URL(req.url ?? '/', 'http://localhost');
    const name = searchParams.get('name') ?? '';
    res.setHeader('Content-Type', 'text/html');
    try {
      const { rows } = await pool.query(
        `select table_name from information_schema.tables where table_name = '${name}'`,
      );
      res.end(`<p>${name}: ${rows.length}</p><a href="/?name=tables">tables</a>`);
    } catch (fault) {
      res.writeHead(500).end(`<p>${fault instanceof Error ? fault.message : ''}</p>`);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}
