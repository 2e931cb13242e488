import { describe, expect, it } from 'vitest';
import { boxOf, ribbonPaths, stretches } from './ribbon.ts';

const T = Date.parse('2026-06-01T06:00:00Z');
const MIN = 60_000;
const iso = (minute: number): string => new Date(T + minute * MIN).toISOString();
const window = { from: T, to: T + 100 * MIN, asOf: T + 50 * MIN, now: T + 50 * MIN };

describe('stretches', () => {
  it('order the segments, end the open one now and cut what lies outside', () => {
    const found = stretches(
      {
        [iso(20)]: { end: null, look: 'down', reason: 'Jam' },
        [iso(-30)]: { end: iso(10), look: 'run', reason: null },
        [iso(10)]: { end: iso(20), look: 'idle', reason: null },
        [iso(-60)]: { end: iso(-30), look: 'idle', reason: null },
      },
      window,
    );
    expect(found.map(({ start, end, look }) => [(start - T) / MIN, (end - T) / MIN, look])).toEqual([
      [0, 10, 'run'],
      [10, 20, 'idle'],
      [20, 50, 'down'],
    ]);
  });
  it('go on as unknown where the data is older than now: an old bar never grows', () => {
    const found = stretches({ [iso(0)]: { end: null, look: 'run', reason: null } }, { ...window, now: T + 60 * MIN });
    expect(found.map(({ end, look }) => [(end - T) / MIN, look])).toEqual([
      [50, 'run'],
      [60, 'unknown'],
    ]);
  });
});

describe('a box', () => {
  const frame = { width: 1000, height: 50, from: T, to: T + 100 * MIN, minTick: 3 };
  const box = (look: 'run' | 'idle' | 'minor' | 'down', from: number, to: number) =>
    boxOf({ start: T + from * MIN, end: T + to * MIN, look, reason: null }, frame);
  it('gets taller as the state gets worse', () => {
    const heights = (['run', 'idle', 'minor', 'down'] as const).map((look) => box(look, 0, 10).height);
    expect(heights.map((height) => Math.round(height))).toEqual([14, 25, 36, 50]);
    expect(box('run', 0, 10).y).toBeCloseTo(18);
    expect(box('run', 0, 10).width).toBe(100);
  });
  it('keeps a short minor stop visible, also at the edges', () => {
    expect(box('minor', 50, 50.1)).toMatchObject({ width: 3, x: 499 });
    expect(box('minor', 99.9, 100).x).toBe(997);
    expect(box('minor', 0, 0.1).x).toBe(0);
    expect(box('run', 50, 50.1).width).toBeCloseTo(1);
  });
});

it('draws one path for each look, the loud ones last', () => {
  const frame = { width: 100, height: 20, from: T, to: T + 100 * MIN, minTick: 2 };
  const found = (['down', 'run', 'minor', 'unknown', 'plan', 'down'] as const).map((look, i) => ({
    start: T + i * 10 * MIN,
    end: T + (i + 1) * 10 * MIN,
    look,
    reason: null,
  }));
  const paths = ribbonPaths(found, frame);
  expect(paths.map((path) => path.look)).toEqual(['plan', 'unknown', 'run', 'minor', 'down']);
  expect(paths.at(-1)?.d).toBe('M0 0h10v20h-10ZM50 0h10v20h-10Z');
  expect(paths[1]?.d).toBe('M30 10H40');
});
