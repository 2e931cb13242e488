import { describe, expect, it } from 'vitest';
import type { CounterEvent } from '../oee/facts.ts';
import { energyResult } from './result.ts';
import { piecesOfReadings, type Reading, testMeter, testPlant, testTariff } from './testing.ts';

const at = (text: string): number => Date.parse(text);
const readings = (rows: readonly (readonly [string, number, number?])[]): Reading[] =>
  rows.map(([t, wh, varh]) => ({ t: at(t), wh, varh: varh ?? 0 }));
const facts = { counterEvents: [], entries: [], spansByMachine: new Map() };
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

describe('energy of a meter over a window', () => {
  const plant = testPlant([testMeter('e1')], {
    tariffs: [
      testTariff({
        bands: [
          { name: 'red', rate: 0.2742, days: weekdays, months: null, from: '16:00', to: '19:00' },
          { name: 'amber', rate: 0.19109, days: weekdays, months: null, from: '07:00', to: '16:00' },
          { name: 'amber', rate: 0.19109, days: weekdays, months: null, from: '19:00', to: '23:00' },
          { name: 'green', rate: 0.18133, days: null, months: null, from: null, to: null },
        ],
      }),
    ],
  });

  it('splits a reading that straddles a band edge by time', () => {
    const result = energyResult({
      ...facts,
      plant,
      meter: 'e1',
      meterPieces: piecesOfReadings(
        'e1',
        readings([
          ['2026-01-14T15:55:00Z', 0],
          ['2026-01-14T16:05:00Z', 12000],
        ]),
      ),
      from: at('2026-01-14T15:55:00Z'),
      to: at('2026-01-14T16:05:00Z'),
    });
    expect(result.kWh).toBeCloseTo(12, 9);
    expect(result.byBand.amber?.kWh).toBeCloseTo(6, 9);
    expect(result.byBand.red?.cost).toBeCloseTo(6 * 0.2742, 9);
    expect(result.cost).toBeCloseTo(6 * 0.2742 + 6 * 0.19109, 9);
    expect(result.findings).toEqual([]);
  });

  it('leaves out what no reading covers, and says how much that is', () => {
    const result = energyResult({
      ...facts,
      plant: testPlant([testMeter('e1')]),
      meter: 'e1',
      meterPieces: piecesOfReadings(
        'e1',
        readings([
          ['2026-02-03T06:20:00Z', 1000],
          ['2026-02-03T07:00:00Z', 41000],
          ['2026-02-03T08:00:00Z', 101000],
        ]),
      ),
      from: at('2026-02-03T06:00:00Z'),
      to: at('2026-02-03T08:00:00Z'),
    });
    expect(result.kWh).toBeCloseTo(100, 9);
    expect(result.missingSeconds).toBeCloseTo(1200, 6);
    expect(result.coverage).toBeCloseTo(5 / 6, 9);
    expect(result.cost).toBeNull();
    expect(result.co2Kg).toBeNull();
  });

  it('knows no energy, not zero energy, where there is no reading at all', () => {
    const result = energyResult({
      ...facts,
      plant,
      meter: 'e1',
      meterPieces: [],
      from: at('2026-02-03T06:00:00Z'),
      to: at('2026-02-03T08:00:00Z'),
    });
    expect(result).toMatchObject({ kWh: null, cost: null, coverage: 0, missingSeconds: 7200 });
    expect(result.demand).toMatchObject({ maxKw: null, at: null, blocks: 0, incompleteBlocks: 4 });
  });

  it('prices CO2 by the half hour where factors are by the half hour', () => {
    const half = (start: string, gramsPerKwh: number) =>
      ({ kind: 'interval', from: at(start), to: at(start) + 1_800_000, gramsPerKwh }) as const;
    const result = energyResult({
      ...facts,
      plant: testPlant([testMeter('e1')], {
        carbon: [
          half('2026-02-03T16:00:00Z', 120),
          half('2026-02-03T16:30:00Z', 180),
          half('2026-02-03T17:00:00Z', 240),
          half('2026-02-03T17:30:00Z', 90),
        ],
      }),
      meter: 'e1',
      meterPieces: piecesOfReadings(
        'e1',
        readings([
          ['2026-02-03T16:00:00Z', 0],
          ['2026-02-03T16:30:00Z', 40000],
          ['2026-02-03T17:00:00Z', 60000],
          ['2026-02-03T17:30:00Z', 100000],
          ['2026-02-03T18:00:00Z', 110000],
        ]),
      ),
      from: at('2026-02-03T16:00:00Z'),
      to: at('2026-02-03T18:00:00Z'),
    });
    expect(result.co2Kg).toBeCloseTo(18.9, 9);
  });

  describe('a meter exchange', () => {
    const event = (more: Partial<CounterEvent>): CounterEvent => ({
      signal: 'e1.importWh',
      t: at('2026-02-03T10:00:00Z'),
      raw: 5120,
      previousT: at('2026-02-03T09:00:00Z'),
      previousRaw: 98_760_000,
      verdict: 'reset',
      counted: 5120,
      revision: 1,
      ...more,
    });
    const entry = {
      id: 'x1',
      seq: 1,
      recordedAt: at('2026-02-03T09:30:00Z'),
      by: 'ann',
      type: 'meterExchange',
      meter: 'e1',
      at: at('2026-02-03T09:30:00Z'),
      oldFinal: 98_765_400,
      newStart: 120,
    } as const;
    const window = { from: at('2026-02-03T08:00:00Z'), to: at('2026-02-03T11:00:00Z') };
    const booked = piecesOfReadings(
      'e1',
      readings([
        ['2026-02-03T08:00:00Z', 0],
        ['2026-02-03T09:00:00Z', 10_000],
        ['2026-02-03T10:00:00Z', 15_120],
        ['2026-02-03T11:00:00Z', 25_120],
      ]),
    );

    it('replaces the booked step by what the old and the new meter counted', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [entry],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(30.4, 9);
      expect(result.missingSeconds).toBe(0);
    });

    it('puts the old meter before the exchange and the new one after it', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [entry],
        spansByMachine: new Map(),
        from: at('2026-02-03T09:00:00Z'),
        to: at('2026-02-03T09:30:00Z'),
      });
      expect(result.kWh).toBeCloseTo(5.4, 9);
    });

    it('covers a step that was booked as unknown', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: [
          ...piecesOfReadings(
            'e1',
            readings([
              ['2026-02-03T08:00:00Z', 0],
              ['2026-02-03T09:00:00Z', 10_000],
            ]),
          ),
          ...piecesOfReadings(
            'e1',
            readings([
              ['2026-02-03T10:00:00Z', 0],
              ['2026-02-03T11:00:00Z', 10_000],
            ]),
          ),
        ],
        counterEvents: [event({ raw: 5120, counted: 0, verdict: 'preset' })],
        entries: [entry],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(30.4, 9);
      expect(result.coverage).toBe(1);
    });

    it('takes off a higher start that had passed for consumption', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: piecesOfReadings(
          'e1',
          readings([
            ['2026-02-03T08:00:00Z', 0],
            ['2026-02-03T09:00:00Z', 10_000],
            ['2026-02-03T10:00:00Z', 510_000],
            ['2026-02-03T11:00:00Z', 520_000],
          ]),
        ),
        counterEvents: [],
        entries: [{ ...entry, oldFinal: 14_000, newStart: 504_000 }],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(30, 9);
    });

    it('at the instant of the old meter’s last reading leaves the step to the new one', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [{ ...entry, at: at('2026-02-03T09:00:00Z'), oldFinal: 98_760_000 }],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(25, 9);
    });

    it('that contradicts the readings is not applied, and told', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [{ ...entry, newStart: 6000 }],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(25.12, 9);
      expect(result.findings.map((f) => f.code)).toEqual(['exchangeRefused']);
    });

    it('gives way to a verdict about the same step that was recorded later', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [
          entry,
          {
            id: 'x3',
            seq: 3,
            recordedAt: entry.recordedAt + 1,
            by: 'ann',
            type: 'counterVerdict',
            signal: 'e1.importWh',
            t: at('2026-02-03T10:00:00Z'),
            counted: 7000,
          },
        ],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(27, 9);
    });

    it('does nothing once it is taken back', () => {
      const result = energyResult({
        plant: testPlant([testMeter('e1')]),
        meter: 'e1',
        meterPieces: booked,
        counterEvents: [event({})],
        entries: [entry, { id: 'x2', seq: 2, recordedAt: entry.recordedAt + 1, by: 'ann', type: 'void', entry: 'x1' }],
        spansByMachine: new Map(),
        ...window,
      });
      expect(result.kWh).toBeCloseTo(25.12, 9);
    });
  });
});
