// Also for whoever compiles this file without all of ours.
/// <reference path="./opentype.d.ts" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Command, type Font, type Glyph } from 'opentype.js';

const WEIGHTS = [500, 800] as const;
export type Weight = (typeof WEIGHTS)[number];
type Style = { size: number; weight: Weight };

export type Lettering = {
  /** The text as the data of one path that begins at x, with its baseline at y. */
  pathOf(text: string, at: { x: number; y: number } & Style): string;
  widthOf(text: string, style: Style): number;
  /** At most `linesMax` lines of whole words; what does not fit is cut with an ellipsis. */
  wrap(text: string, room: { width: number; linesMax: number } & Style): string[];
};

const ELLIPSIS = '…';

/**
 * Text as outlines: whoever rasterises needs no fonts of the system, which a container lacks. Reads and parses the
 * fonts, some 80 ms once. Characters that they do not have (emoji, other scripts) are left out.
 */
export function lettering(): Lettering {
  const { resolve } = createRequire(import.meta.url);
  const read = (subset: string, weight: Weight): Font => {
    const file = `@fontsource/plus-jakarta-sans/files/plus-jakarta-sans-${subset}-${weight}-normal.woff`;
    const bytes = readFileSync(resolve(file));
    return opentype.parse(new Uint8Array(bytes).buffer);
  };
  const fonts = new Map(
    WEIGHTS.map((weight) => [weight, [read('latin', weight), read('latin-ext', weight)]] as const),
  );

  type Drawn = { font: Font; glyph: Glyph };
  // As many as the fonts have at most, and what is in neither is not kept.
  const found = new Map(WEIGHTS.map((weight) => [weight, new Map<string, Drawn>()] as const));
  // Glyph by glyph: the library's own way from text to glyphs throws at a substitution table of this font.
  const drawnOf = (character: string, weight: Weight): Drawn | null => {
    const known = found.get(weight)?.get(character);
    if (known) return known;
    for (const font of fonts.get(weight) ?? []) {
      const glyph = font.charToGlyph(character);
      if (glyph.index === 0) continue;
      found.get(weight)?.set(character, { font, glyph });
      return { font, glyph };
    }
    return null;
  };
  const walk = (text: string, { size, weight }: Style, each?: (glyph: Glyph, x: number) => void): number => {
    let x = 0;
    let last: Drawn | null = null;
    for (const character of readable(text)) {
      const drawn = drawnOf(character, weight);
      if (!drawn) continue;
      const { font, glyph } = drawn;
      const scale = size / font.unitsPerEm;
      if (last?.font === font) x += font.getKerningValue(last.glyph, glyph) * scale;
      each?.(glyph, x);
      x += (glyph.advanceWidth ?? 0) * scale;
      last = drawn;
    }
    return x;
  };
  const widthOf = (text: string, style: Style): number => walk(text, style);

  return {
    widthOf,
    pathOf(text, { x, y, ...style }) {
      let data = '';
      walk(text, style, (glyph, dx) => {
        data += glyph
          .getPath(x + dx, y, style.size)
          .commands.map(written)
          .join('');
      });
      return data;
    },
    wrap(text, { width, linesMax, ...style }) {
      const fits = (line: string): boolean => widthOf(line, style) <= width;
      const drawn = [...readable(text)]
        .filter((character) => drawnOf(character, style.weight) !== null)
        .join('');
      const words = drawn.split(/\s+/).filter((word) => word !== '');
      const lines: string[] = [];
      let line = '';
      for (const [i, word] of words.entries()) {
        const longer = line === '' ? word : `${line} ${word}`;
        if (fits(longer)) {
          line = longer;
          continue;
        }
        // A word wider than a line is cut like everything else that does not fit.
        if (lines.length + 1 === linesMax || line === '')
          return [...lines, cut([line, ...words.slice(i)].join(' ').trim(), fits)];
        lines.push(line);
        line = word;
        if (!fits(line)) return [...lines, cut(words.slice(i).join(' '), fits)];
      }
      return line === '' ? lines : [...lines, line];
    },
  };
}

/** Written here: the library's own text of a path was not always one that librsvg reads to its end. */
function written(command: Command): string {
  const { type } = command;
  if (type === 'Z') return type;
  const { x, y } = command;
  const numbers =
    type === 'C'
      ? [command.x1, command.y1, command.x2, command.y2, x, y]
      : type === 'Q'
        ? [command.x1, command.y1, x, y]
        : [x, y];
  return type + numbers.map((number) => number.toFixed(1)).join(' ');
}

/** One form for each character, and marks with the letter they belong to. */
const readable = (text: string): string => text.normalize('NFC').replaceAll('\u00a0', ' ');

function cut(text: string, fits: (line: string) => boolean): string {
  const characters = [...text];
  let low = 0;
  let high = characters.length;
  const cutAt = (n: number): string => characters.slice(0, n).join('').trimEnd() + ELLIPSIS;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cutAt(middle))) low = middle;
    else high = middle - 1;
  }
  return cutAt(low);
}
