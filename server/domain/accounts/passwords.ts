import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import bcrypt from 'bcryptjs';
import { Piscina } from 'piscina';
import { PASSWORD_BYTES_MAX } from '../../protocol/accounts.ts';
import { Refusal } from '../refusal.ts';

/** OWASP asks for 10 or more. One hash takes a core some 230 ms at 12. */
const COST = 12;
/** On the event loop, eight hashes at once stalled it for 800 ms; two threads leave a small machine its breath. */
const THREADS_MAX = 2;
/** Two threads verify eight in 1.6 to 2.1 s: whoever waits behind more than this is not answered within five. */
const QUEUE_MAX = 16;
const THREAD_IDLE_MS_MAX = 30_000;
/** Characters of a bcrypt hash after its version, cost and salt. */
const DIGEST_LENGTH = 31;

export type Passwords = {
  /** bcrypt hash of the password. Throws Refusal 'invalid-input' over 72 bytes, 'unavailable' when too many wait. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash. With null, for an account that does not exist, it takes as long and
   * answers false. Throws Refusal 'unavailable' when too many wait.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Finishes what runs and ends the threads. */
  close(): Promise<void>;
};

/** Passwords by bcrypt in threads of their own. `cost` is the base-2 logarithm of its rounds. */
export function passwords({
  cost = COST,
  queueMax = QUEUE_MAX,
}: {
  cost?: number;
  queueMax?: number;
} = {}): Passwords {
  // The thread loads the same kind of file as this one is: .ts from the sources, .js from the build.
  const kind = extname(import.meta.url);
  const worker = new URL(`./password-worker${kind}`, import.meta.url);
  const pool = new Piscina<unknown, unknown>({
    filename: fileURLToPath(worker),
    minThreads: 0,
    maxThreads: THREADS_MAX,
    idleTimeout: THREAD_IDLE_MS_MAX,
    ...(kind === '.ts' ? { execArgv: ['--import', readsTypeScript()] } : {}),
  });
  // Well formed and nobody's, so that comparing with it costs what a real comparison costs.
  const nobody = bcrypt.genSaltSync(cost) + '.'.repeat(DIGEST_LENGTH);

  const run = <T>(task: unknown, name: string): Promise<T> => {
    if (pool.queueSize >= queueMax) {
      throw new Refusal('unavailable', 'Too many people are signing in. Please try again shortly.', {
        retryAfter: 2,
      });
    }
    return pool.run(task, { name }) as Promise<T>;
  };

  return {
    async hash(password) {
      const text = normalised(password);
      if (bcrypt.truncates(text)) {
        const message = `password must not be longer than ${PASSWORD_BYTES_MAX} bytes`;
        throw new Refusal('invalid-input', 'Some fields need attention.', {
          errors: [{ path: 'password', message }],
        });
      }
      return run<string>({ password: text, cost }, 'hash');
    },

    async verify(password, hash) {
      const text = normalised(password);
      const same = await run<boolean>({ password: text, hash: hash ?? nobody }, 'compare');
      // bcrypt would call a longer password with the same first 72 bytes the same.
      return same && hash !== null && !bcrypt.truncates(text);
    },

    close: () => pool.close(),
  };
}

/** One password, however a keyboard composes its letters (NFKC, as NIST SP 800-63B advises). */
const normalised = (password: string): string => password.normalize('NFKC');

/** tsx teaches only the main thread of Node 20 to read TypeScript; this preload does the same for a worker. */
const readsTypeScript = (): string =>
  `data:text/javascript,import { register } from '${import.meta.resolve('tsx/esm/api')}'; register();`;
