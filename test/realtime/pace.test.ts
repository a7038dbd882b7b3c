import { expect } from 'chai';
import fc from 'fast-check';
import {
  FRAME_MS,
  FRAMES_AT_ONCE,
  PUBLIC_BYTES_BURST,
  PUBLIC_BYTES_PER_S,
  WHOLE_EVENTS_PER_S,
} from '../../realtime/limits.ts';
import { Pace } from '../../realtime/pace.ts';

describe('The pace of a feed', () => {
  it('keeps whatever is said within the bytes of a second and their burst, but for one frame', () => {
    const frames = fc.array(
      fc.record({ afterMs: fc.nat(400), bytes: fc.integer({ min: 200, max: 60_000 }) }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(frames, (all) => {
        const pace = new Pace();
        let now = 1_000;
        let said = 0;
        for (const { afterMs, bytes } of all) {
          now += afterMs;
          if (pace.wait(now) > 0) continue;
          expect(said).to.be.at.most(PUBLIC_BYTES_BURST + ((now - 1_000) * PUBLIC_BYTES_PER_S) / 1_000 + 1);
          said += bytes;
          pace.left(now, { events: 1, bytes, distanceMs: FRAME_MS });
        }
      }),
    );
  });

  it('lets events that come now and then leave at once, and gathers those of a crowd', () => {
    const pace = new Pace();
    const waits: number[] = [];
    let now = 1_000;
    for (let i = 0; i < 200; i++) {
      // Five a second, three of them together.
      now += [40, 40, 520, 200, 200][i % 5] ?? 0;
      waits.push(pace.wait(now));
      pace.left(now, { events: 1, bytes: 400, distanceMs: FRAME_MS });
    }
    expect(Math.max(...waits)).to.equal(0);

    let frames = 0;
    for (const until = now + 10_000; now < until; now += 10) {
      if (pace.wait(now) > 0) continue;
      frames++;
      pace.left(now, { events: 1, bytes: 400, distanceMs: FRAME_MS });
    }
    expect(frames).to.be.within(10_000 / FRAME_MS, 10_000 / FRAME_MS + FRAMES_AT_ONCE);
  });

  it('allows a hundred events in every second for as long as one likes, and not five hundred', () => {
    for (const [perSecond, isAllowed] of [
      [100, true],
      [500, false],
    ] as const) {
      expect(WHOLE_EVENTS_PER_S).to.be.greaterThan(100);
      const pace = new Pace();
      let thinned = 0;
      for (let now = 1_000; now < 60_000; now += FRAME_MS) {
        const events = (perSecond * FRAME_MS) / 1_000;
        if (!pace.allows(now, events, events * 250)) thinned++;
        pace.left(now, { events, bytes: 2_500, distanceMs: FRAME_MS });
      }
      if (isAllowed) expect(thinned).to.equal(0);
      else expect(thinned).to.be.greaterThan(500);
    }
  });
});
