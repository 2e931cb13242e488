import { describe, expect, it } from 'vitest';
import { shiftOn } from '../time/calendar.ts';
import { MINUTE } from '../time/instant.ts';
import { always, EARLY, factsOf, machine, makePlant, product, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { projectedCount, sumCurves, targetAtEnd, targetCount, targetCurve } from './target.ts';

const START = Date.UTC(2026, 5, 1, 6);
const END = START + 8 * 60 * MINUTE;
const minute = (n: number) => START + n * MINUTE;
const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '10:00', minutes: 30 }] }] };
const plantWith = (targetOee: number | null) =>
  makePlant({
    calendar,
    machines: [machine('m1', { targetOee: targetOee === null ? null : always(targetOee), idealCycleSeconds: null })],
    products: [product('A', 2), product('B', 4)],
  });
const shift = shiftOn(always(calendar), 'UTC', 'early', '2026-06-01')!;

function given(stages: readonly Stage[], now: number, targetOee: number | null = 0.5) {
  const plant = plantWith(targetOee);
  const facts = factsOf('m1', stages, now, true);
  const spans = judge({ plant, machine: 'm1', ...facts, entries: [], from: START, to: now, knownUntil: now });
  return { plant, machine: 'm1', spans, shift, now };
}

const A: Stage[] = [{ start: START, state: 'running', product: 'A', good: 12 }];

describe('target', () => {
  it('counts planned seconds only, planned stops too, by the product then', () => {
    const stages: Stage[] = [
      ...A,
      { start: minute(60), state: 'setup', product: 'A' },
      { start: minute(90), state: 'running', product: 'B', good: 5 },
    ];
    // 90 minutes of A at a quarter piece a second, 150 + 30 minutes of B at an eighth; the break is flat.
    const input = given(stages, minute(300));
    expect(targetCount(input.plant, 'm1', input.spans)).toBeCloseTo((90 * 60) / 4 + (180 * 60) / 8, 6);
    expect(targetAtEnd(input)).toBeCloseTo((90 * 60) / 4 + (360 * 60) / 8, 6);
  });

  it('is null without a target or an ideal cycle', () => {
    const none = given(A, minute(60), null);
    expect([targetCount(none.plant, 'm1', none.spans), targetAtEnd(none), targetCurve(none)]).toEqual([null, null, []]);
    const unknown = given([{ start: START, state: 'running', good: 1 }], minute(60));
    expect(targetAtEnd(unknown)).toBeNull();
  });

  it('draws corner points from the start to the end of the shift, flat in breaks', () => {
    const points = targetCurve(given(A, minute(60)));
    expect(points.map(([t, n]) => [(t - START) / MINUTE, n])).toEqual([
      [0, 0],
      [240, 3600],
      [270, 3600],
      [480, 6750],
    ]);
  });

  it('keeps the product through unknown time', () => {
    const stages: Stage[] = [...A, { start: minute(60), state: 'unknown' }];
    const { plant, spans } = given(stages, minute(120));
    const gap = spans.map((s) => (s.state === 'unknown' ? { ...s, idealSecondsPerPiece: null } : s));
    expect(targetCount(plant, 'm1', gap)).toBeCloseTo((120 * 60) / 4, 6);
  });
});

describe('projection', () => {
  it('is good so far plus the rate of the last 60 planned minutes over the planned time left', () => {
    const stages: Stage[] = [...A, { start: minute(120), state: 'running', product: 'A', good: 6 }];
    // At 10:40: 10 minutes since the break and the 50 before it, at 6 a minute; 200 planned minutes are left.
    const good = 120 * 12 + 120 * 6 + 10 * 6;
    expect(projectedCount(given(stages, minute(280)))).toBeCloseTo(good + 6 * 200, 6);
  });

  it('uses what there is in the first hour, and is null before it', () => {
    expect(projectedCount(given(A, minute(10)))).toBeCloseTo(120 + 12 * 440, 6);
    expect(projectedCount({ ...given(A, minute(10)), spans: [], now: START })).toBeNull();
    expect(END).toBe(shift.end);
  });
});

describe('the target of a line without a constraint', () => {
  const rising = (corners: [number, number][]) => corners.map(([m, count]) => [minute(m), count] as const);
  it('is the sum of its machines at every corner of any of them', () => {
    const one = rising([
      [0, 0],
      [100, 100],
      [200, 100],
      [300, 200],
    ]);
    const other = rising([
      [0, 0],
      [150, 300],
      [300, 300],
    ]);
    expect(sumCurves([one, other])).toEqual(
      rising([
        [0, 0],
        [100, 300],
        [150, 400],
        [200, 400],
        [300, 500],
      ]),
    );
    expect(sumCurves([one])).toEqual(one);
  });
  it('is none where one machine has none', () => {
    expect(
      sumCurves([
        rising([
          [0, 0],
          [300, 9],
        ]),
        [],
      ]),
    ).toEqual([]);
  });
});
