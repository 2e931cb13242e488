import { describe, expect, it } from 'vitest';
import { carbonSegments } from './carbon.ts';
import { type DemandBlock, demandBlocks, demandSummary, predictWindow } from './demand.ts';
import { baseLoadKw, enpiOf, loadDuration, loadFactor, topBlocks } from './enpi.ts';
import type { MeterRow } from './meter-rows.ts';

const T0 = Date.parse('2026-01-14T10:00:00Z');
const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;

function block(index: number, kW: number, more: Partial<DemandBlock> = {}): DemandBlock {
  const start = T0 + index * HALF_HOUR;
  return {
    start,
    end: start + HALF_HOUR,
    kWh: kW / 2,
    kvarh: null,
    kW,
    kVA: null,
    coveredSeconds: 1800,
    complete: true,
    ...more,
  };
}

describe('demand blocks', () => {
  const rows = (from: number, to: number, step: number, energyWh: number): MeterRow[] =>
    Array.from({ length: (to - from) / step }, (_, i) => ({
      start: T0 + (from + i * step) * MINUTE,
      end: T0 + (from + (i + 1) * step) * MINUTE,
      energyWh,
      exportWh: 0,
      varh: energyWh / 2,
      coveredSeconds: step * 60,
      estimated: false,
    }));
  const input = { zone: 'UTC', windowMinutes: 30, from: T0, to: T0 + 90 * MINUTE, withVarh: true };

  it('share a row that lies across their edge by time', () => {
    const blocks = demandBlocks({ ...input, rows: rows(0, 100, 20, 400) });
    expect(blocks.map((b) => [b.kWh, b.kvarh, b.coveredSeconds, b.complete])).toEqual([
      [0.6, 0.3, 1800, true],
      [0.6, 0.3, 1800, true],
      [0.6, 0.3, 1800, true],
    ]);
    expect(blocks[0]).toMatchObject({ kW: 1.2, kVA: Math.hypot(0.6, 0.3) * 2 });
    expect(demandBlocks({ ...input, withVarh: false, rows: rows(0, 90, 1, 20) })[1]).toMatchObject({
      kVA: null,
      kvarh: null,
    });
  });

  it('are not complete where the window cuts them, with the energy inside it', () => {
    const blocks = demandBlocks({ ...input, from: T0 + 15 * MINUTE, to: T0 + 75 * MINUTE, rows: rows(0, 90, 1, 20) });
    expect(blocks.map((b) => [b.kWh, b.complete])).toEqual([
      [0.3, false],
      [0.6, true],
      [0.3, false],
    ]);
    expect(demandSummary(blocks)).toMatchObject({ blocks: 1, incompleteBlocks: 2, maxKw: 1.2, at: T0 + HALF_HOUR });
  });

  it('may miss no more than two milliseconds', () => {
    const of = (covered: number) =>
      demandBlocks({
        ...input,
        to: T0 + HALF_HOUR,
        rows: rows(0, 30, 30, 600).map((r) => ({ ...r, coveredSeconds: covered })),
      })[0]?.complete;
    expect([of(1799.998), of(1799.99)]).toEqual([true, false]);
  });

  it('name the first of equal maxima', () => {
    expect(demandSummary([block(0, 5), block(1, 7), block(2, 7)]).at).toBe(T0 + HALF_HOUR);
    expect(demandSummary([])).toEqual({ maxKw: null, maxKva: null, at: null, blocks: 0, incompleteBlocks: 0 });
  });
});

describe('the running window', () => {
  const input = { startedAt: T0, windowMinutes: 30, kWhSoFar: 40, powerKw: 120, limitKw: 100 };

  it('is over at its end, where nothing can be shed any more', () => {
    expect(predictWindow({ ...input, now: T0 + HALF_HOUR })).toEqual({
      predictedKw: 80,
      predictedKWh: 40,
      secondsLeft: 0,
      shedKw: 0,
    });
    expect(predictWindow({ ...input, kWhSoFar: 60, now: T0 + 40 * MINUTE })).toMatchObject({
      secondsLeft: 0,
      shedKw: 0,
    });
  });

  it('has all of its time left before it begins', () => {
    expect(predictWindow({ ...input, kWhSoFar: 0, now: T0 - MINUTE })).toMatchObject({
      secondsLeft: 1800,
      predictedKWh: 60,
    });
  });

  it('asks for nothing at exactly the limit, and for the excess over the time left above it', () => {
    const now = T0 + 20 * MINUTE;
    expect(predictWindow({ ...input, kWhSoFar: 30, now }).shedKw).toBe(0);
    expect(predictWindow({ ...input, kWhSoFar: 29.5, now }).shedKw).toBe(0);
    expect(predictWindow({ ...input, kWhSoFar: 31, now }).shedKw).toBeCloseTo(6, 9);
    expect(predictWindow({ startedAt: T0, windowMinutes: 30, kWhSoFar: 31, powerKw: 120, now }).shedKw).toBeNull();
  });
});

describe('levels of load', () => {
  it('leave out blocks that are not complete', () => {
    const blocks = [block(0, 10), block(1, 99, { complete: false }), block(2, 30)];
    expect(loadDuration(blocks)).toEqual([
      { kW: 30, hours: 0.5, share: 0.5 },
      { kW: 10, hours: 1, share: 1 },
    ]);
    expect(loadFactor(blocks)).toBeCloseTo(2 / 3, 12);
    expect(topBlocks(blocks, 5).map((b) => b.kW)).toEqual([30, 10]);
  });

  it('find the base load at exactly its share of the time', () => {
    const blocks = Array.from({ length: 20 }, (_, i) => block(i, 100 - i));
    expect(baseLoadKw(blocks)).toBe(82);
    expect(baseLoadKw(blocks, 0.5)).toBe(91);
    expect(baseLoadKw(blocks, 1)).toBe(81);
    expect(baseLoadKw([])).toBeNull();
  });

  it('rank equal blocks by time, and know no factor without load', () => {
    expect(topBlocks([block(2, 5), block(0, 5), block(1, 5)], 2).map((b) => b.start)).toEqual([T0, T0 + HALF_HOUR]);
    expect(loadFactor([block(0, 0)])).toBeNull();
    expect(loadFactor([block(0, 0.5)])).toBe(1);
    expect(loadFactor([])).toBeNull();
  });
});

describe('energy per unit', () => {
  it('is null where nothing was made or measured, and 0 where nothing was used', () => {
    const made = { goodCount: 4, runSeconds: 1800, idealGoodSeconds: 900 };
    expect(enpiOf({ kWh: 8, ...made })).toEqual({ kWhPerGood: 2, kWhPerRunHour: 16, kWhPerStandardHour: 32 });
    expect(enpiOf({ kWh: 0, ...made }).kWhPerGood).toBe(0);
    const nothing = { kWhPerGood: null, kWhPerRunHour: null, kWhPerStandardHour: null };
    expect(enpiOf({ kWh: 8, goodCount: 0, runSeconds: 0, idealGoodSeconds: 0 })).toEqual(nothing);
    expect(enpiOf({ kWh: null, ...made })).toEqual(nothing);
  });
});

describe('carbon factors outside the window', () => {
  it('make no segment', () => {
    const interval = (from: number, to: number, gramsPerKwh: number) => ({
      kind: 'interval' as const,
      from,
      to,
      gramsPerKwh,
    });
    const factors = [
      interval(-60, -30, 1),
      interval(-30, 10, 2),
      interval(5, 20, 3),
      interval(90, 130, 4),
      interval(130, 140, 5),
    ];
    expect(carbonSegments(factors, 0, 100)).toEqual([
      { start: 0, end: 10, gramsPerKwh: 2, kind: 'interval' },
      { start: 10, end: 20, gramsPerKwh: 3, kind: 'interval' },
      { start: 20, end: 90, gramsPerKwh: null, kind: null },
      { start: 90, end: 100, gramsPerKwh: 4, kind: 'interval' },
    ]);
  });
});
