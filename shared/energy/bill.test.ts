import { describe, expect, it } from 'vitest';
import type { TariffDemand } from '../plant/model.ts';
import { priceLoad } from './bill.ts';
import { billText, roundedBill } from './bill-text.ts';
import type { LoadRow } from './load.ts';
import { testTariff } from './testing.ts';

const at = (text: string): number => Date.parse(text);
const always = { days: null, months: null, from: null, to: null };
const flat = [{ name: 'all', rate: 0.2, ...always }];
const demandOf = (more: Partial<TariffDemand>): TariffDemand => ({
  name: 'peak',
  rate: 10,
  basis: 'kW',
  ratchet: null,
  minimumPowerFactor: null,
  byUtilisation: null,
  ...always,
  ...more,
});

/** Half hours from `start` on, one kWh value each. */
const halfHours = (start: string, kWh: readonly (number | null)[], kvarh: number | null = null): LoadRow[] =>
  kWh.map((value, i) => ({ start: at(start) + i * 1_800_000, kWh: value, kvarh: value === null ? null : kvarh }));

/** One value for every half hour from `from` to `to`. */
const steady = (from: string, to: string, kWh: number, kvarh: number | null = null): LoadRow[] =>
  halfHours(
    from,
    Array.from({ length: (at(to) - at(from)) / 1_800_000 }, () => kWh),
    kvarh,
  );

const line = (bill: ReturnType<typeof priceLoad>, name: string) => bill.lines.find((l) => l.name === name);
const codes = (bill: ReturnType<typeof priceLoad>) => bill.findings.map((f) => f.code);

describe('energy', () => {
  it('splits an interval that a band edge cuts by time', () => {
    const tariff = testTariff({
      bands: [
        { ...always, name: 'red', rate: 0.3, from: '00:10', to: '24:00' },
        { ...always, name: 'green', rate: 0.1 },
      ],
    });
    const bill = priceLoad(tariff, halfHours('2026-01-14T00:00:00Z', [9]));
    expect(line(bill, 'green')).toMatchObject({ quantity: 3, rate: 0.1 });
    expect(line(bill, 'red')?.quantity).toBeCloseTo(6, 12);
    expect(bill.total).toBeCloseTo(2.1, 12);
  });

  it('adds money in decimal: a tenth is a tenth', () => {
    const tariff = testTariff({ bands: [{ ...always, name: 'all', rate: 0.1 }] });
    const bill = priceLoad(tariff, steady('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', 0.1));
    expect(line(bill, 'all')).toMatchObject({ quantity: 148.8, amount: 14.88 });
  });

  it('prices by the interval, below zero too, and leaves out what has no price', () => {
    const price = (start: string, rate: number) => ({ from: at(start), to: at(start) + 900_000, rate });
    const bill = priceLoad(
      testTariff({
        bands: [],
        prices: [
          price('2026-01-14T00:00:00Z', 0.1),
          price('2026-01-14T00:15:00Z', -0.02),
          price('2026-01-14T00:30:00Z', 0.3),
        ],
      }),
      halfHours('2026-01-14T00:00:00Z', [10, 10]),
    );
    expect(line(bill, 'energy')).toMatchObject({ quantity: 15, amount: 1.9 });
    expect(line(bill, 'energy without a price')).toMatchObject({ quantity: 5, rate: null, amount: null });
    expect(bill.total).toBeCloseTo(1.9, 12);
    expect(bill.findings.map((f) => f.message).join()).toContain('5 kWh have no price');
  });

  it('says which time no band matches', () => {
    const bill = priceLoad(
      testTariff({ bands: [{ ...always, name: 'day', rate: 1, from: '06:00', to: '22:00' }] }),
      halfHours('2026-01-14T05:30:00Z', [2, 3]),
    );
    expect(bill.energy).toBe(3);
    expect(codes(bill)).toEqual(['priceMissing']);
  });
});

describe('demand', () => {
  it('of windows that share a name is one maximum, priced where it fell', () => {
    const tariff = testTariff({
      bands: flat,
      demand: [demandOf({ to: '12:00', rate: 5 }), demandOf({ from: '18:00', rate: 7 })],
    });
    const bill = priceLoad(tariff, [
      ...halfHours('2026-01-14T10:00:00Z', [20]),
      ...halfHours('2026-01-14T12:00:00Z', [90]),
      ...halfHours('2026-01-14T18:00:00Z', [25]),
    ]);
    expect(bill.lines.filter((l) => l.unit === 'kW')).toMatchObject([
      { name: 'peak', quantity: 50, rate: 7, amount: 350 },
    ]);
    expect(line(bill, 'peak')?.at).toBe('2026-01-14T18:00:00.000Z');
  });

  it('is never set by an interval that is only partly measured', () => {
    const bill = priceLoad(testTariff({ bands: flat, demand: [demandOf({})] }), [
      { start: at('2026-01-14T00:00:00Z'), kWh: 50, kvarh: null, complete: false },
      { start: at('2026-01-14T00:30:00Z'), kWh: 5, kvarh: null },
    ]);
    expect(line(bill, 'peak')?.quantity).toBe(10);
    expect(line(bill, 'all')?.quantity).toBe(55);
    expect(codes(bill)).toEqual(['loadIncomplete']);
  });

  it('is held up by a ratchet on what was metered in the months before, not on what was billed', () => {
    const tariff = testTariff({
      timezone: 'Europe/London',
      bands: flat,
      demand: [demandOf({ ratchet: { fraction: 0.8, months: 11 } })],
    });
    const load = [
      ...halfHours('2025-01-31T23:30:00Z', [1000]),
      ...halfHours('2025-07-10T12:00:00Z', [50]),
      ...halfHours('2025-11-10T12:00:00Z', [30]),
      ...steady('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', 20),
    ];
    const from = at('2026-01-01T00:00:00Z');
    // 2000 kW is 12 months back: out of reach. 100 kW x 0.8 = 80 kW beats 40 kW.
    expect(line(priceLoad(tariff, load, { from }), 'peak')).toMatchObject({ quantity: 80, rate: 10, amount: 800 });
    // And is not passed on: the month after still looks at the 100 kW of July, not at 80.
    const july = line(priceLoad(tariff, load, { from }), 'peak')?.note;
    expect(july).toContain('metered 40 kW; raised to 80 % of 100 kW at 2025-07-10 13:00');
    expect(codes(priceLoad(tariff, load, { from }))).not.toContain('ratchetShort');
    expect(codes(priceLoad(tariff, load.slice(1), { from }))).toContain('ratchetShort');
  });

  it('looks back with each ratchet as far as that one does', () => {
    const tariff = testTariff({
      bands: flat,
      demand: [
        demandOf({ name: 'long', ratchet: { fraction: 1, months: 11 } }),
        demandOf({ name: 'short', ratchet: { fraction: 1, months: 2 } }),
      ],
    });
    const load = [
      ...halfHours('2025-10-31T23:30:00Z', [50]),
      ...halfHours('2025-11-01T00:00:00Z', [30]),
      ...halfHours('2026-01-10T12:00:00Z', [20]),
    ];
    const bill = priceLoad(tariff, load, { from: at('2026-01-01T00:00:00Z'), to: at('2026-02-01T00:00:00Z') });
    expect(line(bill, 'long')?.quantity).toBe(100);
    expect(line(bill, 'short')?.quantity).toBe(60);
  });

  it('is raised by a poor power factor of the period, the past ones by their own', () => {
    const tariff = testTariff({
      bands: flat,
      demand: [demandOf({ minimumPowerFactor: 0.9, ratchet: { fraction: 1, months: 1 } })],
    });
    const from = at('2026-01-01T00:00:00Z');
    const good = steady('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 40, 0);
    // cos phi 0.6: 40 kWh and 53.33 kvarh.
    const poor = steady('2025-12-31T00:00:00Z', '2026-01-01T00:00:00Z', 30, 40);
    expect(line(priceLoad(tariff, good), 'peak')?.quantity).toBe(80);
    expect(line(priceLoad(tariff, poor), 'peak')?.quantity).toBeCloseTo((60 * 0.9) / 0.6, 9);
    expect(line(priceLoad(tariff, [...poor, ...good], { from }), 'peak')?.quantity).toBeCloseTo(90, 9);
  });

  it('takes kVA from each block, and the kW where there is no kvarh, which it says', () => {
    const tariff = testTariff({ bands: flat, demand: [demandOf({ basis: 'kVA' })] });
    const bill = priceLoad(tariff, [
      { start: at('2026-01-14T00:00:00Z'), kWh: 30, kvarh: 40 },
      { start: at('2026-01-14T00:30:00Z'), kWh: 40, kvarh: 0 },
    ]);
    expect(line(bill, 'peak')).toMatchObject({ unit: 'kVA', quantity: 100 });
    expect(codes(bill)).toEqual([]);
    const without = priceLoad(tariff, halfHours('2026-01-14T00:00:00Z', [30]));
    expect(line(without, 'peak')?.quantity).toBe(60);
    expect(codes(without)).toEqual(['reactiveMissing']);
  });

  it('can be the mean of the maxima of the months', () => {
    const tariff = testTariff({ bands: flat, demand: [demandOf({ billed: 'meanOfMonths' })] });
    const bill = priceLoad(tariff, [
      ...halfHours('2026-01-20T10:00:00Z', [50, 30]),
      ...halfHours('2026-02-20T10:00:00Z', [20]),
      ...halfHours('2026-03-20T10:00:00Z', [35]),
    ]);
    expect(line(bill, 'peak')?.quantity).toBeCloseTo((100 + 40 + 70) / 3, 9);
  });
});

describe('price pairs by hours of use', () => {
  const pairs = testTariff({
    timezone: 'Europe/Berlin',
    intervalMinutes: 30,
    bands: [{ ...always, name: 'Arbeit', rate: 0.05, byUtilisation: { hours: 2500, below: 0.05, from: 0.0079 } }],
    demand: [demandOf({ name: 'Leistung', rate: 20, byUtilisation: { hours: 2500, below: 20, from: 132.35 } })],
  });
  const year = { from: at('2024-12-31T23:00:00Z'), to: at('2025-12-31T23:00:00Z') };
  const load = (kWhADay: number): LoadRow[] => {
    const rows = steady('2024-12-31T23:00:00Z', '2025-12-31T23:00:00Z', kWhADay);
    return rows.map((row, i) => (i === 5000 ? { ...row, kWh: 2500 } : row));
  };

  it('take the low energy price from the hours on', () => {
    const rest = (25_000_000 - 2500) / (365 * 48 - 1);
    const bill = priceLoad(pairs, load(rest), year);
    expect(line(bill, 'Leistung')).toMatchObject({ rate: 132.35, amount: 661_750 });
    expect(line(bill, 'Leistung')?.quantity).toBeCloseTo(5000, 9);
    expect(bill.total).toBeCloseTo(859_250, 2);
    expect(bill.findings).toEqual([]);
  });

  it('take the high energy price below them, and want a year', () => {
    const bill = priceLoad(pairs, load(100), year);
    expect(line(bill, 'Leistung')?.rate).toBe(20);
    expect(line(bill, 'Arbeit')?.rate).toBe(0.05);
    expect(codes(priceLoad(pairs, load(100).slice(0, 48)))).toEqual(['utilisationPeriod']);
  });
});

describe('the other lines', () => {
  it('charge capacity, its excess, reactive per interval, levies and tax on all of it', () => {
    const tariff = testTariff({
      bands: flat,
      capacity: { agreedKva: 60, ratePerKvaPerDay: 0.05, excessRatePerKvaPerDay: 0.1 },
      fixed: [{ name: 'Standing charge', perDay: 12.4 }],
      reactive: { freeShareOfKwh: 0.5, ratePerKvarh: 0.01 },
      levies: [{ name: 'CCL', perKwh: 0.008 }],
      taxPercent: 20,
    });
    // Two days; the excess of one interval is not netted with the others' unused share.
    const load = steady('2026-01-14T00:00:00Z', '2026-01-16T00:00:00Z', 10, 0);
    load[7] = { start: at('2026-01-14T03:30:00Z'), kWh: 30, kvarh: 40 };
    const bill = priceLoad(tariff, load);
    expect(line(bill, 'capacity')).toMatchObject({ unit: 'kVA day', quantity: 120, amount: 6 });
    expect(line(bill, 'capacity excess')).toMatchObject({ unit: 'kVA day', quantity: 80, amount: 8 });
    expect(line(bill, 'Standing charge')).toMatchObject({ unit: 'day', quantity: 2, amount: 24.8 });
    expect(line(bill, 'reactive')).toMatchObject({ unit: 'kvarh', quantity: 25, amount: 0.25 });
    expect(line(bill, 'CCL')).toMatchObject({ unit: 'kWh', quantity: 980, amount: 7.84 });
    const base = 196 + 6 + 8 + 24.8 + 0.25 + 7.84;
    expect(line(bill, 'tax')).toMatchObject({ unit: '%', quantity: 20 });
    expect(line(bill, 'tax')?.amount).toBeCloseTo(base * 0.2, 9);
    expect(bill.total).toBeCloseTo(base * 1.2, 9);
  });

  it('count a day of 23 or 25 hours as one', () => {
    const tariff = testTariff({ bands: flat, fixed: [{ name: 'day', perDay: 1 }] });
    const march = priceLoad(tariff, steady('2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z', 1));
    const october = priceLoad(tariff, steady('2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z', 1));
    expect(line(march, 'day')?.quantity).toBe(1);
    expect(line(march, 'all')?.quantity).toBe(46);
    expect(line(october, 'day')?.quantity).toBe(1);
    expect(line(october, 'all')?.quantity).toBe(50);
  });
});

describe('what is not there', () => {
  it('is named: gaps inside, empty values, and the ends of the period', () => {
    const bill = priceLoad(
      testTariff({ bands: flat }),
      [...halfHours('2026-01-14T01:00:00Z', [1, null]), ...halfHours('2026-01-14T03:00:00Z', [1])],
      { from: at('2026-01-14T00:30:00Z'), to: at('2026-01-14T04:00:00Z') },
    );
    expect(bill.findings.map((f) => f.message.match(/(\d\d:\d\d).*?(\d\d:\d\d)/)?.slice(1))).toEqual([
      ['00:30', '01:00'],
      ['01:30', '03:00'],
      ['03:30', '04:00'],
    ]);
    expect(line(bill, 'all')?.quantity).toBe(2);
  });

  it('does not become a bill of nothing', () => {
    expect(() => priceLoad(testTariff({ bands: flat }), [])).toThrow('the load has no rows');
    expect(() =>
      priceLoad(testTariff({ bands: flat }), halfHours('2026-01-14T00:00:00Z', [1]), {
        from: at('2026-01-15T00:00:00Z'),
      }),
    ).toThrow('no rows from 2026-01-15');
  });

  it('refuses a period that does not cut at an interval, or ends before it begins', () => {
    const price = (from: string, to: string) =>
      priceLoad(testTariff({ bands: flat }), [], { from: at(from), to: at(to) });
    expect(() => price('2026-01-14T00:10:00Z', '2026-01-15T00:00:00Z')).toThrow('30-minute interval');
    expect(() => price('2026-01-14T00:00:00Z', '2026-01-14T00:00:00Z')).toThrow('not after');
  });
});

describe('a printed bill', () => {
  const tariff = testTariff({
    bands: flat,
    fixed: [
      { name: 'a', perDay: 0.005 },
      { name: 'b', perDay: 0.005 },
      { name: 'rebate', perDay: -0.005 },
    ],
  });
  const bill = priceLoad(tariff, steady('2026-01-14T00:00:00Z', '2026-01-15T00:00:00Z', 0));

  it('rounds each line once, half away from zero, and adds the printed lines', () => {
    const printed = roundedBill(bill);
    expect(printed.lines.map((l) => l.amount)).toEqual([0, 0.01, 0.01, -0.01]);
    expect(printed.total).toBe(0.01);
    expect(bill.total).toBe(0.005);
  });

  it('shows the period in the tariff’s zone, every line and the total', () => {
    const text = billText(bill, 'Europe/London');
    expect(text).toContain('From 2026-01-14 00:00 to 2026-01-15 00:00, Europe/London');
    expect(text).toMatch(/^rebate +1 +day +-0\.005 +-0\.01$/m);
    expect(text).toMatch(/^total +0\.01$/m);
  });
});
