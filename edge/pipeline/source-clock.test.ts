import { describe, expect, it } from 'vitest';
import type { Reading } from '#edge/core/source.ts';
import { createSourceClock, type Placed } from './source-clock.ts';

const HOUR = 3_600_000;
const T0 = 1_780_000_000_000;

function setup(offsetMs = 0, keptBefore: readonly { id: number; reading: Reading }[] = []) {
  let now = T0;
  const timers: (() => void)[] = [];
  const released: Placed[] = [];
  const offsets: number[] = [];
  const kept: Reading[] = [];
  const sourceClock = createSourceClock({
    clock: {
      now: () => now,
      after: (_, call) => {
        timers.push(call);
        return () => void timers.splice(timers.indexOf(call), 1);
      },
    },
    offsetMs,
    changed: (offset) => offsets.push(offset),
    release: (placed) => released.push(...placed),
    keep: (readings) => readings.map((reading) => kept.push(reading)),
    keptBefore,
  });
  const reading = (t: number, received = now): Reading => ({
    signal: 'm.total',
    value: 1,
    quality: 'good',
    t,
    received,
  });
  /** A reading a second, `offset` from our time; the placed times, from T0. */
  const live = (offset: number, count = 1): number[] => {
    const seen: number[] = [];
    for (let n = 0; n < count; n += 1) {
      now += 1000;
      seen.push(...times(sourceClock.place([{ reading: reading(now + offset), live: true }])));
    }
    return seen;
  };
  const first = (t: number) => times(sourceClock.place([{ reading: reading(t), live: false }]));
  const later = (ms: number) => {
    now += ms;
  };
  return { sourceClock, live, first, released, offsets, kept, timers, later, reading };
}

const times = (placed: readonly Placed[]) => placed.map(({ reading }) => reading.t - T0);

describe("a source's clock", () => {
  it('that is off by less than two minutes is told and believed', () => {
    const { live, sourceClock, offsets } = setup();
    expect(live(90_000, 6)).toEqual([1, 2, 3, 4, 5, 6].map((s) => s * 1000 + 90_000));
    expect(sourceClock.trouble('plc')).toBe(
      'plc: its clock is 90 s ahead of ours; set it, or times and shifts will not match',
    );
    expect(offsets).toEqual([]);
  });

  it.each([
    ['ahead of', HOUR],
    ['behind', -HOUR],
  ])('that is an hour %s ours shifts the whole source, also what waited and what comes late', (which, offset) => {
    const { live, first, sourceClock, offsets, timers } = setup();
    expect(live(offset, 4)).toEqual([]);
    expect(timers).toHaveLength(1);
    expect(live(offset)).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(offsets).toEqual([offset]);
    expect(timers).toEqual([]);
    expect(live(offset)).toEqual([6000]);
    expect(first(T0 + offset - 60_000)).toEqual([-60_000]);
    expect(sourceClock.trouble('plc')).toBe(
      `plc: its clock is 3600 s ${which} ours; all its times are shifted by that until it is set right`,
    );
  });

  it('keeps what the source said', () => {
    const { sourceClock, reading } = setup(HOUR);
    const [placed] = sourceClock.place([{ reading: reading(T0 + HOUR), live: true }]);
    expect(placed).toMatchObject({ sourceTime: T0 + HOUR, reading: { t: T0 } });
  });

  it('goes on with the offset of the process before, and back to none when the clock was set', () => {
    const { live, offsets } = setup(HOUR);
    expect(live(HOUR, 2)).toEqual([1000, 2000]);
    expect(live(0, 8)).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((s) => s * 1000));
    expect(offsets).toEqual([0]);
  });

  it('is not taken for wrong because a queue empties', () => {
    const { live, sourceClock, offsets, later, reading, released } = setup();
    expect(live(0, 20)).toHaveLength(20);
    later(HOUR);
    // An hour of values in three seconds, each batch younger than the one before.
    let placed = 0;
    for (let n = 0; n < 3; n += 1) {
      later(1000);
      const batch = Array.from({ length: 100 }, (_, i) => ({
        reading: reading(T0 + 20_000 + n * 20 * 60_000 + i * 12_000),
        live: true,
      }));
      placed += sourceClock.place(batch).length;
    }
    placed += live(0, 10).length;
    expect(offsets).toEqual([]);
    expect(placed + released.length).toBe(310);
    expect(sourceClock.trouble('plc')).toBeNull();
  });

  it('that jumps puts nothing in the wrong hour', () => {
    const { live, offsets } = setup();
    expect(live(0, 20)).toHaveLength(20);
    expect(live(-HOUR, 12)).toEqual(Array.from({ length: 12 }, (_, n) => (n + 21) * 1000));
    expect(live(HOUR, 12)).toEqual(Array.from({ length: 12 }, (_, n) => (n + 33) * 1000));
    expect(offsets).toEqual([-HOUR, HOUR]);
  });

  it('does not hold back for ever what it cannot tell', () => {
    const { live, first, released, timers } = setup();
    expect(live(HOUR, 2)).toEqual([]);
    expect(first(T0 - 9 * HOUR)).toEqual([-9 * HOUR]);
    timers[0]?.();
    expect(times(released)).toEqual([1000 + HOUR, 2000 + HOUR]);
  });

  it('has what waits written down, and hands its numbers on with it', () => {
    const { live, kept, released, timers } = setup();
    expect(live(HOUR, 2)).toEqual([]);
    expect(kept.map(({ t }) => t - T0)).toEqual([HOUR + 1000, HOUR + 2000]);
    timers.shift()?.();
    expect(released.map((placed) => placed.kept)).toEqual([1, 2]);
    expect(live(0)).toEqual([3000]);
    expect(kept).toHaveLength(2);
  });

  it('goes on with what waited when the process before it ended, at its own time and as no first value', () => {
    const old: Reading = { signal: 'm.total', value: 5, quality: 'good', t: T0 - 5000 + HOUR, received: T0 - 5000 };
    const { live, sourceClock } = setup(0, [{ id: 7, reading: old }]);
    expect(live(HOUR, 3)).toEqual([]);
    const all: Placed[] = [];
    for (let n = 4; n <= 40 && all.length === 0; n += 1) {
      const reading = { ...old, t: T0 + n * 1000 + HOUR, received: T0 + n * 1000 };
      all.push(...sourceClock.place([{ reading, live: true }]));
    }
    expect(all[0]).toMatchObject({ kept: 7, sourceTime: old.t, reading: { t: T0 - 5000, recorded: true } });
  });
});
