import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What a process and its children, also those that have ended, have had of processors so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const own = statOf(pid);
  if (!own) throw new Error(`there is no process ${pid} any more`);
  let { ticks } = own;
  for (const name of readdirSync('/proc')) {
    // One that ends meanwhile is its parent's from then on.
    const other = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (other?.parent === pid) ticks += other.ticks;
  }
  return (ticks * 1_000) / TICKS_PER_S;
}

/** Memory of a process that stands in RAM, in kB. */
export function residentKb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb);
}

/** Of the process itself and of its children that have ended. Null if it has ended too. */
function statOf(pid: number): { parent: number; ticks: number } | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name in brackets may hold spaces; numbers follow it, from the third field on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (nth: number): number => Number(fields[nth - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}
