import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of `web/dist`, whole. Throws where the pages are not built. */
export function built(dist: string, file: string): string {
  const path = join(dist, file);
  if (!existsSync(path)) throw new Error(`The pages are not built: ${path} is missing. Run npm run build.`);
  return readFileSync(path, 'utf8');
}

/** What a page begins with, as an element of it that its script reads. */
export function bootElement(data: unknown): string {
  // `<` may not stand in a script element's text as it is: a title or a story could close the element.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="boot">${json}</script>`;
}
