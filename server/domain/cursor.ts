import { Refusal } from './refusal.ts';

/** Where a page of a list ends: parts of its last row's key, opaque to whoever asks. */
export const cursorOf = (...parts: string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** The parts again, each as its pattern says. Throws Refusal 'invalid-input' for what is no cursor of this list. */
export function readCursor(cursor: string, ...patterns: RegExp[]): string[] {
  const parts = parsed(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(parts) &&
    parts.length === patterns.length &&
    parts.every((part, index) => typeof part === 'string' && patterns[index]?.test(part));
  if (fits) return parts as string[];
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path: 'cursor', message: 'cursor is not one of this list' }],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Microseconds since 1970. */
export const MICROSECONDS = /^\d{1,16}$/;
/** Before every row, of a list whose rows stand in the order of a time and an id. */
const START = { after: 0n, afterId: '00000000-0000-0000-0000-000000000000' };

export function readTimeCursor(cursor: string | undefined): { after: bigint; afterId: string } {
  if (cursor === undefined) return START;
  const [after = '0', afterId = ''] = readCursor(cursor, MICROSECONDS, UUID);
  return { after: BigInt(after), afterId };
}
