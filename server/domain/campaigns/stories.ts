import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Refusal } from '../refusal.ts';

/** Stories that wait while one is rendered. Should each take its 500 ms, the last is still answered within five seconds. */
const QUEUE_MAX = 8;
/** Enough for a thousand levels of nesting, where a story has three; more only lets hostile ones run for longer. */
const STACK_MB_MAX = 1;
const THREAD_IDLE_MS_MAX = 30_000;

export type Stories = {
  /**
   * A story as the HTML that is kept beside it. Throws Refusal 'invalid-input' if it cannot be rendered within bounds,
   * 'unavailable' when too many wait.
   */
  render(markdown: string): Promise<string>;
  /** Finishes what runs and ends the thread. */
  close(): Promise<void>;
};

/**
 * Renders stories in a thread of its own, when they are written. The renderer is quadratic in places and recursive in
 * others: of the 20,000 characters that a story may have, "*a_" repeated held its thread for 4.9 s, a run of "!" for
 * 0.9 s, and a run of ">" overflowed the stack.
 */
export function stories({ queueMax = QUEUE_MAX }: { queueMax?: number } = {}): Stories {
  // The thread loads the same kind of file as this one is: .ts from the sources, .js from the build.
  const worker = new URL(`./story-worker${extname(import.meta.url)}`, import.meta.url);
  const pool = new Piscina<string, string | null>({
    filename: fileURLToPath(worker),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: THREAD_IDLE_MS_MAX,
    resourceLimits: { stackSizeMb: STACK_MB_MAX },
  });
  return {
    async render(markdown) {
      if (pool.queueSize >= queueMax) {
        throw new Refusal('unavailable', 'Many stories are being saved. Please try again shortly.', {
          retryAfter: 2,
        });
      }
      const html = await pool.run(markdown);
      if (html !== null) return html;
      throw new Refusal('invalid-input', 'Some fields need attention.', {
        errors: [
          { path: 'story', message: 'story is too intricate: use fewer nested lists, quotes and symbols' },
        ],
      });
    },
    close: () => pool.close(),
  };
}
