import { once } from 'node:events';
import type { Response } from 'express';

/** What spreadsheets take for the beginning of a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;

/** One cell of RFC 4180. What a spreadsheet would run begins with an apostrophe, and so is text. */
export function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const line = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/**
 * Sends a file page by page, no faster than it is read: the next page is asked for once this one has left, so that a
 * slow reader costs no memory. Whoever goes away ends the reading. A fault in the middle cuts the answer off, so that
 * half a file is not taken for a whole one.
 */
export async function sendCsv(
  res: Response,
  { name, head, pages }: { name: string; head: readonly string[]; pages: AsyncGenerator<string[][], void> },
): Promise<void> {
  res.set({
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  try {
    res.write(line(head));
    for await (const page of pages) {
      if (gone.signal.aborted) return;
      const more = res.write(page.map(line).join(''));
      if (!more) await once(res, 'drain', { signal: gone.signal });
    }
    res.end();
  } catch (fault) {
    // Once something was sent, a fault cuts the connection off.
    if (!gone.signal.aborted) throw fault;
  }
}
