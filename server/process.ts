import { type Closing, closing } from './closing.ts';
import { type Config, readConfig } from './config.ts';
import { type Log, openLog } from './log.ts';

/**
 * Runs one door, or all of them, as a process: opens it, closes it in reverse when it is told to go or when something
 * happens that nobody foresaw, and ends. A second signal changes nothing.
 */
export async function runProcess(
  name: string,
  open: (opening: { config: Config; log: Log; closing: Closing }) => Promise<void>,
): Promise<void> {
  const config = readConfig();
  const log = openLog({ level: config.logLevel });
  const steps = closing({ drainMs: config.drainMs, onFault: log.fault });
  let stopping = false;
  async function stop(reason: string, fault?: unknown): Promise<void> {
    if (stopping) return;
    stopping = true;
    if (fault !== undefined) {
      process.exitCode = 1;
      log.fault(reason, fault);
      if (fault instanceof Error) console.error(fault.message);
    }
    await steps.close();
    log.stopped(reason);
    process.exit();
  }
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('uncaughtException', (fault) => void stop('uncaughtException', fault));
  process.on('unhandledRejection', (fault) => void stop('unhandledRejection', fault));
  try {
    await open({ config, log, closing: steps });
    log.started({ door: name, port: String(config.port), publicUrl: config.publicUrl });
  } catch (fault) {
    await stop('it could not start', fault);
  }
}

/** For a door that runs apart: it has no database of its own. */
export function databaseOf({ databaseUrl }: Config): string {
  if (databaseUrl) return databaseUrl;
  throw new Error('Set DATABASE_URL: only `npm start` brings a database along.');
}
