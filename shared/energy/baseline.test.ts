import { describe, expect, it } from 'vitest';
import { type Baseline, type BaselinePoint, cusum, expectedEnergy, fitBaseline } from './baseline.ts';

/* ISO 50001/50006: least squares, frozen, and it says what it is not good for (RULES section 9). */

function fitted(points: readonly BaselinePoint[], ...drivers: readonly string[]): Baseline {
  const baseline = fitBaseline(points, drivers);
  if (!baseline) throw new Error('nothing fitted');
  return baseline;
}

const line = (...kWh: readonly number[]) => kWh.map((value, i) => ({ kWh: value, x: [i] }));

describe('a fitted baseline', () => {
  it('with three drivers gives each its own part, in whatever order of size they come', () => {
    const x = [
      [0, 100, 3],
      [0, 250, 1],
      [0, 120, 9],
      [4, 310, 2],
      [5, 90, 7],
      [7, 400, 4],
      [2, 150, 8],
    ];
    const points = x.map(([a = 0, b = 0, c = 0]) => ({ kWh: 40 + 11 * a + 0.5 * b - 3 * c, x: [a, b, c] }));
    const baseline = fitted(points, 'a', 'b', 'c');
    expect(baseline.intercept).toBeCloseTo(40, 8);
    expect(baseline.drivers.map((d) => Number(d.coefficient.toFixed(8)))).toEqual([11, 0.5, -3]);
    expect(baseline.drivers.map(({ name, min, max }) => [name, min, max])).toEqual([
      ['a', 0, 7],
      ['b', 90, 400],
      ['c', 1, 9],
    ]);
    expect(baseline.n).toBe(7);
  });

  it('is the mean where nothing drives it', () => {
    const baseline = fitted(line(4, 6, 8));
    expect(baseline).toMatchObject({ intercept: 6, drivers: [], r2: 0 });
    expect(baseline.cvRmse).toBeCloseTo(Math.sqrt(8 / 2) / 6, 12);
    expect(expectedEnergy(baseline, [])).toEqual({ kWh: 6, withinRange: true });
  });

  it('knows no R2 where the energy does not vary, and no CV(RMSE) without points to spare or energy', () => {
    expect(fitted(line(5, 5, 5), 'x')).toMatchObject({
      r2: null,
      cvRmse: 0,
      warnings: ['r2Below75', 'fewerThan12Points'],
    });
    expect(fitted(line(5, 7), 'x')).toMatchObject({ cvRmse: null });
    expect(fitted(line(5, 7, 9), 'x').cvRmse).toBeCloseTo(0, 12);
    expect(fitted(line(-1, 1, 0), 'x').cvRmse).toBeNull();
  });

  it('cannot be had from fewer points than coefficients, or from no points at all', () => {
    expect(fitBaseline(line(5), ['x'])).toBeNull();
    expect(fitBaseline([], [])).toBeNull();
  });

  it('tells drivers apart that differ by little, and not drivers that do not', () => {
    const near = [1, 2, 3, 4, 5].map((a, i) => ({ kWh: a, x: [a * 1000, a * 1000 + (i % 2)] }));
    expect(fitBaseline(near, ['a', 'almost a'])).not.toBeNull();
    const same = near.map(({ kWh, x: [a = 0] }) => ({ kWh, x: [a, 3 * a] }));
    expect(fitBaseline(same, ['a', 'three times a'])).toBeNull();
  });
});

describe('its warnings', () => {
  /** Alternating above and below a slope: y = slope x i ± 1. */
  const noisy = (slope: number, n: number) =>
    line(...Array.from({ length: n }, (_, i) => 100 + slope * i + (i % 2 ? 1 : -1)));

  it('are of too few points, from 12 on of none', () => {
    expect(fitted(noisy(5, 11), 'x').warnings).toEqual(['fewerThan12Points']);
    expect(fitted(noisy(5, 12), 'x').warnings).toEqual([]);
  });

  it('are of a poor fit, below an R2 of 0.75', () => {
    const poor = fitted(noisy(0.4, 12), 'x');
    expect(poor.r2).toBeGreaterThan(0.6);
    expect(poor.r2).toBeLessThan(0.75);
    expect(poor.warnings).toEqual(['r2Below75']);
    const fair = fitted(noisy(0.6, 12), 'x');
    expect(fair.r2).toBeGreaterThan(0.75);
    expect(fair.r2).toBeLessThan(0.9);
    expect(fair.warnings).toEqual([]);
  });
});

describe('what it expects', () => {
  const baseline = fitted(
    [
      [0, 0],
      [10, 1],
      [4, 5],
      [7, 2],
    ].map(([a = 0, b = 0]) => ({ kWh: 50 + 2 * a + 6 * b, x: [a, b] })),
    'a',
    'b',
  );

  it('is the base and each driver by its coefficient', () => {
    expect(expectedEnergy(baseline, [3, 2]).kWh).toBeCloseTo(68, 9);
  });

  it('is a guess where any driver leaves the range that was fitted, whose ends belong to it', () => {
    const within = (...x: number[]) => expectedEnergy(baseline, x).withinRange;
    expect([within(0, 0), within(10, 5)]).toEqual([true, true]);
    expect([within(11, 2), within(-1, 2), within(4, 6), within(4, -1)]).toEqual([false, false, false, false]);
  });

  it('is what the running sum is taken from, period by period', () => {
    const points = cusum(baseline, [
      { t: 1, kWh: 70, x: [3, 2] },
      { t: 2, kWh: 60, x: [3, 2] },
      { t: 3, kWh: 100, x: [20, 0] },
    ]);
    expect(
      points.map((p) => [p.t, p.kWh, Number(p.expectedKWh.toFixed(9)), Number(p.cusumKWh.toFixed(9)), p.withinRange]),
    ).toEqual([
      [1, 70, 68, 2, true],
      [2, 60, 68, -6, true],
      [3, 100, 90, 4, false],
    ]);
  });
});
