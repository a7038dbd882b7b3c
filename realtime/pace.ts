import {
  FRAME_MS,
  FRAMES_AT_ONCE,
  PUBLIC_BYTES_BURST,
  PUBLIC_BYTES_PER_S,
  PUBLIC_BYTES_RESERVE,
  WHOLE_EVENTS_BURST,
  WHOLE_EVENTS_PER_S,
} from './limits.ts';

/**
 * When the next frame of one feed may leave, and how much of what happened it may carry: so many frames, events and
 * bytes in a second, each with a burst. All times are handed in, in milliseconds of a clock that only goes forward.
 */
export class Pace {
  /** When all frames so far would have left, had they come one by one at their distance. */
  #paidAt = 0;
  #events = WHOLE_EVENTS_BURST;
  /** Below 0 after something that had to be said was larger than what was left. */
  #bytes = PUBLIC_BYTES_BURST;
  #filledAt = 0;

  /** Milliseconds until the next frame may leave; 0 is now. */
  wait(now: number): number {
    this.#fill(now);
    const forFrame = this.#paidAt - (FRAMES_AT_ONCE - 1) * FRAME_MS - now;
    const forBytes = (-this.#bytes * 1_000) / PUBLIC_BYTES_PER_S;
    return Math.max(0, Math.ceil(forFrame), Math.ceil(forBytes));
  }

  /** True if this many events in this many bytes are within what is sent unthinned. */
  allows(now: number, events: number, bytes: number): boolean {
    this.#fill(now);
    return events <= this.#events && bytes <= this.#bytes;
  }

  /** True if a state of this many bytes leaves enough for the frames after it; a giant waits for a full purse. */
  allowsState(now: number, bytes: number): boolean {
    this.#fill(now);
    return this.#bytes >= Math.min(bytes + PUBLIC_BYTES_RESERVE, PUBLIC_BYTES_BURST - PUBLIC_BYTES_RESERVE);
  }

  /** A frame has left for `events` that happened, and the next one should leave `distanceMs` later. */
  left(
    now: number,
    { events, bytes, distanceMs }: { events: number; bytes: number; distanceMs: number },
  ): void {
    this.#fill(now);
    this.#paidAt = Math.max(now, this.#paidAt) + distanceMs;
    this.#events = Math.max(0, this.#events - events);
    this.#bytes -= bytes;
  }

  #fill(now: number): void {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#filledAt = now;
    this.#events = Math.min(WHOLE_EVENTS_BURST, this.#events + seconds * WHOLE_EVENTS_PER_S);
    this.#bytes = Math.min(PUBLIC_BYTES_BURST, this.#bytes + seconds * PUBLIC_BYTES_PER_S);
  }
}
