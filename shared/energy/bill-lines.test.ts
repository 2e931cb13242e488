import { describe, expect, it } from 'vitest';
import type { TariffBand, TariffDemand } from '../plant/model.ts';
import { priceLoad } from './bill.ts';
import { billText } from './bill-text.ts';
import type { LoadRow } from './load.ts';
import { testTariff } from './testing.ts';

const at = (text: string) => Date.parse(text);
const HALF_HOUR = 1_800_000;
const always = { days: null, months: null, from: null, to: null };
const band = (name: string, rate: number, more: Partial<TariffBand> = {}): TariffBand => ({
  ...always,
  name,
  rate,
  ...more,
});
const demand = (more: Partial<TariffDemand> = {}): TariffDemand => ({
  name: 'peak',
  rate: 10,
  basis: 'kW',
  ratchet: null,
  minimumPowerFactor: null,
  byUtilisation: null,
  ...always,
  ...more,
});
const rows = (start: string, kWh: readonly (number | null)[], kvarh: number | null = null): LoadRow[] =>
  kWh.map((value, i) => ({ start: at(start) + i * HALF_HOUR, kWh: value, kvarh: value === null ? null : kvarh }));
const codes = (bill: ReturnType<typeof priceLoad>) => bill.findings.map((f) => f.code);

describe('energy lines', () => {
  it('come in the order of the tariff, not of the day, what has no price last', () => {
    const tariff = testTariff({
      bands: [band('red', 0.3, { from: '01:00', to: '02:00' }), band('green', 0.1, { from: '02:00', to: '04:00' })],
    });
    const bill = priceLoad(tariff, rows('2026-01-14T00:00:00Z', [1, 1, 2, 2, 3, 3]));
    expect(bill.lines.map((l) => [l.name, l.quantity, l.amount])).toEqual([
      ['red', 4, 1.2],
      ['green', 6, 0.6],
      ['energy without a price', 2, null],
    ]);
    expect(bill.energy).toBe(1.8);
  });

  it('of one band at two rates are two, each with its own price by hours of use', () => {
    const pair = { hours: 1, below: 0.9, from: 0.5 };
    const tariff = testTariff({
      bands: [band('use', 0.3, { to: '01:00', byUtilisation: pair }), band('use', 0.2), band('other', 0.3)],
    });
    const bill = priceLoad(tariff, rows('2026-01-14T00:00:00Z', [1, 1, 2, 2]));
    expect(bill.lines.map((l) => [l.name, l.quantity, l.rate])).toEqual([
      // 6 kWh over a highest load of 4 kW are 1.5 hours of use.
      ['use', 2, 0.5],
      ['use', 4, 0.2],
    ]);
  });
});

describe('the rows', () => {
  it('must come in order of time, in the period and before it', () => {
    const tariff = testTariff({ bands: [band('all', 0.1)] });
    const [first, second] = rows('2026-01-14T00:00:00Z', [1, 1]);
    if (!first || !second) throw new Error('no rows');
    expect(() => priceLoad(tariff, [second, first])).toThrow(
      'rows must come in order of time; 2026-01-14T00:00:00.000Z is before 2026-01-14T01:00:00.000Z',
    );
    const period = { from: at('2026-01-14T01:00:00Z'), to: at('2026-01-14T02:00:00Z') };
    expect(() => priceLoad(tariff, [second, first], period)).toThrow('in order of time');
    expect(() => priceLoad(tariff, [], period)).not.toThrow();
    expect(() => priceLoad(tariff, [], { from: period.from })).toThrow('no rows from 2026-01-14T01:00:00.000Z on');
    expect(() => priceLoad(tariff, [])).toThrow('the load has no rows');
  });

  it('after the period are left out, those before it feed ratchets alone', () => {
    const tariff = testTariff({ bands: [band('all', 0.1)], demand: [demand()] });
    const period = { from: at('2026-01-14T00:30:00Z'), to: at('2026-01-14T01:30:00Z') };
    const bill = priceLoad(tariff, rows('2026-01-14T00:00:00Z', [100, 1, 2, 100]), period);
    expect(bill.lines.map((l) => [l.name, l.quantity])).toEqual([
      ['all', 3],
      ['peak', 4],
    ]);
    expect(bill).toMatchObject({ from: '2026-01-14T00:30:00.000Z', to: '2026-01-14T01:30:00.000Z', findings: [] });
  });
});

describe('gaps', () => {
  it('next to each other are one', () => {
    const tariff = testTariff({ bands: [band('all', 0.1)] });
    const bill = priceLoad(tariff, rows('2026-01-14T00:00:00Z', [1, null, null, 1, null]));
    expect(bill.findings.map((f) => [f.code, f.message.slice(0, 69)])).toEqual([
      ['loadGap', 'no load from 2026-01-14T00:30:00.000Z to 2026-01-14T01:30:00.000Z: th'],
      ['loadGap', 'no load from 2026-01-14T02:00:00.000Z to 2026-01-14T02:30:00.000Z: th'],
    ]);
  });

  it('beyond twenty are counted, with where they end', () => {
    const tariff = testTariff({ bands: [band('all', 0.1)] });
    const holes = (n: number) =>
      priceLoad(
        tariff,
        rows(
          '2026-01-14T00:00:00Z',
          Array.from({ length: 2 * n }, (_, i) => (i % 2 ? null : 1)),
        ),
      );
    expect(codes(holes(20))).toEqual(Array.from({ length: 20 }, () => 'loadGap'));
    const found = holes(23).findings;
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toMatchObject({
      code: 'loadGaps',
      message: '3 more gaps in the load, the last up to 2026-01-14T23:00:00.000Z',
    });
  });
});

describe('what is missing', () => {
  const load = (kWh: number) => rows('2026-01-14T00:00:00Z', [kWh, kWh, kWh]);
  const half = [band('all', 0.1, { to: '00:30' })];

  it('is named with how much and from when, and not where nothing was used', () => {
    const found = priceLoad(testTariff({ bands: half }), load(0.4)).findings;
    expect(found).toMatchObject([{ code: 'priceMissing', t: at('2026-01-14T00:30:00Z') }]);
    expect(found[0]?.message).toContain(
      '0.8 kWh have no price and are left out, the first at 2026-01-14T00:30:00.000Z',
    );
    expect(codes(priceLoad(testTariff({ bands: half }), load(0)))).toEqual([]);
  });

  it('of kvarh matters where kVA, reactive energy or a power factor is charged', () => {
    const bands = [band('all', 0.1)];
    const capacity = { agreedKva: 10, ratePerKvaPerDay: 0.1, excessRatePerKvaPerDay: 0.5 };
    const reactive = { freeShareOfKwh: 0.33, ratePerKvarh: 0.01 };
    const charging = [
      { capacity },
      { reactive },
      { demand: [demand({ basis: 'kVA' })] },
      { demand: [demand({ minimumPowerFactor: 0.9 })] },
    ];
    for (const more of charging)
      expect(codes(priceLoad(testTariff({ bands, ...more }), load(1)))).toEqual(['reactiveMissing']);
    expect(codes(priceLoad(testTariff({ bands, demand: [demand()] }), load(1)))).toEqual([]);
    expect(codes(priceLoad(testTariff({ bands, capacity }), rows('2026-01-14T00:00:00Z', [1], 0)))).toEqual([]);
  });
});

describe('the load before and around a period', () => {
  const ratchet = [demand({ ratchet: { fraction: 0.5, months: 1 } })];
  const tariff = testTariff({ bands: [band('all', 0.1)], demand: ratchet });
  const period = { from: at('2026-02-01T00:00:00Z') };

  it('reaches far enough back where it begins with the month that the ratchet looks at', () => {
    const current = rows('2026-02-01T00:00:00Z', [1]);
    const from = (start: string) => codes(priceLoad(tariff, [...rows(start, [10]), ...current], period));
    expect(from('2026-01-01T00:00:00Z')).not.toContain('ratchetShort');
    expect(from('2026-01-01T00:30:00Z')).toContain('ratchetShort');
  });

  it('may have holes before the period', () => {
    const load = [...rows('2026-01-01T00:00:00Z', [null, 10]), ...rows('2026-02-01T00:00:00Z', [1])];
    expect(priceLoad(tariff, load, period).lines.find((l) => l.part === 'demand')?.quantity).toBe(10);
  });

  it('is counted where it is only partly measured, one by one', () => {
    const load = rows('2026-02-01T00:00:00Z', [1, 1, 1]).map((row, i) => ({ ...row, complete: i === 0 }));
    const bill = priceLoad(testTariff({ bands: [band('all', 0.1)] }), load);
    expect(bill.findings).toMatchObject([
      { code: 'loadIncomplete', message: expect.stringContaining('partly measured: 2;') },
    ]);
  });

  it('before the tariff is told', () => {
    const young = testTariff({ bands: [band('all', 0.1)], validFrom: '2026-02-01' });
    expect(codes(priceLoad(young, rows('2026-01-31T23:30:00Z', [1])))).toEqual(['tariffNotYetValid']);
    expect(codes(priceLoad(young, rows('2026-02-01T00:00:00Z', [1])))).toEqual([]);
  });

  it('is refused by a name that callers can tell', () => {
    expect(() => priceLoad(tariff, [])).toThrow(expect.objectContaining({ name: 'EnergyError', code: 'empty' }));
  });
});

describe('hours of use', () => {
  const tariff = testTariff({
    demand: [demand({ byUtilisation: { hours: 2500, below: 1, from: 2 } })],
    bands: [band('all', 0.1)],
  });
  const of = (to: string) => codes(priceLoad(tariff, [], { from: at('2026-01-01T00:00:00Z'), to: at(to) }));

  it('are those of a year of 365 or 366 days', () => {
    expect(of('2026-12-31T00:00:00Z')).toContain('utilisationPeriod');
    expect(of('2027-01-01T00:00:00Z')).not.toContain('utilisationPeriod');
    expect(of('2027-01-02T00:00:00Z')).not.toContain('utilisationPeriod');
    expect(of('2027-01-02T00:30:00Z')).toContain('utilisationPeriod');
  });
});

describe('demand lines', () => {
  const priced = (demands: readonly TariffDemand[], load: readonly LoadRow[], from?: string) =>
    priceLoad(
      testTariff({ demand: demands, bands: [band('all', 0.1)] }),
      load,
      from === undefined ? {} : { from: at(from) },
    );
  const only = (bill: ReturnType<typeof priceLoad>) => bill.lines.find((l) => l.part === 'demand');

  it('name the first of equal maxima', () => {
    expect(only(priced([demand()], rows('2026-01-14T00:00:00Z', [1, 3, 3])))).toMatchObject({
      quantity: 6,
      at: '2026-01-14T00:30:00.000Z',
    });
  });

  it('rise with a power factor below the minimum, and never fall', () => {
    // 3 kWh and 4 kvarh: a factor of 0.6, from energies.
    const poor = [demand({ minimumPowerFactor: 0.9 })];
    expect(only(priced(poor, rows('2026-01-14T00:00:00Z', [3], 4)))).toMatchObject({
      quantity: 9,
      note: 'x 1.5 for a power factor below 0.9',
    });
    expect(only(priced(poor, rows('2026-01-14T00:00:00Z', [4], 0)))).toMatchObject({ quantity: 8 });
    expect(
      only(priced([demand({ minimumPowerFactor: 0.9, basis: 'kVA' })], rows('2026-01-14T00:00:00Z', [3], 4)))?.quantity,
    ).toBe(10);
    expect(only(priced([demand()], rows('2026-01-14T00:00:00Z', [3], 4)))?.quantity).toBe(6);
    expect(only(priced(poor, rows('2026-01-14T00:00:00Z', [3], null)))?.quantity).toBe(6);
    expect(only(priced(poor, rows('2026-01-14T00:00:00Z', [0], 0)))?.quantity).toBe(0);
  });

  it('raised by a ratchet say what was metered, and what raised them', () => {
    const ratchet = [demand({ ratchet: { fraction: 0.8, months: 2 } })];
    const load = [
      ...rows('2026-01-10T00:00:00Z', [50]),
      ...rows('2026-02-10T00:00:00Z', [5]),
      ...rows('2026-03-01T00:00:00Z', [10]),
    ];
    expect(only(priced(ratchet, load, '2026-03-01T00:00:00Z'))).toMatchObject({
      quantity: 80,
      at: '2026-03-01T00:00:00.000Z',
      note: 'metered 20 kW; raised to 80 % of 100 kW at 2026-01-10 00:00',
    });
    const oneMonth = [demand({ ratchet: { fraction: 0.8, months: 1 } })];
    expect(only(priced(oneMonth, load, '2026-03-01T00:00:00Z'))).toMatchObject({ quantity: 20 });
  });
});

describe('the mean of the months', () => {
  it('is what a ratchet raises, and what its note calls metered', () => {
    const tariff = testTariff({
      bands: [band('all', 0.1)],
      demand: [demand({ billed: 'meanOfMonths', ratchet: { fraction: 1, months: 1 } })],
    });
    const load = [
      ...rows('2026-01-10T00:00:00Z', [50]),
      ...rows('2026-02-10T00:00:00Z', [5, 10]),
      ...rows('2026-03-10T00:00:00Z', [20]),
    ];
    const bill = priceLoad(tariff, load, { from: at('2026-02-01T00:00:00Z') });
    expect(bill.lines.find((l) => l.part === 'demand')).toMatchObject({
      quantity: 100,
      at: '2026-03-10T00:00:00.000Z',
    });
    expect(bill.lines.find((l) => l.part === 'demand')?.note).toBe(
      'metered 30 kW; mean of the maxima of its months, the highest 40 kW; raised to 100 % of 100 kW at 2026-01-10 00:00',
    );
  });
});

describe('a bill as text', () => {
  it('stands in columns, numbers to the right', () => {
    const tariff = testTariff({
      bands: [band('a long name', 0.12345)],
      fixed: [{ name: 'fix', perDay: 1 }],
      taxPercent: 20,
    });
    const bill = priceLoad(
      tariff,
      rows(
        '2026-01-14T00:00:00Z',
        Array.from({ length: 48 }, () => 1000),
      ),
    );
    expect(billText(bill, 'Europe/London').split('\n')).toEqual([
      'From 2026-01-14 00:00 to 2026-01-15 00:00, Europe/London',
      '',
      '             quantity          rate   amount',
      'a long name     48000  kWh  0.12345  5925.60',
      'fix                 1  day        1     1.00',
      'tax                20  %             1185.32',
      'total                                7111.92',
      '',
    ]);
  });

  it('ends with what is missing, and shows a dash where there is no price', () => {
    const text = billText(
      priceLoad(testTariff({ bands: [] }), rows('2026-01-14T00:00:00Z', [1])),
      'Europe/London',
    ).split('\n');
    expect(text[3]).toBe('energy without a price         1  kWh     -       -');
    expect(text[5]).toBe('');
    expect(text[6]).toContain('note: 1 kWh have no price');
  });
});

describe('capacity and tax', () => {
  it('charge the excess only above what is agreed, tax on every line', () => {
    const capacity = { agreedKva: 10, ratePerKvaPerDay: 0.1, excessRatePerKvaPerDay: 0.5 };
    const tariff = testTariff({ bands: [band('all', 0.1)], capacity, taxPercent: 20 });
    const day = (kWh: number) =>
      priceLoad(
        tariff,
        rows(
          '2026-01-14T00:00:00Z',
          Array.from({ length: 48 }, () => kWh),
          0,
        ),
      );
    expect(day(5).lines.map((l) => l.name)).toEqual(['all', 'capacity', 'tax']);
    expect(day(6).lines.map((l) => [l.name, l.quantity, l.rate, l.amount])).toEqual([
      ['all', 288, 0.1, 28.8],
      ['capacity', 10, 0.1, 1],
      ['capacity excess', 2, 0.5, 1],
      ['tax', 20, 0.308, 6.16],
    ]);
    expect(day(6).total).toBe(36.96);
  });

  it('have no line where there is no tax, however small the percentage where there is', () => {
    const of = (taxPercent: number) =>
      priceLoad(testTariff({ bands: [band('all', 1)], taxPercent }), rows('2026-01-14T00:00:00Z', [100]));
    expect(of(0).lines.map((l) => l.name)).toEqual(['all']);
    expect(of(0.5).lines.map((l) => l.amount)).toEqual([100, 0.5]);
  });
});
