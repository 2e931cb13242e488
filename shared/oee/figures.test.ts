import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { addSpan, clipSpans, figuresOf, firstEndingAfter, isPlanned, sumSpans } from './figures.ts';
import type { JudgedSpan } from './judged.ts';
import { addSums, coverageOf, plannedProductionSeconds, ratiosOf, zeroSums } from './sums.ts';

const START = Date.UTC(2026, 5, 1, 6);

/** One minute of running on an ideal cycle of 2 s. */
function span(more: Partial<JudgedSpan> = {}): JudgedSpan {
  return {
    start: START,
    end: START + MINUTE,
    minute: START,
    intervalStart: START,
    stretchStart: null,
    state: 'running',
    category: 'run',
    reason: null,
    product: 'A',
    order: '',
    shift: null,
    totalCount: 20,
    goodCount: 18,
    rejectCount: 2,
    idealSecondsPerPiece: 2,
    estimated: false,
    ...more,
  };
}

const minuteAt = (n: number, more: Partial<JudgedSpan> = {}) =>
  span({ start: START + n * MINUTE, end: START + (n + 1) * MINUTE, minute: START + n * MINUTE, ...more });

describe('sums of spans', () => {
  it('put seconds by category; a small stop is run time too', () => {
    const sums = sumSpans([
      span(),
      span({ category: 'smallStop' }),
      span({ category: 'unplannedStop', end: START + 2000 }),
      span({ category: 'plannedStop', end: START + 3000 }),
      span({ category: 'unknown', end: START + 5000 }),
      span({ category: 'scheduleLoss', end: START + 7000 }),
      span({ category: 'break', end: START + 11_000 }),
      span({ category: 'offShift', end: START + 13_000 }),
    ]);
    expect(sums).toMatchObject({
      allSeconds: 161,
      runSeconds: 120,
      smallStopSeconds: 60,
      unplannedStopSeconds: 2,
      plannedStopSeconds: 3,
      unknownSeconds: 5,
      scheduleLossSeconds: 7,
      breakSeconds: 11,
      offShiftSeconds: 13,
    });
    expect(plannedProductionSeconds(sums)).toBe(130);
  });

  it('keep what was made outside planned time apart, ideal seconds too', () => {
    for (const category of ['scheduleLoss', 'break', 'offShift'] as const) {
      expect(sumSpans([span({ category }), span()])).toMatchObject({
        totalCount: 20,
        goodCount: 18,
        rejectCount: 2,
        unscheduledTotalCount: 20,
        unscheduledGoodCount: 18,
        idealSeconds: 40,
        idealGoodSeconds: 36,
      });
      expect(isPlanned(span({ category }))).toBe(false);
    }
    for (const category of ['run', 'smallStop', 'unplannedStop', 'plannedStop', 'unknown'] as const) {
      expect(isPlanned(span({ category }))).toBe(true);
    }
  });

  it('weigh pieces by their ideal cycle, and pieces without one by nothing', () => {
    const sums = sumSpans([
      span(),
      span({ idealSecondsPerPiece: 5, goodCount: 10 }),
      span({ idealSecondsPerPiece: null }),
    ]);
    expect(sums).toMatchObject({ totalCount: 60, goodCount: 46, idealSeconds: 140, idealGoodSeconds: 86 });
  });

  it('add up field by field', () => {
    const one = sumSpans([span()]);
    const both = addSums(addSums(zeroSums(), one), one);
    const expected = zeroSums();
    addSpan(expected, span());
    addSpan(expected, span());
    expect(both).toEqual(expected);
  });
});

describe('ratios', () => {
  const sums = {
    ...zeroSums(),
    allSeconds: 1000,
    runSeconds: 400,
    unplannedStopSeconds: 40,
    plannedStopSeconds: 50,
    unknownSeconds: 10,
    scheduleLossSeconds: 200,
    breakSeconds: 100,
    offShiftSeconds: 200,
    totalCount: 300,
    goodCount: 240,
    idealSeconds: 320,
    idealGoodSeconds: 300,
  };

  it('are taken last, from the sums', () => {
    expect(ratiosOf(sums)).toEqual({
      availability: 400 / 500,
      performance: 320 / 400,
      quality: 300 / 320,
      oee: 300 / 500,
      utilization: 0.5,
      teep: 0.3,
      ooe: 300 / 800,
      yield: 0.8,
    });
    expect(coverageOf(sums)).toBe(0.99);
    expect(figuresOf(sums)).toMatchObject({ coverage: 0.99, seconds: { plannedProduction: 500 }, kpi: { oee: 0.6 } });
  });

  it('are null where there is nothing to divide by, and 0 where there is nothing to divide', () => {
    const nothing = { availability: null, performance: null, quality: null, oee: null, ooe: null, yield: null };
    expect(ratiosOf({ ...zeroSums(), allSeconds: 60, offShiftSeconds: 60 })).toEqual({
      ...nothing,
      utilization: 0,
      teep: 0,
    });
    expect(ratiosOf({ ...zeroSums(), allSeconds: 60, unplannedStopSeconds: 60 })).toEqual({
      ...nothing,
      availability: 0,
      oee: 0,
      utilization: 1,
      teep: 0,
      ooe: 0,
    });
    expect(ratiosOf(zeroSums())).toEqual({ ...nothing, utilization: null, teep: null });
    expect(coverageOf(zeroSums())).toBeNull();
  });

  it('that rest on ideal seconds are undefined for pieces without an ideal cycle', () => {
    expect(ratiosOf({ ...sums, totalCount: 1, goodCount: 1, idealSeconds: 0, idealGoodSeconds: 0 }).oee).toBeNull();
    expect(ratiosOf({ ...sums, idealSeconds: 0, idealGoodSeconds: 0 })).toEqual({
      availability: 0.8,
      performance: null,
      quality: null,
      oee: null,
      utilization: 0.5,
      teep: null,
      ooe: null,
      yield: 0.8,
    });
  });
});

describe('clipping', () => {
  const spans = [minuteAt(0), minuteAt(1), minuteAt(2)];

  it('keeps whole spans as they are and shares a cut one out by seconds', () => {
    expect(clipSpans(spans, START, START + 3 * MINUTE)).toEqual(spans);
    expect(clipSpans(spans, START + 45_000, START + 2 * MINUTE)).toEqual([
      minuteAt(0, { start: START + 45_000, totalCount: 5, goodCount: 4.5, rejectCount: 0.5, estimated: true }),
      spans[1],
    ]);
    expect(clipSpans(spans, START + MINUTE, START + 2 * MINUTE + 6000)).toEqual([
      spans[1],
      minuteAt(2, { end: START + 2 * MINUTE + 6000, totalCount: 2, goodCount: 1.8, rejectCount: 0.2, estimated: true }),
    ]);
  });

  it('takes nothing from beyond its ends', () => {
    expect(clipSpans(spans, START + MINUTE, START + 2 * MINUTE)).toEqual([spans[1]]);
    expect(clipSpans(spans, START - MINUTE, START)).toEqual([]);
    expect(clipSpans(spans, START + 3 * MINUTE, START + 4 * MINUTE)).toEqual([]);
  });

  it('finds the span of an instant', () => {
    expect([-1, 0, 59_999, 60_000, 179_999, 180_000].map((ms) => firstEndingAfter(spans, START + ms))).toEqual([
      0, 0, 0, 1, 2, 3,
    ]);
  });
});

describe('a line whose constraint never ran while its last machine put out a buffer', () => {
  const sums = {
    ...zeroSums(),
    allSeconds: 600,
    unplannedStopSeconds: 600,
    totalCount: 5,
    goodCount: 5,
    idealSeconds: 10,
    idealGoodSeconds: 10,
  };

  it('has availability and OEE 0, so that the factors still multiply; performance and quality are undefined', () => {
    expect(ratiosOf(sums)).toEqual({
      availability: 0,
      performance: null,
      quality: null,
      oee: 0,
      utilization: 1,
      teep: 0,
      ooe: 0,
      yield: 1,
    });
  });
});
