type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

interface Patience {
  timeoutMs?: number;
  everyMs?: number;
  /** What is waited for, in words that end the sentence "waited for …". */
  what?: string;
}

/**
 * Asks again and again; resolves with the first truthy answer. A check that throws is asked again.
 * @throws an error that names `what` and the last answer, or carries the last exception as its cause.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20, what = 'a check to hold' }: Patience = {},
): Promise<Truthy<T>> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no answer';
  let cause: unknown;
  let timer: NodeJS.Timeout | undefined;
  // Also a check that never answers must not outlast the deadline.
  const timeUp = new Promise<'time is up'>((resolve) => {
    timer = setTimeout(() => resolve('time is up'), timeoutMs);
  });
  try {
    do {
      try {
        const answer = await Promise.race([Promise.resolve(check()).then((value) => ({ value })), timeUp]);
        if (answer === 'time is up') break;
        if (answer.value) return answer.value as Truthy<T>;
        last = `the answer ${String(answer.value)}`;
        cause = undefined;
      } catch (error) {
        last = String(error);
        cause = error;
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    } while (Date.now() < deadline);
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`Waited ${timeoutMs} ms for ${what}; the last thing seen was ${last}.`, { cause });
}
