import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../server/root.ts';
import { ended } from './ground.ts';

/** Processes of a benchmark's own, which answer each order they are sent with one message. */
export type Worker = { pid: number; ask<Answer>(order: unknown): Promise<Answer>; stop(): Promise<void> };

/** Resolves at once, or when the process has said that it is ready. */
export async function startWorker(
  script: string,
  args: string[] = [],
  { saysReady = true, env = {} }: { saysReady?: boolean; env?: Record<string, string> } = {},
): Promise<Worker> {
  const child = fork(join(root, script), args, {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (order: unknown): Promise<unknown> => {
    turn = turn.then(() => {
      const answer = answerOf(child, script);
      child.send(order as object);
      return answer;
    });
    return turn;
  };
  if (saysReady) await answerOf(child, script);
  if (child.pid === undefined) throw new Error(`${script} did not start`);
  return {
    pid: child.pid,
    ask: <Answer>(order: unknown) => ask(order) as Promise<Answer>,
    stop: () => ended(child, 'SIGKILL'),
  };
}

async function answerOf(child: ChildProcess, script: string): Promise<unknown> {
  const stop = new AbortController();
  const gone = once(child, 'exit', { signal: stop.signal }).then(([code, signal]) => {
    throw new Error(`${script} ended with ${code ?? signal}`);
  });
  const answer = once(child, 'message', { signal: stop.signal });
  try {
    const [message] = (await Promise.race([answer, gone])) as unknown[];
    return message;
  } finally {
    for (const waiting of [gone, answer]) waiting.catch(() => {});
    stop.abort();
  }
}
