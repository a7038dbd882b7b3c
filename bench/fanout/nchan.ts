import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isListening } from '../../test/support/ports.ts';
import { ensureProgram, type Program } from '../../test/support/programs.ts';
import { until } from '../../test/support/until.ts';

/** An nginx that can load the module: it then only misses what an empty configuration does not say. */
const NCHAN: Program = {
  title: 'nginx with Nchan',
  names: ['nginx'],
  setting: 'NGINX_PROGRAM',
  version: {
    args: ['-t', '-c', '/dev/null', '-g', 'load_module modules/ngx_nchan_module.so;'],
    says: /no "events" section/,
    exitsWith: 1,
  },
  debianPackage: 'libnginx-mod-nchan',
};

/** Nchan with one worker, which publishers reach over HTTP and subscribers over WebSocket. */
export async function startNchan({ port, connectionsMax }: { port: number; connectionsMax: number }) {
  const program = await ensureProgram(NCHAN);
  const dir = await mkdtemp(join(tmpdir(), 'sangkuriang-nchan-'));
  const asRoot = process.getuid?.() === 0 ? 'user root;' : '';
  await writeFile(
    join(dir, 'nginx.conf'),
    `load_module modules/ngx_nchan_module.so;
${asRoot}
daemon off;
worker_processes 1;
worker_rlimit_nofile ${connectionsMax + 1_000};
pid ${dir}/nginx.pid;
error_log stderr warn;
events { worker_connections ${connectionsMax + 500}; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000;
    location = /publish { nchan_publisher http; nchan_channel_id bench; }
    location = /subscribe {
      nchan_subscriber websocket;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
  }
}
`,
  );
  const nginx = spawn(program, ['-c', join(dir, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const atExit = () => nginx.kill('SIGTERM');
  process.once('exit', atExit);
  await until(() => nginx.exitCode !== null || isListening(port), { what: 'nginx with Nchan to listen' });
  if (nginx.pid === undefined || nginx.exitCode !== null) throw new Error('nginx with Nchan did not start');
  return {
    /** Of the master; its worker is its child. */
    pid: nginx.pid,
    async stop(): Promise<void> {
      nginx.kill('SIGTERM');
      if (nginx.exitCode === null) await once(nginx, 'exit');
      process.off('exit', atExit);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
