import { describe, expect, it } from 'vitest';
import { priceLoad } from './bill.ts';
import { demandBlocks, demandSummary, predictWindow } from './demand.ts';
import { meterLoad } from './meter-load.ts';
import type { MeterRow } from './meter-rows.ts';
import { piecesOfReadings, testMeter, testPlant, testTariff } from './testing.ts';

const at = (text: string): number => Date.parse(text);
const row = (start: string, minutes: number, more: Partial<MeterRow> = {}): MeterRow => ({
  start: at(start),
  end: at(start) + minutes * 60_000,
  energyWh: 0,
  exportWh: 0,
  varh: 0,
  coveredSeconds: minutes * 60,
  estimated: false,
  ...more,
});
const blocksOf = (rows: MeterRow[], from: string, to: string, zone = 'UTC', windowMinutes = 30, withVarh = false) =>
  demandBlocks({ rows, zone, windowMinutes, from: at(from), to: at(to), withVarh });

describe('demand blocks', () => {
  it('align to the wall clock of the settlement zone', () => {
    const rows = [row('2026-01-14T00:00:00Z', 120, { energyWh: 4000 })];
    const blocks = blocksOf(rows, '2026-01-14T00:00:00Z', '2026-01-14T02:00:00Z', 'Asia/Kolkata', 60);
    expect(blocks.map((b) => [new Date(b.start).toISOString().slice(11, 16), b.complete])).toEqual([
      ['23:30', false],
      ['00:30', true],
      ['01:30', false],
    ]);
    expect(demandSummary(blocks)).toMatchObject({ maxKw: 2, blocks: 1, incompleteBlocks: 2, maxKva: null });
  });

  it('are 46 or 50 half hours on the days on which the clock changes', () => {
    expect(blocksOf([], '2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z', 'Europe/London')).toHaveLength(46);
    expect(blocksOf([], '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z', 'Europe/London')).toHaveLength(50);
  });

  it('never set a maximum while a second of them is missing', () => {
    const rows = [
      row('2026-01-14T00:00:00Z', 30, { energyWh: 9000, coveredSeconds: 1799 }),
      row('2026-01-14T00:30:00Z', 30, { energyWh: 1000 }),
    ];
    const summary = demandSummary(blocksOf(rows, '2026-01-14T00:00:00Z', '2026-01-14T01:00:00Z'));
    expect(summary).toEqual({ maxKw: 2, maxKva: null, at: at('2026-01-14T00:30:00Z'), blocks: 1, incompleteBlocks: 1 });
  });

  it('take the highest kVA and the highest kW each where it is; `at` is that of the kW', () => {
    const rows = [
      row('2026-01-14T00:00:00Z', 30, { energyWh: 3000, varh: 4000 }),
      row('2026-01-14T00:30:00Z', 30, { energyWh: 4000 }),
    ];
    const summary = demandSummary(blocksOf(rows, '2026-01-14T00:00:00Z', '2026-01-14T01:00:00Z', 'UTC', 30, true));
    expect(summary).toMatchObject({ maxKw: 8, maxKva: 10, at: at('2026-01-14T00:30:00Z') });
  });
});

describe('the running window', () => {
  const window = { startedAt: at('2026-01-14T10:00:00Z'), windowMinutes: 15, now: at('2026-01-14T10:10:00Z') };

  it('ends at (energy so far + power now x time left) / window', () => {
    const found = predictWindow({ ...window, kWhSoFar: 60, powerKw: 480, limitKw: 380 });
    expect(found.predictedKWh).toBeCloseTo(100, 9);
    expect(found.predictedKw).toBeCloseTo(400, 9);
    expect(found.secondsLeft).toBe(300);
    // 5 kWh too much, 5 minutes left.
    expect(found.shedKw).toBeCloseTo(60, 9);
  });

  it('asks for nothing below the limit, knows nothing without a reading', () => {
    expect(predictWindow({ ...window, kWhSoFar: 60, powerKw: 120, limitKw: 380 }).shedKw).toBe(0);
    expect(predictWindow({ ...window, kWhSoFar: 60, powerKw: 120 }).shedKw).toBeNull();
    expect(predictWindow({ ...window, kWhSoFar: 60, powerKw: null, limitKw: 380 })).toMatchObject({
      predictedKw: null,
      shedKw: null,
    });
    expect(
      predictWindow({ ...window, now: window.startedAt + 15 * 60_000, kWhSoFar: 100, powerKw: 9, limitKw: 1 }),
    ).toMatchObject({ predictedKw: 400, secondsLeft: 0, shedKw: 0 });
  });
});

describe('a metered load', () => {
  it('is priced like a load from a file: gaps are gaps, and what is half measured sets no maximum', () => {
    const wh = [0, 1000, 3000];
    const pieces = piecesOfReadings(
      'e1',
      wh.map((value, i) => ({ t: at('2026-01-14T00:00:00Z') + i * 1_800_000, wh: value })),
    );
    const later = [0, 9000].map((value, i) => ({ t: at('2026-01-14T01:50:00Z') + i * 600_000, wh: value }));
    const tariff = testTariff({ bands: [{ name: 'all', rate: 1, days: null, months: null, from: null, to: null }] });
    const facts = [...pieces, ...piecesOfReadings('e1', later)];
    const [from, to] = [at('2026-01-14T00:00:00Z'), at('2026-01-14T02:00:00Z')];
    const load = meterLoad(testPlant([testMeter('e1')]), 'e1', facts, tariff, from, to);
    expect(load.map((r) => [r.kWh === null ? null : Number(r.kWh.toFixed(9)), r.complete])).toEqual([
      [1, true],
      [2, true],
      [null, false],
      [9, false],
    ]);
    const bill = priceLoad(tariff, load);
    expect(bill.total).toBeCloseTo(12, 9);
    expect(bill.findings.map((f) => f.code)).toEqual(['loadGap', 'loadIncomplete']);
  });
});
