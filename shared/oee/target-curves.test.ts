import { describe, expect, it } from 'vitest';
import { shiftOn } from '../time/calendar.ts';
import { MINUTE } from '../time/instant.ts';
import { always, EARLY, factsOf, machine, makePlant, product, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { plannedSecondsLeft, projectedCount, sumCurves, targetCurve } from './target.ts';

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '10:00', minutes: 30 }] }] };
const plant = makePlant({
  calendar,
  machines: [machine('m1', { targetOee: always(0.5), idealCycleSeconds: null })],
  products: [product('A', 2), product('B', 4)],
});
const shift = shiftOn(always(calendar), 'UTC', 'early', '2026-06-01')!;

function given(stages: readonly Stage[], now: number, from = 0) {
  const facts = factsOf('m1', stages, at(now), true);
  const spans = judge({
    plant,
    machine: 'm1',
    ...facts,
    entries: [],
    from: at(from),
    to: at(now),
    knownUntil: at(now),
  });
  return { plant, machine: 'm1', spans, shift, now: at(now) };
}
const shown = (points: readonly (readonly [number, number])[]) =>
  points.map(([t, n]) => [(t - START) / MINUTE, Number(n.toFixed(6))]);

describe('the curve of a target', () => {
  it('has corners where the product or the plan changes, and nowhere else', () => {
    const stages: Stage[] = [
      { start: at(0), state: 'running', product: 'A', good: 1 },
      { start: at(60), state: 'running', product: 'B', good: 1 },
    ];
    expect(shown(targetCurve(given(stages, 120)))).toEqual([
      [0, 0],
      [60, 900],
      [240, 900 + 180 * 7.5],
      [270, 900 + 180 * 7.5],
      [480, 900 + 390 * 7.5],
    ]);
  });
});

describe('the curve where little is known', () => {
  const own = makePlant({
    calendar: { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '13:30', minutes: 30 }] }] },
    machines: [machine('m1', { targetOee: always(0.5), idealCycleSeconds: always(1) })],
  });

  it('is drawn before the shift begins, and stays level in a break at its end', () => {
    const points = targetCurve({ plant: own, machine: 'm1', spans: [], shift, now: at(-10) });
    expect(shown(points)).toEqual([
      [0, 0],
      [450, 13_500],
      [480, 13_500],
    ]);
  });

  it('takes only the spans of the shift', () => {
    const stages: Stage[] = [{ start: at(-60), state: 'running', good: 1 }];
    const facts = factsOf('m1', stages, at(30), true);
    const spans = judge({
      plant: own,
      machine: 'm1',
      ...facts,
      entries: [],
      from: at(-60),
      to: at(30),
      knownUntil: at(30),
    });
    expect(shown(targetCurve({ plant: own, machine: 'm1', spans, shift, now: at(30) }))).toEqual([
      [0, 0],
      [450, 13_500],
      [480, 13_500],
    ]);
  });

  it('is none without an ideal cycle time', () => {
    expect(targetCurve({ plant, machine: 'm1', spans: [], shift, now: at(30) })).toEqual([]);
  });
});

describe('the sum of curves', () => {
  const curve = (...points: readonly (readonly [number, number])[]) => points.map(([m, n]) => [at(m), n] as const);

  it('has the corners of all, each curve on its straight lines between its own', () => {
    const sum = sumCurves([curve([0, 0], [100, 50], [200, 50]), curve([0, 0], [50, 100], [200, 400])]);
    expect(shown(sum)).toEqual([
      [0, 0],
      [50, 125],
      [100, 250],
      [200, 450],
    ]);
  });

  it('keeps a curve level before its first corner and after its last', () => {
    expect(shown(sumCurves([curve([10, 5], [20, 15]), curve([0, 0], [30, 30])]))).toEqual([
      [0, 5],
      [10, 15],
      [20, 35],
      [30, 45],
    ]);
    expect(shown(sumCurves([curve([10, 5]), curve([0, 0], [20, 20])]))).toEqual([
      [0, 5],
      [10, 15],
      [20, 25],
    ]);
  });

  it('is none where one of them is none', () => {
    expect(sumCurves([curve([0, 0], [9, 9]), []])).toEqual([]);
    expect(sumCurves([])).toEqual([]);
  });
});

describe('the projection', () => {
  const stages: Stage[] = [
    { start: at(-30), state: 'running', product: 'A', good: 30 },
    { start: at(0), state: 'running', product: 'A', good: 6 },
  ];
  const roundTheClock = makePlant({ machines: plant.machines.values().toArray(), products: [product('A', 2)] });

  it('takes the rate from before the shift where it is younger than an hour, and its pieces not', () => {
    const facts = factsOf('m1', stages, at(20), true);
    const spans = judge({
      plant: roundTheClock,
      machine: 'm1',
      ...facts,
      entries: [],
      from: at(-30),
      to: at(20),
      knownUntil: at(20),
    });
    // 20 minutes at 6 and 30 at 30: 1020 in 50 minutes; 430 planned minutes are left of the shift.
    expect(projectedCount({ plant, machine: 'm1', spans, shift, now: at(20) })).toBeCloseTo(120 + (1020 / 50) * 430, 6);
  });

  it('takes no more than sixty minutes, a part of the oldest span where they end in it', () => {
    const day = given(
      [
        { start: at(0), state: 'running', product: 'A', good: 30 },
        { start: at(60), state: 'running', product: 'A', good: 6 },
      ],
      110.5,
    );
    // 50.5 minutes at 6 and 9.5 at 30.
    const rate = (50.5 * 6 + 9.5 * 30) / 60;
    expect(projectedCount(day)).toBeCloseTo(1800 + 50.5 * 6 + rate * (480 - 110.5 - 30), 6);
  });

  it('counts planned time ahead without breaks, and none past the end', () => {
    expect(plannedSecondsLeft(plant, 'm1', at(230), at(280))).toBe(20 * 60);
    expect(plannedSecondsLeft(plant, 'm1', at(480), at(600))).toBe(0);
    expect(plannedSecondsLeft(plant, 'm1', at(10), at(10))).toBe(0);
    expect(plannedSecondsLeft(plant, 'm9', at(0), at(10))).toBe(0);
  });
});
