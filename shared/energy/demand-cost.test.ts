import { describe, expect, it } from 'vitest';
import type { TariffDemand } from '../plant/model.ts';
import { billingPeriod, costOfBlock, peaksOf } from './demand-cost.ts';
import { testTariff } from './testing.ts';

const at = (text: string): number => Date.parse(text);
const window = (name: string, rate: number, more: Partial<TariffDemand> = {}): TariffDemand => ({
  name,
  rate,
  basis: 'kW',
  ratchet: null,
  minimumPowerFactor: null,
  byUtilisation: null,
  days: null,
  months: null,
  from: null,
  to: null,
  ...more,
});
const tariff = testTariff({
  timezone: 'UTC',
  demand: [window('anytime', 4), window('peak', 10, { from: '16:00', to: '19:00' })],
  capacity: { agreedKva: 100, ratePerKvaPerDay: 0.05, excessRatePerKvaPerDay: 0.1 },
});
const NOON = at('2026-11-10T12:00:00Z');
const EVENING = at('2026-11-10T17:00:00Z');
/** 80 kW at noon on the 3rd, 60 kW in the evening. */
const soFar = peaksOf(tariff, [
  { start: at('2026-11-03T12:00:00Z'), kWh: 40, kvarh: null },
  { start: at('2026-11-03T17:00:00Z'), kWh: 30, kvarh: null },
]);
const cost = (start: number, kW: number): number | null => costOfBlock(tariff, start, { kW, kVA: null }, soFar);

describe('what a block adds to the bill of its period', () => {
  it('is nothing below a peak that is billed already', () => {
    expect(cost(NOON, 80)).toBe(0);
    expect(cost(NOON, 79)).toBe(0);
  });
  it('counts in every window that it lies in, over the maximum of each', () => {
    expect(cost(NOON, 90)).toBe(10 * 4);
    expect(cost(EVENING, 90)).toBe(10 * 4 + 30 * 10);
    expect(cost(EVENING, 70)).toBe(10 * 10);
  });
  it('adds the excess over what is agreed for every day of the month', () => {
    expect(cost(NOON, 110)).toBeCloseTo(30 * 4 + 10 * 0.1 * 30, 9);
  });
  it('knows floors of earlier months, and nothing where demand is not charged', () => {
    const floored = peaksOf(tariff, [], new Map([['anytime', 95]]));
    expect(costOfBlock(tariff, NOON, { kW: 90, kVA: null }, floored)).toBe(0);
    expect(costOfBlock(testTariff(), NOON, { kW: 90, kVA: null }, soFar)).toBeNull();
  });
  it('is of the calendar month in the zone of the tariff', () => {
    const period = billingPeriod({ timezone: 'Europe/Berlin', demand: [] }, at('2026-10-31T23:30:00Z'));
    expect(new Date(period.start).toISOString()).toBe('2026-10-31T23:00:00.000Z');
    expect(new Date(period.end).toISOString()).toBe('2026-11-30T23:00:00.000Z');
  });
});
