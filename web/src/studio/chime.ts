/** [pitch in Hz, seconds after the first]: a gift is two notes that rise, a milestone four. */
type Tune = readonly (readonly [pitch: number, at: number])[];
export const TUNES = {
  gift: [
    [659.3, 0],
    [987.8, 0.13],
  ],
  milestone: [
    [523.3, 0],
    [659.3, 0.14],
    [784, 0.28],
    [1046.5, 0.42],
  ],
} as const satisfies Record<string, Tune>;

const LOUDNESS = 0.2;
const NOTE_S = 0.9;

export type Chime = {
  /** False until a person has touched the page: a browser lets none sound before. */
  isAwake(): boolean;
  /** To be called while a person does something. */
  wake(): Promise<void>;
  play(tune: keyof typeof TUNES): void;
  close(): void;
};

/** A bell of the page's own, without a file to load. Where a browser has no sound, nothing sounds and nothing breaks. */
export function chime(): Chime {
  let context: AudioContext | null = null;

  function strike(out: AudioContext, pitch: number, at: number): void {
    const note = out.createOscillator();
    const volume = out.createGain();
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S);
    note.connect(volume).connect(out.destination);
    note.start(at);
    note.stop(at + NOTE_S);
  }

  return {
    isAwake: () => context?.state === 'running',
    async wake() {
      if (typeof AudioContext === 'undefined') return;
      context ??= new AudioContext();
      await context.resume();
    },
    play(tune) {
      if (context?.state !== 'running') return;
      for (const [pitch, after] of TUNES[tune]) strike(context, pitch, context.currentTime + after);
    },
    close() {
      void context?.close();
      context = null;
    },
  };
}
