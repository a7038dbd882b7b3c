import type { Socket } from 'node:net';

const STARTUP_HEAD = 4;
const MESSAGE_HEAD = 5;

/** What a process asks PostgreSQL, read from the wire: the text of each statement that is executed. */
export function questions() {
  const asked = new Map<string, number>();
  const wires = new WeakMap<Socket, ReturnType<typeof wire>>();

  function wire() {
    let rest = Buffer.alloc(0);
    let isStarted = false;
    const texts = new Map<string, string>();
    let bound = '';
    const count = (text: string) => asked.set(text, (asked.get(text) ?? 0) + 1);
    const read = (type: string, body: Buffer): void => {
      const [first = '', second = ''] = body.toString('latin1').split('\0');
      if (type === 'Q') count(first);
      if (type === 'P') texts.set(first, second);
      // A portal's name, then that of its statement.
      if (type === 'B') bound = texts.get(second) ?? second;
      if (type === 'E') count(bound);
    };
    return (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const head = isStarted ? MESSAGE_HEAD : STARTUP_HEAD;
        if (rest.length < head) return;
        const length = rest.readInt32BE(head - STARTUP_HEAD) + head - STARTUP_HEAD;
        if (rest.length < length) return;
        if (isStarted) read(rest.toString('latin1', 0, 1), rest.subarray(head, length));
        isStarted = true;
        rest = rest.subarray(length);
      }
    };
  }

  return {
    hear(chunk: Buffer, from: Socket): void {
      const known = wires.get(from) ?? wire();
      wires.set(from, known);
      known(chunk);
    },
    /** Forgets what was asked until now. */
    clear: () => asked.clear(),
    /** Texts and how often, the most frequent first. */
    all: (): [text: string, count: number][] => [...asked].sort((a, b) => b[1] - a[1]),
  };
}
