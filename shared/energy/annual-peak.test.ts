import { describe, expect, it } from 'vitest';
import type { TariffDemand } from '../plant/model.ts';
import { priceLoad } from './bill.ts';
import { billingPeriod } from './demand-cost.ts';
import type { LoadRow } from './load.ts';
import { testTariff } from './testing.ts';

const demandOf = (more: Partial<TariffDemand>): TariffDemand => ({
  name: 'peak',
  rate: 10,
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
const halfHours = (start: string, kWh: readonly number[]): LoadRow[] =>
  kWh.map((value, i) => ({ start: Date.parse(start) + i * 1_800_000, kWh: value, kvarh: null }));
const flat = [{ name: 'all', rate: 0, days: null, months: null, from: null, to: null }];
const tariff = testTariff({
  timezone: 'Europe/Berlin',
  bands: flat,
  demand: [demandOf({ name: 'power', rate: 120, billed: 'annualMaximum' })],
});

/** A block of so many kW on the 10th of each month of 2025, at noon UTC. */
function months(...kW: readonly number[]): LoadRow[] {
  return kW.flatMap((value, i) => halfHours(`2025-${String(i + 1).padStart(2, '0')}-10T12:00:00Z`, [value / 2]));
}
const LOAD = months(100, 80, 60, 60, 130, 60, 60, 60, 60, 60, 140, 60);
/** Midnight in Berlin at the start of a month; 13 is the next January. */
const start = (month: number): number =>
  Date.parse(
    month > 12
      ? '2025-12-31T23:00:00Z'
      : new Date(Date.UTC(2025, month - 1, 1) - (month >= 4 && month <= 10 ? 2 : 1) * 3_600_000).toISOString(),
  );
const bill = (from: number, to: number, load = LOAD) =>
  priceLoad(tariff, load, { from: start(from), to: start(to) }).lines.find(({ name }) => name === 'power');

describe("demand by the year's maximum", () => {
  it('is the maximum of the year at the price of a year', () => {
    expect(bill(1, 13)).toMatchObject({ quantity: 140, unit: 'kW', rate: 120, amount: 140 * 120 });
    expect(bill(1, 13)?.note).toBeUndefined();
  });

  it('is billed by the month for its share of the year, and a later peak back to January', () => {
    expect(bill(1, 2)?.amount).toBeCloseTo((31 / 365) * 100 * 120, 9);
    expect(bill(2, 3)).toMatchObject({ quantity: 100, note: expect.stringContaining('% of the year') });
    expect(bill(2, 3)?.amount).toBeCloseTo((28 / 365) * 100 * 120, 9);
    const may = bill(5, 6);
    // 151 days are over at the end of May, 120 at its start.
    expect(may?.amount).toBeCloseTo(((151 * 130 - 120 * 100) / 365) * 120, 9);
    expect(may?.note).toContain('until then 100 kW: the rest is billed back');
  });

  it('adds up to the year over its bills, whatever their periods', () => {
    const sum = (cuts: readonly number[]) =>
      cuts.slice(1).reduce((all, to, i) => all + (bill(cuts[i] ?? 1, to)?.amount ?? 0), 0);
    expect(sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])).toBeCloseTo(140 * 120, 6);
    expect(sum([1, 4, 11, 13])).toBeCloseTo(140 * 120, 6);
  });

  it('begins with the load where that begins within the year, and says so', () => {
    const late = LOAD.filter(({ start: t }) => t >= start(7));
    const july = priceLoad(tariff, late, { from: start(7), to: start(8) });
    expect(july.lines.find(({ name }) => name === 'power')?.amount).toBeCloseTo((31 / 365) * 60 * 120, 9);
    expect(july.findings.map(({ code }) => code)).toContain('yearShort');
    const whole = priceLoad(tariff, [...halfHours('2024-12-31T23:00:00Z', [1]), ...LOAD], {
      from: start(2),
      to: start(3),
    });
    expect(whole.findings.map(({ code }) => code)).not.toContain('yearShort');
  });

  it('keeps two years apart', () => {
    const next = [...LOAD, ...halfHours('2026-01-10T12:00:00Z', [25])];
    const two = priceLoad(tariff, next, { from: start(12), to: Date.parse('2026-01-31T23:00:00Z') });
    const lines = two.lines.filter(({ name }) => name === 'power');
    expect(lines.map(({ quantity }) => quantity)).toEqual([140, 50]);
    expect(lines[0]?.amount).toBeCloseTo((31 / 365) * 140 * 120, 9);
    expect(lines[1]?.amount).toBeCloseTo((31 / 365) * 50 * 120, 9);
  });

  it('takes the price pair by the hours of use so far, stretched to the year', () => {
    const pair = testTariff({
      timezone: 'Europe/Berlin',
      bands: flat,
      demand: [
        demandOf({
          name: 'power',
          rate: 20,
          billed: 'annualMaximum',
          byUtilisation: { hours: 2500, below: 20, from: 120 },
        }),
      ],
    });
    // 100 kW for half an hour, and 200 h of it in January: 2,355 h by the year; 220 h would be 2,590.
    const january = (hours: number) =>
      priceLoad(
        pair,
        [
          ...halfHours(
            '2024-12-31T23:00:00Z',
            Array.from({ length: hours * 2 }, () => 50),
          ),
        ],
        {
          from: start(1),
          to: start(2),
        },
      ).lines.find(({ name }) => name === 'power')?.amount;
    expect(january(200)).toBeCloseTo((31 / 365) * 100 * 20, 9);
    expect(january(220)).toBeCloseTo((31 / 365) * 100 * 120, 9);
  });

  it('makes the year the period that a new peak is held against', () => {
    const may = Date.parse('2025-05-15T10:00:00Z');
    expect(billingPeriod(tariff, may)).toEqual({ start: start(1), end: start(13) });
    const mixed = { ...tariff, demand: [...tariff.demand, demandOf({ name: 'month' })] };
    expect(billingPeriod(mixed, may)).toEqual({ start: start(5), end: start(6) });
  });
});
