import {
  before,
  behind,
  lamp,
  lampPlace,
  SHORE_COLOUR,
  type Shape,
  type Veil,
  WIDTH,
} from '../../../scene/drawing.ts';
import type { Lettering, Weight } from './lettering.ts';
import { LAMPS_MAX, type Words } from './words.ts';

export const POSTER = { width: 1_200, height: 630 } as const;

const MARGIN = 64;
const SCALE = POSTER.width / WIDTH;
/** The top of the drawing that is cut away, in its own units; below its foot the dark shore goes on. */
const TOP = 178;
/** A lamp on a poster stands for somebody, not for an amount. */
const LAMP_RUPIAH = 100_000;
/** The words stand along the top, over the sky: 5.7:1 and more at every hour. */
const VEIL: Veil = [0.5, 0.3, 0.62];
const UID = 'p';

const MIST = '#f7f4ee';
const QUIET = '#c3cde0';
const SUN = '#f6b65a';

/** Of a title in few lines, and in as many as there is sky for. */
const TITLES = [
  { size: 60, leading: 70, linesMax: 2 },
  { size: 48, leading: 56, linesMax: 3 },
] as const;
const TITLE_TOP = 52;
const TITLE_WEIGHT: Weight = 800;
const TITLE_WIDTH = POSTER.width - 2 * MARGIN;
/** Longer ones are cut before they are measured: no title of three lines comes near it. */
const TITLE_CHARACTERS_MAX = 200;

/** A campaign's poster as an SVG document without any text element. */
export function poster(letters: Lettering, words: Words): string {
  const at = words.percent / 100;
  const seen = { top: TOP, height: POSTER.height / SCALE };
  const scene = [
    ...behind({ at, uid: UID, isWhole: true, seen, veil: VEIL }),
    ...lampsOf(words.lamps),
    ...before({ at, uid: UID }),
  ].map(markup);
  const foot = `<rect y="${899 - TOP}" width="${WIDTH}" height="400" fill="${SHORE_COLOUR}"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${POSTER.width}" height="${POSTER.height}">`,
    `<g transform="scale(${SCALE})"><g transform="translate(0 ${-TOP})">${scene.join('')}</g>${foot}</g>`,
    ...titleOf(letters, words.title),
    ...totalOf(letters, words),
    ...brandOf(letters),
    '</svg>',
  ].join('');
}

function titleOf(letters: Lettering, title: string): string[] {
  const text = [...title].slice(0, TITLE_CHARACTERS_MAX).join('');
  const set = ({ size, leading, linesMax }: (typeof TITLES)[number]) => ({
    size,
    leading,
    lines: letters.wrap(text, { size, weight: TITLE_WEIGHT, width: TITLE_WIDTH, linesMax }),
  });
  const [large, small] = TITLES;
  const inLarge = set(large);
  const { size, leading, lines } = inLarge.lines.at(-1)?.endsWith('…') ? set(small) : inLarge;
  return lines.map((line, i) =>
    write(letters, line, {
      x: MARGIN,
      y: TITLE_TOP + size * 0.72 + i * leading,
      size,
      weight: TITLE_WEIGHT,
      fill: MIST,
    }),
  );
}

function totalOf(letters: Lettering, { raised, goal, donors, percent }: Words): string[] {
  const base = POSTER.height - 38;
  const big = { size: 52, weight: 800 } as const;
  const small = { size: 25, weight: 500 } as const;
  const x = MARGIN + letters.widthOf(raised, big) + 22;
  return [
    write(letters, raised, { x: MARGIN, y: base, ...big, fill: SUN }),
    write(letters, `terkumpul dari ${goal} (${percent}%)`, { x, y: base - 26, ...small, fill: MIST }),
    write(letters, donors, { x, y: base + 6, ...small, fill: QUIET }),
  ];
}

/** The mark and the name, at the right of the foot. */
function brandOf(letters: Lettering): string[] {
  const name = { size: 31, weight: 800 } as const;
  const width = letters.widthOf('Sangkuriang', name);
  const x = POSTER.width - MARGIN - width;
  const y = POSTER.height - 38;
  return [
    `<g transform="translate(${x - 54} ${y - 33}) scale(1.36)">`,
    '<circle cx="18.5" cy="12" r="6.5" fill="#f2a541"/>',
    `<path d="M1 25C5.5 23.4 7.6 18.6 10.8 17.4c2.6-.7 4.9.1 7.1 0 2.3-.2 3.7-.3 5.2.2C26 18.8 27.2 23.2 31 25Z" fill="${MIST}"/>`,
    `<path d="M6 28.5h20" stroke="${MIST}" stroke-width="1.8" stroke-linecap="round"/></g>`,
    write(letters, 'Sangkuriang', { x, y, ...name, fill: MIST }),
  ];
}

const write = (
  letters: Lettering,
  text: string,
  { fill, ...at }: { x: number; y: number; size: number; weight: Weight; fill: string },
): string => `<path d="${letters.pathOf(text, at)}" fill="${fill}"/>`;

/** Spread over the whole shore, however few they are: the slots are taken in steps that are prime to their number. */
const lampsOf = (count: number): Shape[] =>
  Array.from({ length: count }, (_, i): Shape => {
    const { x, y } = lampPlace((i * 7 + 9) % LAMPS_MAX, { room: LAMPS_MAX, half: WIDTH / 2 - 40 });
    return {
      tag: 'g',
      attrs: { transform: `translate(${x} ${y})` },
      children: lamp({ uid: UID, y, amount: LAMP_RUPIAH }),
    };
  });

// Every value is a number or a constant of the drawing: there is nothing to escape.
function markup({ tag, attrs, opacity, lift, children = [] }: Shape): string {
  const all = {
    ...attrs,
    ...(opacity === undefined ? {} : { opacity }),
    ...(lift === undefined ? {} : { transform: `translate(0 ${lift})` }),
  };
  const written = Object.entries(all).map(([name, value]) => ` ${name}="${value}"`);
  return `<${tag}${written.join('')}>${children.map(markup).join('')}</${tag}>`;
}
