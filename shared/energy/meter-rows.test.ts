import { describe, expect, it } from 'vitest';
import { alignRows, clipRow, knownShare, type MeterRow, meterRows, readingsByMeter, readingsOf } from './meter-rows.ts';
import { meterPiece, testMeter, testPlant } from './testing.ts';

const S = 1000;
const row = (start: number, end: number, more: Partial<MeterRow> = {}): MeterRow => ({
  start: start * S,
  end: end * S,
  energyWh: 100,
  exportWh: 20,
  varh: 40,
  coveredSeconds: end - start,
  estimated: false,
  ...more,
});

describe('facts of meters', () => {
  const pieces = [
    meterPiece('e1', '', 60 * S, 120 * S, { energyWh: 2 }),
    meterPiece('e1', '', 0, 60 * S, { energyWh: 1 }),
    meterPiece('e1', 'm1', 60 * S, 120 * S, { energyWh: 4, state: 'idle', product: 'P', order: 'O' }),
    meterPiece('e1', 'm1', 0, 60 * S, { energyWh: 3 }),
    meterPiece('e2', '', 0, 60 * S, { energyWh: 9 }),
    meterPiece('e1', '', 120 * S, 180 * S, { energyWh: 5, void: true }),
  ];

  it('come by meter and machine, in the order of time, without void ones', () => {
    const readings = readingsByMeter(pieces, 0, 600 * S);
    expect(readingsOf(readings, 'e1').whole.map((r) => r.energyWh)).toEqual([1, 2]);
    expect(readingsOf(readings, 'e1').byMachine.get('m1')).toMatchObject([
      { energyWh: 3 },
      { energyWh: 4, state: 'idle', product: 'P', order: 'O' },
    ]);
    expect(readingsOf(readings, 'e2').whole).toHaveLength(1);
    expect(readingsOf(readings, 'e3').whole).toEqual([]);
  });

  it('are clipped to the window; what only touches it is out', () => {
    const whole = (from: number, to: number) =>
      readingsOf(readingsByMeter(pieces, from * S, to * S), 'e1').whole.map((r) => [
        r.start / S,
        r.end / S,
        r.energyWh,
      ]);
    expect(whole(60, 120)).toEqual([[60, 120, 2]]);
    expect(whole(45, 75)).toEqual([
      [45, 60, 0.25],
      [60, 75, 0.5],
    ]);
  });

  it('are shared out by time in every field where they are cut', () => {
    expect(clipRow(row(0, 60, { estimated: true }), 15 * S, 30 * S)).toEqual(
      row(15, 30, { energyWh: 25, exportWh: 5, varh: 10, estimated: true }),
    );
    const whole = row(0, 60);
    expect(clipRow(whole, 0, 60 * S)).toBe(whole);
  });
});

describe('aligned rows', () => {
  it('are cut at each other’s edges; time that none covers is left out', () => {
    const cells = alignRows([[row(0, 60), row(90, 120)], [row(30, 70)]]);
    expect(cells.map(({ start, end, rows }) => [start / S, end / S, ...rows.map((r) => r?.energyWh ?? null)])).toEqual([
      [0, 30, 50, null],
      [30, 60, 50, 75],
      [60, 70, null, 25],
      [90, 120, 100, null],
    ]);
  });
});

describe('a virtual meter', () => {
  const plant = testPlant([
    testMeter('a'),
    testMeter('b'),
    testMeter('v', {
      sum: [
        { meter: 'a', sign: 1 },
        { meter: 'b', sign: -1 },
      ],
    }),
  ]);
  const of = (...pieces: ReturnType<typeof meterPiece>[]) => meterRows(plant, readingsByMeter(pieces, 0, 600 * S), 'v');

  it('adds its terms by sign, in every register', () => {
    expect(
      of(
        meterPiece('a', '', 0, 60 * S, { energyWh: 100, exportWh: 9, varh: 30 }),
        meterPiece('b', '', 0, 60 * S, { energyWh: 40, exportWh: 4, varh: 10, estimated: true }),
      ),
    ).toEqual([row(0, 60, { energyWh: 60, exportWh: 5, varh: 20, estimated: true })]);
  });

  it('counts only the seconds that all of its terms cover', () => {
    const rows = of(
      meterPiece('a', '', 0, 60 * S, { energyWh: 100, coveredSeconds: 60 }),
      meterPiece('b', '', 0, 60 * S, { energyWh: 10, coveredSeconds: 15 }),
    );
    expect(rows).toMatchObject([{ energyWh: 15, coveredSeconds: 15 }]);
    expect(of(meterPiece('a', '', 0, 60 * S, { energyWh: 100 }))).toMatchObject([{ energyWh: 0, coveredSeconds: 0 }]);
  });

  it('knows no share of a term that nothing covers', () => {
    expect(knownShare(row(0, 60, { coveredSeconds: 0 }), 30)).toBe(0);
    expect(knownShare(row(0, 60), 30)).toBe(0.5);
    expect(knownShare(row(0, 60, { coveredSeconds: 0.5 }), 0.5)).toBe(1);
  });
});
