import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import '../styles/scene.css';
import { hourOf, SUN_R, SUN_X, sunY } from './palette.ts';

/** The drawing's own units. Whatever phones must see lies within x 490 to 1110 and below y 300. */
const WIDTH = 1600;
const HEIGHT = 900;
const SHORE_Y = 706;
const STRIP_TOP = 400;
const STRIP_BOTTOM = 712;

/** Veils of night under the words, as [opacity, full down to, gone at] of what is seen: text keeps 4.5:1 at 100 %. */
const VEILS = { hero: [0.4, 0.42, 0.64], head: [0.74, 0.45, 1], strip: [0.3, 0.3, 0.8] } as const;

/** Lamps on the shore: more would be a line of light instead of people. */
export const LAMPS_MAX = 24;
const LAMP_ROOM_PX = 24;
export type Lamp = { id: string; amount: number };

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

/** Spreads 32 bits of an id over 0..1, so that a gift keeps its place on the shore on every screen. */
function placeOf(id: string): number {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

/** Where a lamp stands: a lamp that burns keeps its slot while others come and go. */
function slotsFor(lamps: readonly Lamp[], held: Map<string, number>, room: number): Map<string, number> {
  const shown = lamps.slice(0, room);
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const { id } of shown) {
    const slot = held.get(id);
    if (slot === undefined || slot >= room) continue;
    slots.set(id, slot);
    taken.add(slot);
  }
  for (const { id } of shown) {
    if (slots.has(id)) continue;
    let slot = Math.floor(placeOf(id) * room);
    while (taken.has(slot)) slot = (slot + 1) % room;
    slots.set(id, slot);
    taken.add(slot);
  }
  return slots;
}

export type Glow = { id: string | null; label: string; key: number };

type Props = {
  /** Share of the goal that was raised; above 1 is drawn as 1. */
  progress: number;
  /** The latest gifts, newest first; each lights a lamp on the far shore. */
  lamps?: readonly Lamp[];
  /** A gift (or several at once, then without an id) that has just arrived. */
  glow?: Glow | null;
  /** `strip` is the low form, for cards with words at the left; `head` the same for words along the top. */
  variant?: 'hero' | 'strip' | 'head';
};

/**
 * The night that turns to dawn over Tangkuban Parahu, drawn from one number. Decoration: what it shows must
 * also stand on the page as text.
 */
export function Scene({ progress, lamps = [], glow = null, variant = 'hero' }: Props) {
  const uid = useId();
  const box = useRef<HTMLDivElement>(null);
  const held = useRef(new Map<string, number>());
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const hero = variant === 'hero';

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const at = Math.min(1, Math.max(0, progress));
  const hour = hourOf(at);
  const veil = VEILS[variant];
  const cy = sunY(at);
  const [top, bottom] = hero ? [0, HEIGHT] : [STRIP_TOP, STRIP_BOTTOM];
  const scale = size ? Math.max(size.width / WIDTH, size.height / (bottom - top)) : 1;
  const seen = size ? { top: bottom - size.height / scale, height: size.height / scale } : null;
  // A phone sees the middle of the drawing: the lamps keep to what is in view.
  const half = size ? Math.min(WIDTH / 2, size.width / scale / 2) - 28 : 0;
  // Nearer together than this, lamps melt into a line.
  const room = size ? Math.min(LAMPS_MAX, Math.floor(size.width / LAMP_ROOM_PX)) : 0;
  const slots = slotsFor(lamps, held.current, room);
  held.current = slots;
  const lampAt = (slot: number) => {
    const even = (slot + 0.5 + 0.42 * Math.sin(slot * 12.9)) / room;
    return { x: WIDTH / 2 + (even * 2 - 1) * half, y: SHORE_Y - 3 + Math.sin(slot * 4.1) * 5 };
  };

  const glowSlot = glow?.id ? slots.get(glow.id) : undefined;
  const glowAt = glowSlot === undefined ? { x: WIDTH / 2, y: SHORE_Y } : lampAt(glowSlot);

  return (
    <div class={`scene scene-${variant}`} aria-hidden="true" ref={box}>
      <svg
        viewBox={`0 ${top} ${WIDTH} ${bottom - top}`}
        preserveAspectRatio="xMidYMax slice"
        aria-hidden="true"
        focusable="false"
      >
        <defs>
          <linearGradient id={`${uid}sky`} x1="0" y1={hero ? 0 : 0.3} x2="0" y2="1">
            <stop offset="0" stop-color={hour.top} />
            <stop offset=".54" stop-color={hour.high} />
            <stop offset=".83" stop-color={hour.mid} />
            <stop offset="1" stop-color={hour.low} />
          </linearGradient>
          <linearGradient id={`${uid}water`} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stop-color={hour.waterTop} />
            <stop offset=".75" stop-color={hour.waterLow} />
          </linearGradient>
          <linearGradient id={`${uid}mist`} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stop-color={hour.low} stop-opacity="0" />
            <stop offset="1" stop-color={hour.low} stop-opacity=".75" />
          </linearGradient>
          {/* Dawn comes from the east: the west keeps its night longest, and the words stand there. */}
          <linearGradient id={`${uid}west`}>
            <stop offset={hero ? 0.1 : 0.24} stop-color={hour.top} stop-opacity=".74" />
            <stop offset=".58" stop-color={hour.top} stop-opacity="0" />
          </linearGradient>
          <linearGradient id={`${uid}veil`} x1="0" y1="0" x2="0" y2="1">
            <stop offset={veil[1]} stop-color="#080f26" stop-opacity={veil[0]} />
            <stop offset={veil[2]} stop-color="#080f26" stop-opacity="0" />
          </linearGradient>
          <linearGradient id={`${uid}reflection`} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stop-color="#f6b65a" stop-opacity=".6" />
            <stop offset="1" stop-color="#f6b65a" stop-opacity="0" />
          </linearGradient>
          <radialGradient id={`${uid}halo`}>
            <stop offset="0" stop-color="#ffe9b8" stop-opacity=".95" />
            <stop offset=".25" stop-color="#fbc56b" stop-opacity=".6" />
            <stop offset="1" stop-color="#f08a5d" stop-opacity="0" />
          </radialGradient>
          <radialGradient id={`${uid}lamp`}>
            <stop offset="0" stop-color="#fff3cf" />
            <stop offset=".2" stop-color="#f6b65a" stop-opacity=".9" />
            <stop offset="1" stop-color="#f2a541" stop-opacity="0" />
          </radialGradient>
        </defs>

        <rect width={WIDTH} height={SHORE_Y + 6} fill={`url(#${uid}sky)`} />
        {hero &&
          [0, 1, 2].map((faint) => (
            <g
              key={faint}
              fill="#f7f4ee"
              class="shade"
              style={{ opacity: Math.max(0, 0.9 - at * (1.15 + faint * 0.5)) }}
            >
              {STARS.filter((star) => star.faint === faint).map((star) => (
                <circle key={star.x} cx={star.x} cy={star.y} r={star.r} />
              ))}
            </g>
          ))}
        {hero && (
          <circle cx="1072" cy="462" r="3.4" fill="#fff3cf" class="shade" style={{ opacity: 1 - at ** 6 }} />
        )}

        <g class="sun" style={{ transform: `translateY(${cy}px)` }}>
          <ellipse
            cx={SUN_X}
            rx="430"
            ry="260"
            fill={`url(#${uid}halo)`}
            class="shade"
            style={{ opacity: Math.min(0.85, at * 0.95) }}
          />
        </g>
        {/* Between the halo and the sun: the sun itself is never dimmed. */}
        {seen && <rect y={seen.top} width={WIDTH} height={seen.height} fill={`url(#${uid}veil)`} />}
        <circle
          class="sun"
          cx={SUN_X}
          r={SUN_R}
          fill="#fff0c2"
          style={{ transform: `translateY(${cy}px)` }}
        />

        <path d={BURANGRANG} fill={hour.far} />
        <path d={TUNGGUL} fill={hour.far} />
        <rect width={WIDTH} height={SHORE_Y + 6} fill={`url(#${uid}west)`} />
        <rect y="590" width={WIDTH} height="122" fill={`url(#${uid}mist)`} opacity=".5" />
        <path d={RIDGE} fill={hour.ridge} />
        <rect
          y="632"
          width={WIDTH}
          height="80"
          fill={`url(#${uid}mist)`}
          class="shade"
          style={{ opacity: 0.12 + at * 0.4 }}
        />
        <path d={PINES} fill={hour.near} />

        {hero && (
          <>
            <rect y="712" width={WIDTH} height="188" fill={`url(#${uid}water)`} />
            <g fill="#ffe3a6" class="shade" style={{ opacity: Math.max(0, at * 1.15 - 0.25) }}>
              {[0, 1, 2, 3, 4, 5, 6, 7].map((i) => (
                <rect
                  key={i}
                  x={SUN_X - 34 - i * 9 + (i % 2) * 16}
                  y={720 + i * 14}
                  width={68 + i * 15}
                  height={2.4 + i * 0.5}
                  rx="2"
                  opacity={0.85 - i * 0.085}
                />
              ))}
            </g>
            {size &&
              [...slots].map(([id, slot]) => {
                const { x, y } = lampAt(slot);
                const amount = lamps.find((lamp) => lamp.id === id)?.amount ?? 0;
                const r = 11 + Math.min(18, Math.log10(Math.max(1, amount / 1000)) * 6);
                return (
                  <g key={id} class="lamp" transform={`translate(${x} ${y})`}>
                    <rect
                      x="-2.5"
                      y={SHORE_Y + 8 - y}
                      width="5"
                      height={34 + r}
                      fill={`url(#${uid}reflection)`}
                    />
                    <circle r={r} fill={`url(#${uid}lamp)`} />
                    <circle r="3.2" fill="#fff3cf" />
                  </g>
                );
              })}
            {size && glow && (
              <g key={glow.key} class="glow" transform={`translate(${glowAt.x} ${glowAt.y})`}>
                <circle r={glow.id ? 74 : 190} fill={`url(#${uid}lamp)`} />
              </g>
            )}
            <path d={SHORE} fill="#0a1128" />
            <path d={REEDS} fill="none" stroke="#0a1128" stroke-width="3.5" stroke-linecap="round" />
            <g transform="translate(-172 -262) scale(1.32)">
              <circle cx="800" cy="808" r="46" fill={`url(#${uid}lamp)`} opacity=".5" />
              <g fill="none" stroke="#2a1d24" stroke-width="5" stroke-linecap="round">
                <path d={RIBS} />
                <path d="M800 858V808" stroke-width="2.5" />
              </g>
              <circle cx="800" cy="808" r="3.4" fill="#fff3cf" />
              <g fill="#6b4130" stroke="#2a1d24" stroke-width="1.6">
                {PLANKS.map((plank, i) => (
                  <path
                    key={plank}
                    d={plank}
                    class="shade"
                    style={{ opacity: at * 6 >= i + 1 || at >= 1 ? 1 : 0 }}
                  />
                ))}
              </g>
            </g>
          </>
        )}
      </svg>
      {hero && size && glow && (
        <span
          key={glow.key}
          class="glow-label"
          style={{
            // Never nearer to an edge than half a label, however far out the lamp stands.
            left: `clamp(9.25rem, ${size.width / 2 + (glowAt.x - WIDTH / 2) * scale}px, calc(100% - 9.25rem))`,
            top: `${size.height - (HEIGHT - glowAt.y) * scale - 26}px`,
          }}
        >
          {glow.label}
        </span>
      )}
    </div>
  );
}
