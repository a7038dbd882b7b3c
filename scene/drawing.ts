import { hourOf, SUN_R, SUN_X, sunY } from './palette.ts';

/**
 * One element of the drawing. A page makes a node of it and a picture makes text; `opacity` and `lift` (down, in units
 * of the drawing) are apart, because a page lets them glide from one hour to the next.
 */
export type Shape = {
  tag: string;
  attrs: Record<string, string | number>;
  opacity?: number;
  lift?: number;
  children?: Shape[];
};

const shape = (tag: string, attrs: Shape['attrs'], more: Omit<Shape, 'tag' | 'attrs'> = {}): Shape => ({
  tag,
  attrs,
  ...more,
});

/** The drawing's own units. Whatever phones must see lies within x 490 to 1110 and below y 300. */
export const WIDTH = 1600;
export const HEIGHT = 900;
export const SHORE_Y = 706;
export const STRIP_TOP = 400;
export const STRIP_BOTTOM = 712;
/** What lies nearest to the eye is dark at every hour. */
export const SHORE_COLOUR = '#0a1128';

// Burangrang to the west, Tangkuban Parahu's long flat ridge in the middle, Bukit Tunggul to the east: the
// branches, the overturned boat and the stump of the legend, as they stand north of Bandung.
const BURANGRANG =
  'M0 712V640C58 626 92 600 138 584 168 573 186 540 214 522 224 515 232 520 240 528 252 540 262 536 274 546 296 564 322 590 362 606 420 628 500 648 620 660V712Z';
const TUNGGUL =
  'M980 712V668C1060 660 1150 640 1214 612 1262 590 1296 556 1340 544 1366 537 1392 542 1416 558 1460 588 1520 612 1600 624V712Z';
const RIDGE =
  'M150 712C300 700 404 676 486 640 540 616 578 578 624 562 652 552 690 553 724 554 748 555 760 561 784 560 812 559 830 549 862 548 896 547 930 547 956 551 990 557 1012 574 1046 596 1090 624 1140 650 1210 668 1290 688 1380 702 1460 712Z';
/** The wood on the far shore: a bank with some ninety pines of different height. */
const PINES = (() => {
  let path = 'M0 716V700';
  for (let i = 0; i < 92; i++) {
    const x = i * 17.4 + 4 * Math.sin(i * 5.3);
    const bank = 701 - 4 * Math.sin(i * 0.31);
    const height = 9 + 13 * Math.abs(Math.sin(i * 1.9) * Math.sin(i * 0.37 + 1));
    path += `L${x.toFixed(1)} ${bank.toFixed(1)}l4.5 ${(-height).toFixed(1)} 4.5 ${height.toFixed(1)}`;
  }
  return `${path}L1600 700V716Z`;
})();
const SHORE =
  'M0 900V812C120 800 220 806 330 818 420 828 470 842 560 846 660 851 730 850 810 858 900 866 990 868 1090 852 1180 838 1270 816 1380 808 1460 803 1540 808 1600 800V900Z';
const REEDS =
  'M1022 868Q1024 826 1016 792M1032 868Q1036 816 1044 780M1042 866Q1048 832 1062 806M1052 864Q1052 836 1046 818M340 826Q342 796 334 772M352 828Q358 792 368 770M362 830Q370 806 384 792';

// The boat on its stocks: every sixth of the goal lays another plank from the keel upward.
const PLANKS = [
  'M572 842Q646 862 724 838L730 830Q648 852 566 833Z',
  'M566 833Q648 852 730 830L737 820Q648 841 559 823Z',
  'M559 823Q648 841 737 820L745 810Q648 830 551 813Z',
  'M551 813Q648 830 745 810L753 799Q648 819 543 802Z',
  'M543 802Q648 819 753 799L762 787Q648 808 534 790Z',
  'M534 790Q648 808 762 787L775 770Q648 798 521 774Z',
];
const RIBS =
  'M560 838Q540 808 528 776M590 846Q574 812 566 784M622 850Q612 816 608 790M654 851Q650 818 650 792M686 847Q692 814 696 787M712 842Q730 808 742 779M572 842Q646 862 724 838M566 842L548 866M724 838L744 866M646 852V868';

/** A fixed sky: the same stars every night (multiplicative hash instead of chance). */
const STARS = Array.from({ length: 70 }, (_, i) => {
  const a = (i * 0.618034) % 1;
  const b = (i * 0.754877) % 1;
  return { x: a * WIDTH, y: 20 + b * b * 500, r: 0.8 + ((i * 7) % 5) * 0.28, faint: i % 3 };
});

/** A veil of night under words, as [opacity, full down to, gone at] of what is seen. */
export type Veil = readonly [opacity: number, full: number, gone: number];
export type View = {
  /** 0 to 1. */
  at: number;
  /** Put before every id, which are the whole document's. */
  uid: string;
  /** With stars, water and the boat; otherwise a low strip for cards. */
  isWhole: boolean;
  /** The part of the drawing that is seen; null where it is not known yet, and then without a veil. */
  seen: { top: number; height: number } | null;
  veil: Veil;
};

const gradient = (tag: string, attrs: Shape['attrs'], stops: [number, string, number?][]): Shape =>
  shape(tag, attrs, {
    children: stops.map(([offset, colour, opacity]) =>
      shape('stop', {
        offset,
        'stop-color': colour,
        ...(opacity === undefined ? {} : { 'stop-opacity': opacity }),
      }),
    ),
  });
const down = { x1: 0, y1: 0, x2: 0, y2: 1 };

/** Sky, sun, mountains, and the water in front of them: everything behind the lamps. */
export function behind({ at, uid, isWhole, seen, veil }: View): Shape[] {
  const hour = hourOf(at);
  const fill = (name: string): string => `url(#${uid}${name})`;
  const lift = sunY(at);
  return [
    shape(
      'defs',
      {},
      {
        children: [
          gradient('linearGradient', { id: `${uid}sky`, ...down, y1: isWhole ? 0 : 0.3 }, [
            [0, hour.top],
            [0.54, hour.high],
            [0.83, hour.mid],
            [1, hour.low],
          ]),
          gradient('linearGradient', { id: `${uid}water`, ...down }, [
            [0, hour.waterTop],
            [0.75, hour.waterLow],
          ]),
          gradient('linearGradient', { id: `${uid}mist`, ...down }, [
            [0, hour.low, 0],
            [1, hour.low, 0.75],
          ]),
          // Dawn comes from the east: the west keeps its night longest, and the words stand there.
          gradient('linearGradient', { id: `${uid}west` }, [
            [isWhole ? 0.1 : 0.24, hour.top, 0.74],
            [0.58, hour.top, 0],
          ]),
          gradient('linearGradient', { id: `${uid}veil`, ...down }, [
            [veil[1], '#080f26', veil[0]],
            [veil[2], '#080f26', 0],
          ]),
          gradient('linearGradient', { id: `${uid}reflection`, ...down }, [
            [0, '#f6b65a', 0.6],
            [1, '#f6b65a', 0],
          ]),
          gradient('radialGradient', { id: `${uid}halo` }, [
            [0, '#ffe9b8', 0.95],
            [0.25, '#fbc56b', 0.6],
            [1, '#f08a5d', 0],
          ]),
          gradient('radialGradient', { id: `${uid}lamp` }, [
            [0, '#fff3cf'],
            [0.2, '#f6b65a', 0.9],
            [1, '#f2a541', 0],
          ]),
        ],
      },
    ),
    shape('rect', { width: WIDTH, height: SHORE_Y + 6, fill: fill('sky') }),
    ...(isWhole ? stars(at) : []),
    shape(
      'ellipse',
      { cx: SUN_X, rx: 430, ry: 260, fill: fill('halo') },
      {
        lift,
        opacity: Math.min(0.85, at * 0.95),
      },
    ),
    // Between the halo and the sun: the sun itself is never dimmed.
    shape('rect', { y: seen?.top ?? 0, width: WIDTH, height: seen?.height ?? 0, fill: fill('veil') }),
    shape('circle', { cx: SUN_X, r: SUN_R, fill: '#fff0c2' }, { lift }),
    shape('path', { d: BURANGRANG, fill: hour.far }),
    shape('path', { d: TUNGGUL, fill: hour.far }),
    shape('rect', { width: WIDTH, height: SHORE_Y + 6, fill: fill('west') }),
    shape('rect', { y: 590, width: WIDTH, height: 122, fill: fill('mist'), opacity: 0.5 }),
    shape('path', { d: RIDGE, fill: hour.ridge }),
    shape('rect', { y: 632, width: WIDTH, height: 80, fill: fill('mist') }, { opacity: 0.12 + at * 0.4 }),
    shape('path', { d: PINES, fill: hour.near }),
    ...(isWhole ? water(at, fill('water')) : []),
  ];
}

const stars = (at: number): Shape[] => [
  ...[0, 1, 2].map((faint) =>
    shape(
      'g',
      { fill: '#f7f4ee' },
      {
        opacity: Math.max(0, 0.9 - at * (1.15 + faint * 0.5)),
        children: STARS.filter((star) => star.faint === faint).map(({ x, y, r }) =>
          shape('circle', { cx: x, cy: y, r }),
        ),
      },
    ),
  ),
  shape('circle', { cx: 1072, cy: 462, r: 3.4, fill: '#fff3cf' }, { opacity: 1 - at ** 6 }),
];

const water = (at: number, fill: string): Shape[] => [
  shape('rect', { y: 712, width: WIDTH, height: 188, fill }),
  shape(
    'g',
    { fill: '#ffe3a6' },
    {
      opacity: Math.max(0, at * 1.15 - 0.25),
      children: [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
        shape('rect', {
          x: SUN_X - 34 - i * 9 + (i % 2) * 16,
          y: 720 + i * 14,
          width: 68 + i * 15,
          height: 2.4 + i * 0.5,
          rx: 2,
          opacity: 0.85 - i * 0.085,
        }),
      ),
    },
  ),
];

/** Where the lamp of a slot stands, of `room` slots between `half` to the left and to the right of the middle. */
export function lampPlace(slot: number, { room, half }: { room: number; half: number }) {
  const even = (slot + 0.5 + 0.42 * Math.sin(slot * 12.9)) / room;
  return { x: WIDTH / 2 + (even * 2 - 1) * half, y: SHORE_Y - 3 + Math.sin(slot * 4.1) * 5 };
}

/** A lamp of a gift of this many rupiah, around its own place. */
export function lamp({ uid, y, amount }: { uid: string; y: number; amount: number }): Shape[] {
  const r = 11 + Math.min(18, Math.log10(Math.max(1, amount / 1000)) * 6);
  return [
    shape('rect', { x: -2.5, y: SHORE_Y + 8 - y, width: 5, height: 34 + r, fill: `url(#${uid}reflection)` }),
    shape('circle', { r, fill: `url(#${uid}lamp)` }),
    shape('circle', { r: 3.2, fill: '#fff3cf' }),
  ];
}

/** The near shore and the boat on it: everything before the lamps. Only of the whole drawing. */
export const before = ({ at, uid }: Pick<View, 'at' | 'uid'>): Shape[] => [
  shape('path', { d: SHORE, fill: SHORE_COLOUR }),
  shape('path', {
    d: REEDS,
    fill: 'none',
    stroke: SHORE_COLOUR,
    'stroke-width': 3.5,
    'stroke-linecap': 'round',
  }),
  shape(
    'g',
    { transform: 'translate(-172 -262) scale(1.32)' },
    {
      children: [
        shape('circle', { cx: 800, cy: 808, r: 46, fill: `url(#${uid}lamp)`, opacity: 0.5 }),
        shape(
          'g',
          { fill: 'none', stroke: '#2a1d24', 'stroke-width': 5, 'stroke-linecap': 'round' },
          {
            children: [shape('path', { d: RIBS }), shape('path', { d: 'M800 858V808', 'stroke-width': 2.5 })],
          },
        ),
        shape('circle', { cx: 800, cy: 808, r: 3.4, fill: '#fff3cf' }),
        shape(
          'g',
          { fill: '#6b4130', stroke: '#2a1d24', 'stroke-width': 1.6 },
          {
            children: PLANKS.map((d, i) =>
              shape('path', { d }, { opacity: at * 6 >= i + 1 || at >= 1 ? 1 : 0 }),
            ),
          },
        ),
      ],
    },
  ),
];
