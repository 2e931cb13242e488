import { describe, expect, it } from 'vitest';
import { cusum, expectedEnergy, fitBaseline } from './baseline.ts';
import { baseLoadKw, enpiOf, loadDuration, loadFactor, topBlocks } from './enpi.ts';

const blocks = (kW: readonly number[]) =>
  kW.map((value, i) => ({ start: i * 900_000, end: (i + 1) * 900_000, kW: value, complete: true }));

describe('energy performance indicators', () => {
  it('are per good piece, per run hour and per standard hour', () => {
    expect(enpiOf({ kWh: 100, goodCount: 400, runSeconds: 7200, idealGoodSeconds: 3600 })).toEqual({
      kWhPerGood: 0.25,
      kWhPerRunHour: 50,
      kWhPerStandardHour: 100,
    });
  });

  it('are undefined without good pieces, and without energy', () => {
    expect(enpiOf({ kWh: 100, goodCount: 0, runSeconds: 0, idealGoodSeconds: 0 })).toEqual({
      kWhPerGood: null,
      kWhPerRunHour: null,
      kWhPerStandardHour: null,
    });
    expect(enpiOf({ kWh: null, goodCount: 5, runSeconds: 5, idealGoodSeconds: 5 }).kWhPerGood).toBeNull();
  });

  it('take as base load the level of 95 % of the time, not the minimum', () => {
    // 100 quarter hours: one dead reading, then 5 at 20 kW, the others at 100 kW.
    const load = blocks([0, ...Array.from({ length: 5 }, () => 20), ...Array.from({ length: 94 }, () => 100)]);
    expect(baseLoadKw(load)).toBe(20);
    expect(baseLoadKw(load, 0.9)).toBe(100);
    expect(baseLoadKw([])).toBeNull();
    expect(loadFactor(load)).toBeCloseTo((5 * 20 + 94 * 100) / 100 / 100, 12);
    expect(loadFactor(blocks([0, 0]))).toBeNull();
  });

  it('sort the load by height, and name the highest blocks', () => {
    expect(loadDuration(blocks([10, 40, 20, 30]))).toEqual([
      { kW: 40, hours: 0.25, share: 0.25 },
      { kW: 30, hours: 0.5, share: 0.5 },
      { kW: 20, hours: 0.75, share: 0.75 },
      { kW: 10, hours: 1, share: 1 },
    ]);
    expect(
      topBlocks([...blocks([10, 40, 20]), { start: 0, end: 1, kW: 99, complete: false }], 2).map((b) => b.kW),
    ).toEqual([40, 20]);
  });
});

describe('a baseline', () => {
  it('finds the base and the slope of a straight line, and the range it was fitted in', () => {
    const points = Array.from({ length: 12 }, (_, i) => ({
      kWh: 500 + 0.2 * (1_000_000 + i * 1000),
      x: [1_000_000 + i * 1000],
    }));
    const baseline = fitBaseline(points, ['pieces']);
    expect(baseline?.intercept).toBeCloseTo(500, 4);
    expect(baseline?.drivers[0]?.coefficient).toBeCloseTo(0.2, 9);
    expect(baseline?.r2).toBeCloseTo(1, 9);
    expect(baseline?.cvRmse).toBeCloseTo(0, 6);
    expect(baseline?.warnings).toEqual([]);
    expect(baseline && expectedEnergy(baseline, [1_005_000]).withinRange).toBe(true);
    expect(baseline && expectedEnergy(baseline, [1_012_000]).withinRange).toBe(false);
  });

  it('gives R2 and CV(RMSE) with n - p, worked by hand', () => {
    // x 1, 2, 3, 4 and y 2, 4, 5, 9: slope 2.2, base -0.5, SSE 1.8, SST 26.
    const baseline = fitBaseline(
      [2, 4, 5, 9].map((kWh, i) => ({ kWh, x: [i + 1] })),
      ['pieces'],
    );
    expect(baseline?.drivers[0]?.coefficient).toBeCloseTo(2.2, 12);
    expect(baseline?.intercept).toBeCloseTo(-0.5, 12);
    expect(baseline?.r2).toBeCloseTo(1 - 1.8 / 26, 12);
    expect(baseline?.cvRmse).toBeCloseTo(Math.sqrt(1.8 / 2) / 5, 12);
    expect(baseline?.warnings).toEqual(['fewerThan12Points']);
  });

  it('splits energy between several drivers, and refuses drivers that cannot be told apart', () => {
    const x = [
      [1, 5],
      [2, 3],
      [3, 8],
      [4, 1],
      [5, 9],
    ];
    const points = x.map(([a = 0, b = 0]) => ({ kWh: 10 + 2 * a + 3 * b, x: [a, b] }));
    expect(fitBaseline(points, ['pieces', 'degreeDays'])?.drivers.map((d) => Number(d.coefficient.toFixed(9)))).toEqual(
      [2, 3],
    );
    expect(
      fitBaseline(
        x.map(([a = 0]) => ({ kWh: a, x: [a, 2 * a] })),
        ['a', 'twice'],
      ),
    ).toBeNull();
    expect(
      fitBaseline(
        x.map(([a = 0]) => ({ kWh: a, x: [7] })),
        ['constant'],
      ),
    ).toBeNull();
    expect(fitBaseline(points.slice(0, 1), ['pieces'])).toBeNull();
  });

  it('runs the sum of actual - expected: down is saving', () => {
    const baseline = fitBaseline(
      [0, 1, 2].map((x) => ({ kWh: 10 + x, x: [x] })),
      ['pieces'],
    );
    const sums = baseline
      ? cusum(baseline, [
          { t: 0, kWh: 9, x: [1] },
          { t: 1, kWh: 10, x: [1] },
        ])
      : [];
    expect(sums.map((p) => Number(p.cusumKWh.toFixed(9)))).toEqual([-2, -3]);
  });
});
