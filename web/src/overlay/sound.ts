/** Three notes of bamboo, as an angklung shakes them: made here, so that nothing has to be fetched while a stream runs. */
const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.16;
const SHAKES_HZ = 11;
const LOUD = 0.22;

let context: AudioContext | null = null;

/** Plays nothing, and says nothing, where the browser allows no sound before somebody has clicked. */
export function ring(): void {
  try {
    context ??= new AudioContext();
    const now = context;
    if (now.state === 'suspended') void now.resume().catch(() => undefined);
    for (const [nth, hz] of NOTES_HZ.entries()) shake(now, hz, now.currentTime + 0.02 + nth * NOTE_S);
  } catch {
    // A stream without sound is better than none.
  }
}

function shake(audio: AudioContext, hz: number, at: number): void {
  const loud = audio.createGain();
  loud.gain.setValueAtTime(0, at);
  loud.gain.linearRampToValueAtTime(LOUD, at + 0.015);
  loud.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
  loud.connect(audio.destination);
  // Bamboo against bamboo: the same note comes and goes some ten times a second.
  const tremble = audio.createGain();
  tremble.gain.value = 0.7;
  const rate = audio.createOscillator();
  rate.frequency.value = SHAKES_HZ;
  const depth = audio.createGain();
  depth.gain.value = 0.3;
  rate.connect(depth).connect(tremble.gain);
  tremble.connect(loud);
  for (const [octave, share] of [
    [1, 0.7],
    [2, 0.3],
  ] as const) {
    const tone = audio.createOscillator();
    tone.type = 'triangle';
    tone.frequency.value = hz * octave;
    const part = audio.createGain();
    part.gain.value = share;
    tone.connect(part).connect(tremble);
    tone.start(at);
    tone.stop(at + 1);
  }
  rate.start(at);
  rate.stop(at + 1);
}
