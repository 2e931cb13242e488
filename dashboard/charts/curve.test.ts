import { describe, expect, it } from 'vitest';
import { type CurveInput, curveShape, valueAt } from './curve.ts';

const T = Date.parse('2026-06-01T06:00:00Z');
const MIN = 60_000;
const iso = (minute: number): string => new Date(T + minute * MIN).toISOString();
const input: CurveInput = {
  from: T,
  to: T + 100 * MIN,
  asOf: T + 50 * MIN,
  curve: { [iso(9)]: 100, [iso(39)]: 400, [iso(19)]: 200 },
  good: 400,
  targetCurve: [
    [iso(0), 0],
    [iso(100), 1000],
  ],
  targetCount: 500,
  targetAtEnd: 1000,
  projectedCount: 800,
  breaks: [],
};

describe('curve', () => {
  it('puts counts at the end of their minute, from zero to the count now', () => {
    expect(curveShape(input, 100, 100).actual).toEqual([
      [0, 100],
      [10, 90],
      [20, 80],
      [40, 60],
      [50, 60],
    ]);
  });
  it('runs the projection flat through a break to come', () => {
    const shape = curveShape({ ...input, breaks: [{ start: T + 60 * MIN, end: T + 80 * MIN }] }, 100, 100);
    const [now, before, after, end] = shape.projection;
    expect(now).toEqual([50, 60]);
    expect(before?.[0]).toBe(60);
    expect(before?.[1]).toBeCloseTo(60 - 40 / 3);
    expect(after).toEqual([80, before?.[1]]);
    expect(end).toEqual([100, 20]);
  });
  it('closes the gap between count and target', () => {
    const { gap, endGap } = curveShape(input, 100, 100);
    expect(gap.at(0)).toEqual([0, 100]);
    expect(gap.slice(-2)).toEqual([
      [50, 50],
      [0, 100],
    ]);
    expect(endGap).toEqual({ x: 100, top: 0, bottom: 20 });
  });
  it('draws the counts alone where there is no target', () => {
    const shape = curveShape({ ...input, targetCurve: [], targetCount: null, projectedCount: null }, 100, 100);
    expect(shape.target).toEqual([]);
    expect(shape.gap).toEqual([]);
    expect(shape.endGap).toBeNull();
    expect(shape.actual.at(-1)).toEqual([50, 0]);
  });
  it('draws a target without corner points through what is due, flat in breaks', () => {
    const shape = curveShape(
      { ...input, targetCurve: [], breaks: [{ start: T + 10 * MIN, end: T + 30 * MIN }] },
      100,
      100,
    );
    expect(shape.target.map(([x]) => x)).toEqual([0, 10, 30, 50, 100]);
    expect(shape.target[1]?.[1]).toBe(shape.target[2]?.[1]);
    expect(shape.target[3]).toEqual([50, 50]);
  });
  it('draws nothing where nothing was counted', () => {
    expect(curveShape({ ...input, curve: {}, good: null }, 100, 100).actual).toEqual([]);
  });
  it('gives heights between points and null outside', () => {
    expect(
      valueAt(
        [
          [0, 0],
          [10, 5],
        ],
        4,
      ),
    ).toBe(2);
    expect(
      valueAt(
        [
          [0, 0],
          [10, 5],
        ],
        11,
      ),
    ).toBeNull();
  });
});
