import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceLoad } from '#shared/energy/bill.ts';
import { bandAt, bandSegments } from '#shared/energy/tariff.ts';
import { testTariff } from '#shared/energy/testing.ts';
import type { Tariff, TariffBand, TariffDemand, Weekday } from '#shared/plant/model.ts';
import { localMidnight } from '#shared/time/zone.ts';
import { oracleBandAt, oracleBill, wallAt } from './tariff-oracle.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A zone, and a date on which its clock changes or something else is odd. */
const places = fc.constantFrom(
  ['Europe/London', '2026-03-29'],
  ['Europe/London', '2026-10-25'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/Los_Angeles', '2026-03-08'],
  ['America/Los_Angeles', '2026-11-01'],
  ['America/Chicago', '2026-11-01'],
  ['Asia/Kolkata', '2026-02-28'],
  ['Asia/Kathmandu', '2026-12-31'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2026-03-08'],
  ['Pacific/Apia', '2026-01-01'],
  ['UTC', '2024-02-29'],
) as fc.Arbitrary<[string, string]>;

const clock = (step: number) =>
  fc.integer({ min: 0, max: 1440 / step - 1 }).map((n) => {
    const minutes = n * step;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  });

const window = (step: number) =>
  fc
    .record({
      days: fc.option(fc.subarray([...WEEKDAYS], { minLength: 1 })),
      months: fc.option(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { minLength: 1 })),
      times: fc.option(fc.tuple(clock(step), fc.oneof(clock(step), fc.constant('24:00')))),
    })
    .map(({ days, months, times }) => ({
      days,
      months,
      from: times && times[0] !== times[1] ? times[0] : null,
      to: times && times[0] !== times[1] ? times[1] : null,
    }));

const rate = fc.integer({ min: -50, max: 400 }).map((n) => n / 1000);
const bands: fc.Arbitrary<TariffBand[]> = fc.array(
  fc
    .record({ name: fc.constantFrom('red', 'amber', 'green'), rate, window: window(15) })
    .map(({ name, rate, window }) => ({ name, rate, ...window })),
  { minLength: 1, maxLength: 6 },
);
const demand: fc.Arbitrary<TariffDemand[]> = fc.array(
  fc.record({ name: fc.constantFrom('peak', 'any'), rate, window: window(15) }).map(({ name, rate, window }) => ({
    name,
    rate,
    basis: name === 'peak' ? ('kVA' as const) : ('kW' as const),
    ratchet: null,
    minimumPowerFactor: null,
    byUtilisation: null,
    ...window,
  })),
  { maxLength: 4 },
);

const tariffs: fc.Arbitrary<{ tariff: Tariff; date: string }> = fc
  .record({
    place: places,
    bands,
    demand,
    intervalMinutes: fc.constantFrom(15, 30),
    holiday: fc.option(fc.constantFrom(...WEEKDAYS)),
  })
  .map(({ place: [timezone, date], bands, demand, intervalMinutes, holiday }) => ({
    date,
    tariff: testTariff({
      timezone,
      intervalMinutes,
      bands,
      demand,
      holidays: { dates: [date], treatAs: holiday },
      capacity: { agreedKva: 40, ratePerKvaPerDay: 0.05, excessRatePerKvaPerDay: 0.08 },
      fixed: [{ name: 'standing', perDay: 12.4 }],
      reactive: { freeShareOfKwh: 0.3287, ratePerKvarh: 0.004 },
      levies: [{ name: 'levy', perKwh: 0.008 }],
      taxPercent: 20,
    }),
  }));

describe('bands', () => {
  it('partition any span, and are those that a minute-by-minute clock says', () => {
    fc.assert(
      fc.property(
        tariffs,
        fc.integer({ min: 0, max: 30 * 60 }),
        fc.integer({ min: 1, max: 40 * 60 }),
        (given, a, length) => {
          const { tariff, date } = given;
          const from = localMidnight(tariff.timezone, date) - 5 * HOUR + a * MINUTE;
          const to = from + length * MINUTE;
          const segments = bandSegments(tariff, from, to);
          expect(segments[0]?.start).toBe(from);
          expect(segments.at(-1)?.end).toBe(to);
          segments.forEach((segment, i) => {
            expect(segment.end).toBeGreaterThan(segment.start);
            if (i > 0) expect(segment.start).toBe(segments[i - 1]?.end);
            for (let t = segment.start; t < segment.end; t += 5 * MINUTE) {
              expect({ band: segment.band, rate: segment.rate }).toEqual(oracleBandAt(tariff, t));
            }
            const last = segment.end - MINUTE;
            if (last >= segment.start) expect(oracleBandAt(tariff, last).band).toBe(segment.band);
            // Whole within one local date.
            expect(wallAt(tariff.timezone, segment.start).date).toBe(wallAt(tariff.timezone, segment.end - 1).date);
          });
          expect(bandAt(tariff, from)).toEqual(oracleBandAt(tariff, from));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of a tariff with prices leave holes where there is no price', () => {
    fc.assert(
      fc.property(
        places,
        fc.array(fc.option(rate), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 1500 }),
        ([timezone, date], rates, offset, length) => {
          const start = localMidnight(timezone, date);
          const prices = rates.flatMap((r, i) =>
            r === null ? [] : [{ from: start + i * 15 * MINUTE, to: start + (i + 1) * 15 * MINUTE, rate: r }],
          );
          const tariff = testTariff({ timezone, intervalMinutes: 15, prices });
          const from = start - offset * MINUTE;
          const segments = bandSegments(tariff, from, from + length * MINUTE);
          expect(segments.reduce((ms, s) => ms + s.end - s.start, 0)).toBe(length * MINUTE);
          for (const segment of segments) {
            expect(segment.rate).toBe(oracleBandAt(tariff, segment.start).rate);
            expect(segment.rate).toBe(oracleBandAt(tariff, segment.end - MINUTE).rate);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a bill', () => {
  const loads = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 2000 })), {
    minLength: 100,
    maxLength: 200,
  });

  it('is what brute force says, over the days on which the clock changes', () => {
    fc.assert(
      fc.property(tariffs, loads, ({ tariff, date }, load) => {
        // Lord Howe changes by half an hour: its quarter hours and half hours still line up.
        const start = localMidnight(tariff.timezone, date);
        const interval = tariff.intervalMinutes * MINUTE;
        const days = [start, localMidnight(tariff.timezone, nextDay(date))] as const;
        const count = (days[1] - days[0]) / interval;
        const rows = Array.from({ length: count }, (_, i) => {
          const [wh = 0, varh = 0] = load[i % load.length] ?? [];
          return { start: start + i * interval, kWh: wh / 100, kvarh: varh / 100 };
        });
        const bill = priceLoad(tariff, rows);
        const oracle = oracleBill(tariff, rows);
        const of = (part: string) => bill.lines.filter((line) => line.part === part);
        const kWh: Record<string, number> = {};
        for (const line of of('energy')) {
          if (line.rate !== null) kWh[`${line.name}@${line.rate}`] = line.quantity;
        }
        expect(Object.keys(kWh).sort()).toEqual(Object.keys(oracle.kWhByBand).sort());
        for (const [key, value] of Object.entries(oracle.kWhByBand)) expect(kWh[key]).toBeCloseTo(value, 6);
        expect(bill.energy).toBeCloseTo(oracle.energyCost, 6);
        const unpriced = of('energy').find((line) => line.rate === null)?.quantity ?? 0;
        expect(unpriced).toBeCloseTo(oracle.unpricedKWh, 6);
        const maxima = Object.fromEntries(of('demand').map((line) => [line.name, line.quantity]));
        expect(Object.keys(maxima).sort()).toEqual(Object.keys(oracle.maxByName).sort());
        for (const [name, value] of Object.entries(oracle.maxByName)) expect(maxima[name]).toBeCloseTo(value, 9);
        const line = (name: string) => bill.lines.find((l) => l.name === name)?.quantity ?? 0;
        expect(line('capacity')).toBeCloseTo(40 * oracle.dates, 9);
        expect(line('capacity excess')).toBeCloseTo(Math.max(0, oracle.maxKva - 40) * oracle.dates, 6);
        expect(line('standing')).toBe(oracle.dates);
        expect(line('reactive')).toBeCloseTo(oracle.excessKvarh, 6);
        const net = bill.lines.filter((l) => l.part !== 'tax').reduce((sum, l) => sum + (l.amount ?? 0), 0);
        expect(bill.total).toBeCloseTo(net * 1.2, 6);
      }),
      { numRuns: 120 },
    );
  });

  it('adds up: the energy and the days of two adjoining periods are those of both together', () => {
    fc.assert(
      fc.property(tariffs, loads, fc.integer({ min: 1, max: 99 }), ({ tariff, date }, load, cut) => {
        const start = localMidnight(tariff.timezone, date) - 12 * HOUR;
        const interval = tariff.intervalMinutes * MINUTE;
        const rows = load.map(([wh, varh], i) => ({ start: start + i * interval, kWh: wh / 100, kvarh: varh / 100 }));
        const middle = start + cut * interval;
        const whole = priceLoad(tariff, rows);
        const parts = [priceLoad(tariff, rows, { to: middle }), priceLoad(tariff, rows, { from: middle })];
        const sum = (pick: (bill: typeof whole) => number) => parts.reduce((total, bill) => total + pick(bill), 0);
        const standing = (bill: typeof whole) => bill.lines.find((l) => l.name === 'standing')?.quantity ?? 0;
        expect(sum((bill) => bill.energy)).toBeCloseTo(whole.energy, 6);
        expect(sum(standing)).toBeCloseTo(standing(whole), 9);
        // A maximum of the whole is the maximum of its parts, or it would depend on where one looks.
        for (const name of new Set(tariff.demand.map((d) => d.name))) {
          const quantity = (bill: typeof whole) => bill.lines.find((l) => l.name === name)?.quantity ?? 0;
          expect(Math.max(...parts.map(quantity))).toBeCloseTo(quantity(whole), 9);
        }
      }),
      { numRuns: 80 },
    );
  });
});

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 24 * HOUR).toISOString().slice(0, 10);
}
