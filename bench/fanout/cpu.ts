import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What a process and its children, also those that have ended, have had of processors so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const own = statOf(pid);
  const children = childrenOf(pid);
  return (
    ((own.ticks + own.ended) * 1_000) / TICKS_PER_S + children.reduce((sum, child) => sum + cpuMs(child), 0)
  );
}

/** Memory of a process that stands in RAM, in kB. */
export function residentKb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb);
}

/** The name in brackets may hold spaces; numbers follow it, from the third field on. */
function statOf(pid: number): { parent: number; ticks: number; ended: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (nth: number): number => Number(fields[nth - 3]);
  return { parent: field(4), ticks: field(14) + field(15), ended: field(16) + field(17) };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return statOf(Number(name)).parent === pid ? [Number(name)] : [];
    } catch {
      // It has ended since the folder was read.
      return [];
    }
  });
}
