/** Colours of one hour of the scene, from deep night to the sun on the ridge. */
export type Hour = {
  top: string;
  high: string;
  mid: string;
  low: string;
  far: string;
  ridge: string;
  near: string;
  waterTop: string;
  waterLow: string;
};

// Sampled by eye from dawns over Lembang. The upper sky stays dark enough at every hour for mist-coloured
// text on it (4.5:1 and more), because the title and the total stand there.
const HOURS: [share: number, hour: Hour][] = [
  [
    0,
    {
      top: '#080f26',
      high: '#0e1834',
      mid: '#15234a',
      low: '#24365f',
      far: '#15244a',
      ridge: '#0d1734',
      near: '#0a122b',
      waterTop: '#1a2b52',
      waterLow: '#0b1430',
    },
  ],
  [
    0.3,
    {
      top: '#0b1533',
      high: '#152148',
      mid: '#2a2f60',
      low: '#5a4878',
      far: '#2a2c5c',
      ridge: '#131c41',
      near: '#0d1632',
      waterTop: '#473f70',
      waterLow: '#101a3b',
    },
  ],
  [
    0.55,
    {
      top: '#10204a',
      high: '#22305f',
      mid: '#57487a',
      low: '#c46f63',
      far: '#54426c',
      ridge: '#1f2148',
      near: '#121a3b',
      waterTop: '#a6646c',
      waterLow: '#1b2750',
    },
  ],
  [
    0.8,
    {
      top: '#183060',
      high: '#354876',
      mid: '#9a6580',
      low: '#f0935f',
      far: '#8a5a70',
      ridge: '#2c294f',
      near: '#191f43',
      waterTop: '#e39268',
      waterLow: '#2c3b69',
    },
  ],
  [
    1,
    {
      top: '#1b3768',
      high: '#3a5484',
      mid: '#b3747f',
      low: '#fbcf7d',
      far: '#b27e78',
      ridge: '#3a3157',
      near: '#20264c',
      waterTop: '#f8cd88',
      waterLow: '#43588a',
    },
  ],
];

const channels = (hex: string): [number, number, number] => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];

function mix(a: string, b: string, share: number): string {
  const from = channels(a);
  const to = channels(b);
  const hex = from.map((value, i) =>
    Math.round(value + ((to[i] ?? value) - value) * share)
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${hex.join('')}`;
}

/** The colours at `progress`, 0 (night) to 1 (the goal is reached); beyond 1 it stays day. */
export function hourOf(progress: number): Hour {
  const at = Math.min(1, Math.max(0, progress));
  for (let i = 1; i < HOURS.length; i++) {
    const before = HOURS[i - 1];
    const after = HOURS[i];
    if (!before || !after || at > after[0]) continue;
    const share = (at - before[0]) / (after[0] - before[0]);
    const mixed = {} as Hour;
    for (const layer of Object.keys(after[1]) as (keyof Hour)[]) {
      mixed[layer] = mix(before[1][layer], after[1][layer], share);
    }
    return mixed;
  }
  return (HOURS[0] as [number, Hour])[1];
}

/** Where the sun's centre stands (scene units): its rim first shows over the ridge a little past half way. */
export const sunY = (progress: number): number => 502 + 165 * (1 - Math.min(1, Math.max(0, progress)));
export const SUN_X = 930;
export const SUN_R = 46;
