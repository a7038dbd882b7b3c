/** One step of closing that takes longer than this, and than the drain, is given up and said. */
const CLOSE_MS_MAX = 10_000;

export type Closing = ReturnType<typeof closing>;

/** Every step that opens something adds how to close it; `close` runs them in reverse, once, however often it is called. */
export function closing({
  drainMs,
  onFault,
}: {
  drainMs: number;
  onFault(where: string, fault: unknown): void;
}) {
  const steps: { what: string; close(): unknown }[] = [];
  let closed: Promise<void> | null = null;

  async function closeAll(): Promise<void> {
    for (const { what, close } of steps.reverse()) {
      await within(CLOSE_MS_MAX + drainMs, Promise.resolve().then(close)).catch((fault: unknown) =>
        onFault(`closing ${what}`, fault),
      );
    }
  }

  return {
    add(what: string, close: () => unknown): void {
      steps.push({ what, close });
    },
    /** True from the first word of closing on. */
    draining: (): boolean => closed !== null,
    close(): Promise<void> {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
