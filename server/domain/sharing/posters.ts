import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { Refusal } from '../refusal.ts';
import { lettering } from './lettering.ts';
import { poster } from './poster.ts';
import type { Words } from './words.ts';

/** Drawn pictures that are kept, of some 90 kB each; the one longest unasked for is forgotten first. */
const KEPT_MAX = 200;
/** Each takes a core for some 120 ms. */
const AT_ONCE_MAX = 2;
const QUEUE_MAX = 16;
/** Chosen by eye: below, the sky shows steps. */
const QUALITY = 84;
/** Part of every version: another drawing is another picture, also to whoever has kept the old one. */
const DRAWING = 1;
const VERSION_CHARACTERS = 12;

export type Posters = {
  /** A JPEG of POSTER's size. Throws Refusal 'unavailable' when too many wait. */
  draw(words: Words): Promise<Buffer>;
};

/** The same for equal pictures: it stands in their address, so that whoever keeps one asks again when it changes. */
export const versionOf = ({ title, percent, raised, goal, donors, lamps }: Words): string =>
  createHash('sha256')
    .update(JSON.stringify([DRAWING, title, percent, raised, goal, donors, lamps]))
    .digest('hex')
    .slice(0, VERSION_CHARACTERS);

/**
 * Draws posters, a few at a time and each once, and keeps the latest. JPEG: 45 to 110 kB, where PNG had 80 to 260 and
 * WhatsApp takes no more than 300. The text becomes paths on the event loop, in 3 to 10 ms; sharp works off it.
 */
export function posters({
  keptMax = KEPT_MAX,
  atOnceMax = AT_ONCE_MAX,
  queueMax = QUEUE_MAX,
}: {
  keptMax?: number;
  atOnceMax?: number;
  queueMax?: number;
} = {}): Posters {
  const letters = lettering();
  // Otherwise every picture takes as many threads as there are cores, and requests wait for them.
  sharp.concurrency(1);
  // In the order in which they were last asked for. A promise, so that those who ask meanwhile wait for the same one.
  const kept = new Map<string, Promise<Buffer>>();
  let running = 0;
  const waiting: (() => void)[] = [];

  const render = async (words: Words): Promise<Buffer> => {
    if (running >= atOnceMax) {
      if (waiting.length >= queueMax) {
        throw new Refusal('unavailable', 'Many pictures are being drawn. Please try again shortly.', {
          retryAfter: 5,
        });
      }
      // Whoever leaves hands its place on, so that `running` never counts a newcomer in between.
      await new Promise<void>((go) => waiting.push(go));
    } else {
      running += 1;
    }
    try {
      return await sharp(Buffer.from(poster(letters, words)))
        .flatten()
        .jpeg({ quality: QUALITY, mozjpeg: true, chromaSubsampling: '4:4:4' })
        .toBuffer();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return {
    draw(words) {
      const version = versionOf(words);
      const drawn = kept.get(version) ?? render(words);
      kept.delete(version);
      kept.set(version, drawn);
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      drawn.catch(() => kept.get(version) === drawn && kept.delete(version));
      return drawn;
    },
  };
}
