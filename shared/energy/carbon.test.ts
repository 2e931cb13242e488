import { describe, expect, it } from 'vitest';
import type { CarbonFactor } from '../plant/model.ts';
import { carbonSegments } from './carbon.ts';

const annual = (validFrom: number, gramsPerKwh: number): CarbonFactor => ({
  kind: 'annual',
  validFrom,
  gramsPerKwh,
  method: 'location',
  source: '',
});

describe('carbon factors', () => {
  it('change on the instant from which the next one holds; before the first there is none', () => {
    expect(carbonSegments([annual(20, 200), annual(10, 100)], 0, 30)).toEqual([
      { start: 0, end: 10, gramsPerKwh: null, kind: null },
      { start: 10, end: 20, gramsPerKwh: 100, kind: 'annual' },
      { start: 20, end: 30, gramsPerKwh: 200, kind: 'annual' },
    ]);
  });

  it('of an interval go before the annual one, which fills the holes', () => {
    const interval: CarbonFactor = { kind: 'interval', from: 5, to: 8, gramsPerKwh: 7 };
    expect(carbonSegments([annual(0, 100), interval], 6, 12)).toEqual([
      { start: 6, end: 8, gramsPerKwh: 7, kind: 'interval' },
      { start: 8, end: 12, gramsPerKwh: 100, kind: 'annual' },
    ]);
  });
});
