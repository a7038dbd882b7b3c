import { setTimeout as sleep } from 'node:timers/promises';

/** Every step that opens something adds how to close it; closing runs in reverse. */
export const closing: (() => Promise<unknown>)[] = [];

/** Closes what was opened so far; a step that fails is told, and keeps no other from closing. */
export async function close(): Promise<void> {
  for (let step = closing.pop(); step; step = closing.pop()) {
    await step().catch((fault: unknown) => console.error(fault));
  }
}

/** Runs a benchmark as a process: what `main` answers is its exit code, and whatever ends it, everything is closed. */
export async function runBenchmark(main: () => Promise<number>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(1)));
  }
  try {
    process.exitCode = await main();
  } catch (fault) {
    console.error(fault instanceof Error ? fault.message : fault);
    await close();
    process.exitCode = 1;
  }
}

export const pause = (ms: number): Promise<void> => sleep(ms);

/** Not a number where there are none, which JSON tells as null. */
export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
