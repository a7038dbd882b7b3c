import { type ComponentChild, h } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import '../styles/scene.css';
import {
  before,
  behind,
  HEIGHT,
  lamp,
  lampPlace,
  SHORE_Y,
  type Shape,
  STRIP_BOTTOM,
  STRIP_TOP,
  WIDTH,
} from '../../../scene/drawing.ts';

/** Veils of night under the words: text keeps 4.5:1 at 100 %. */
const VEILS = { hero: [0.4, 0.42, 0.64], head: [0.74, 0.45, 1], strip: [0.3, 0.3, 0.8] } as const;

/** Lamps on the shore: more would be a line of light instead of people. */
export const LAMPS_MAX = 24;
const LAMP_ROOM_PX = 24;
export type Lamp = { id: string; amount: number };

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

/** A part of the drawing as a node that glides to its next hour. */
function nodeOf({ tag, attrs, opacity, lift, children = [] }: Shape, key: number): ComponentChild {
  const style = {
    ...(opacity === undefined ? {} : { opacity }),
    ...(lift === undefined ? {} : { transform: `translateY(${lift}px)` }),
  };
  const names = [...(opacity === undefined ? [] : ['shade']), ...(lift === undefined ? [] : ['sun'])];
  return h(
    tag,
    { key, ...attrs, ...(names.length > 0 ? { class: names.join(' '), style } : {}) },
    children.map(nodeOf),
  );
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
  const [top, bottom] = hero ? [0, HEIGHT] : [STRIP_TOP, STRIP_BOTTOM];
  const scale = size ? Math.max(size.width / WIDTH, size.height / (bottom - top)) : 1;
  const seen = size ? { top: bottom - size.height / scale, height: size.height / scale } : null;
  // A phone sees the middle of the drawing: the lamps keep to what is in view.
  const half = size ? Math.min(WIDTH / 2, size.width / scale / 2) - 28 : 0;
  // Nearer together than this, lamps melt into a line.
  const room = size ? Math.min(LAMPS_MAX, Math.floor(size.width / LAMP_ROOM_PX)) : 0;
  const slots = slotsFor(lamps, held.current, room);
  held.current = slots;
  const lampAt = (slot: number) => lampPlace(slot, { room, half });

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
        {behind({ at, uid, isWhole: hero, seen, veil: VEILS[variant] }).map(nodeOf)}
        {hero && (
          <>
            {size &&
              [...slots].map(([id, slot]) => {
                const { x, y } = lampAt(slot);
                const amount = lamps.find((gift) => gift.id === id)?.amount ?? 0;
                return (
                  <g key={id} class="lamp" transform={`translate(${x} ${y})`}>
                    {lamp({ uid, y, amount }).map(nodeOf)}
                  </g>
                );
              })}
            {size && glow && (
              <g key={glow.key} class="glow" transform={`translate(${glowAt.x} ${glowAt.y})`}>
                <circle r={glow.id ? 74 : 190} fill={`url(#${uid}lamp)`} />
              </g>
            )}
            {before({ at, uid }).map(nodeOf)}
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
