import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import type { CounterEvent } from '../oee/facts.ts';
import type { Plant, Tariff } from '../plant/model.ts';
import { energyResult } from './result.ts';
import { meterPiece, testMeter, testPlant, testTariff } from './testing.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-01-14T10:00:00Z');
const always = { days: null, months: null, from: null, to: null };
const all = [{ name: 'all', rate: 0.2, ...always }];

function of(
  plant: Plant,
  wh: Readonly<Record<string, number>>,
  more: { entries?: Entry[]; counterEvents?: CounterEvent[] } = {},
) {
  const meterPieces = Object.entries(wh).map(([key, energyWh]) => {
    const [meter = '', minute = '0'] = key.split('@');
    return meterPiece(meter, '', T0 + Number(minute) * MINUTE, T0 + (Number(minute) + 1) * MINUTE, { energyWh });
  });
  const input = { entries: [], counterEvents: [], ...more };
  return energyResult({
    plant,
    meter: 'e1',
    meterPieces,
    spansByMachine: new Map(),
    from: T0,
    to: T0 + 4 * MINUTE,
    byCategory: true,
    ...input,
  });
}
const told = (result: ReturnType<typeof of>) => result.findings.map((f) => [f.code, f.t, f.message]);

describe('energy without a price', () => {
  const plantOf = (tariff: Partial<Tariff>) => testPlant([testMeter('e1')], { tariffs: [testTariff(tariff)] });

  it('asks for a band or for a price, from when it is missing', () => {
    const half = [{ name: 'early', rate: 0.5, ...always, to: '10:02' }];
    const result = of(plantOf({ bands: half }), { 'e1@0': 1000, 'e1@1': 1000, 'e1@2': 250, 'e1@3': 250 });
    expect(result).toMatchObject({ kWh: 2.5, cost: 1 });
    expect(told(result)).toEqual([
      [
        'priceMissing',
        T0 + 2 * MINUTE,
        '0.5 kWh have no price and are left out of the cost, the first at 2026-01-14T10:02:00.000Z: give tariff "grid" a band for that time',
      ],
    ]);
    const prices = [{ from: T0, to: T0 + 2 * MINUTE, rate: 0.5 }];
    expect(told(of(plantOf({ prices }), { 'e1@3': 500 }))[0]?.[2]).toContain(
      'give tariff "grid" a price for that time',
    );
  });

  it('is not told where nothing was used', () => {
    const half = [{ name: 'early', rate: 0.5, ...always, to: '10:02' }];
    expect(told(of(plantOf({ bands: half }), { 'e1@0': 1000, 'e1@3': 0 }))).toEqual([]);
  });

  it('before the first tariff is told where the rest has a cost', () => {
    const plant = plantOf({ bands: all, timezone: 'UTC', validFrom: '2026-01-15' });
    expect(told(of(plant, { 'e1@0': 1000 }))).toEqual([]);
  });
});

describe('energy without a CO2 factor', () => {
  const carbon = [{ kind: 'interval' as const, from: T0, to: T0 + 2 * MINUTE, gramsPerKwh: 300 }];
  const plant = testPlant([testMeter('e1')], { tariffs: [testTariff({ bands: all })], carbon });

  it('is told where some of it has one, and where any was used', () => {
    const result = of(plant, { 'e1@0': 1000, 'e1@2': 500 });
    expect(result.co2Kg).toBe(0.3);
    expect(told(result)).toEqual([
      [
        'carbonFactorMissing',
        T0 + 2 * MINUTE,
        expect.stringContaining(
          '0.5 kWh have no CO2 factor and are left out of the CO2, the first at 2026-01-14T10:02',
        ),
      ],
    ]);
    expect(told(of(plant, { 'e1@0': 1000, 'e1@2': 0 }))).toEqual([]);
    expect(told(of(plant, { 'e1@2': 500 }))).toEqual([]);
  });
});

describe('meters below that read more', () => {
  const feeds = [{ validFrom: Number.NEGATIVE_INFINITY, value: [{ machine: 'm1', share: 1 }] }];
  const plant = testPlant([testMeter('e1'), testMeter('e2', { parent: 'e1', feeds })], {
    tariffs: [testTariff({ bands: all })],
  });

  it('are told from a thousandth of the meter on, with how much more', () => {
    expect(told(of(plant, { 'e1@0': 1000, 'e2@0': 1250 }))).toEqual([
      [
        'restNegative',
        null,
        'the meters below e1 read 0.25 kWh more than it does: check their scale, and whether they all hang below it',
      ],
    ]);
    expect(told(of(plant, { 'e1@0': 1000, 'e2@0': 1001.1 }))).toHaveLength(1);
    expect(told(of(plant, { 'e1@0': 1000, 'e2@0': 1000.9 }))).toEqual([]);
    expect(told(of(plant, { 'e1@0': 1000, 'e2@0': 500 }))).toEqual([]);
    expect(told(of(plant, { 'e1@0': 0, 'e2@0': 0 }))).toEqual([]);
  });
});

describe('an exchange that was refused', () => {
  const plant = testPlant([testMeter('e1')]);
  const refusedAt = (minute: number) => {
    const t = T0 + minute * MINUTE;
    const step = {
      signal: 'e1.importWh',
      t: t + MINUTE,
      raw: 5,
      previousT: t - MINUTE,
      previousRaw: 900,
      verdict: 'reset',
      counted: 5,
      revision: 1,
    };
    const entry = {
      id: 'x',
      seq: 1,
      recordedAt: t,
      by: 'ann',
      type: 'meterExchange',
      meter: 'e1',
      at: t,
      oldFinal: 1,
      newStart: 2,
    };
    return told(of(plant, { 'e1@0': 5 }, { entries: [entry as Entry], counterEvents: [step as CounterEvent] }));
  };

  it('is told in the windows that it lies in, their ends included', () => {
    expect([-1, 0, 2, 4, 5].map((minute) => refusedAt(minute).length)).toEqual([0, 1, 1, 1, 0]);
    expect(refusedAt(0)[0]).toEqual([
      'exchangeRefused',
      T0,
      expect.stringContaining('old meter ended at 1, new one began at 2'),
    ]);
  });
});

describe('coverage', () => {
  it('is null for an empty window', () => {
    const plant = testPlant([testMeter('e1')]);
    const empty = {
      plant,
      meter: 'e1',
      meterPieces: [],
      counterEvents: [],
      entries: [],
      spansByMachine: new Map(),
      from: T0,
      to: T0,
    };
    expect(energyResult(empty)).toMatchObject({ coverage: null, missingSeconds: 0, kWh: null, cost: null });
  });
});
