import { describe, expect, it } from 'vitest';
import type { TariffDemand } from '../plant/model.ts';
import { priceLoad } from './bill.ts';
import { createVersionedBill, priceVersions, ratchetStart } from './bill-versions.ts';
import type { LoadRow } from './load.ts';
import { testTariff } from './testing.ts';

const at = (text: string): number => Date.parse(text);
const always = { days: null, months: null, from: null, to: null };
const anytime = (rate: number): TariffDemand => ({
  name: 'anytime',
  rate,
  basis: 'kW',
  ratchet: null,
  minimumPowerFactor: null,
  byUtilisation: null,
  ...always,
});
const version = (validFrom: string, rate: number, kW = 4) =>
  testTariff({
    validFrom,
    timezone: 'UTC',
    bands: [{ ...always, name: 'all', rate }],
    demand: [anytime(kW)],
    fixed: [{ name: 'standing', perDay: 10 }],
    capacity: { agreedKva: 20, ratePerKvaPerDay: 0.1, excessRatePerKvaPerDay: 0.2 },
    taxPercent: 20,
  });
const JUNE = { start: at('2026-06-01T00:00:00Z'), end: at('2026-07-01T00:00:00Z') };
/** 10 kWh every half hour, and one of 30 kWh on the 20th at noon: 60 kW. */
const rows: LoadRow[] = Array.from({ length: 30 * 48 }, (_, i) => {
  const start = JUNE.start + i * 1_800_000;
  return { start, kWh: start === at('2026-06-20T12:00:00Z') ? 30 : 10, kvarh: null };
});
const rowsOf = () => rows;
const sum = (bill: { lines: readonly { name: string; amount: number | null }[] }, name: string): number =>
  bill.lines.filter((line) => line.name === name).reduce((all, line) => all + (line.amount ?? 0), 0);

describe('a period with one version', () => {
  it('has the very bill of that version', () => {
    const { lines, versions, ...bill } = priceVersions([version('2026-01-01', 0.2)], rowsOf, JUNE);
    const plain = priceLoad(version('2026-01-01', 0.2), rows, { from: JUNE.start, to: JUNE.end });
    expect(bill).toEqual({ ...plain, lines: undefined });
    expect(lines.map(({ version: of, ...line }) => line)).toEqual(plain.lines);
    expect(versions).toEqual([{ validFrom: '2026-01-01', from: plain.from, to: plain.to }]);
  });
});

describe('a contract that changes on the 11th', () => {
  const before = version('2026-01-01', 0.2, 4);
  const after = version('2026-06-11', 0.3, 7);
  const bill = priceVersions([before, after], rowsOf, JUNE);

  it('prices each kWh by the version of its day', () => {
    expect(bill.versions.map((v) => [v.validFrom, v.from])).toEqual([
      ['2026-01-01', '2026-06-01T00:00:00.000Z'],
      ['2026-06-11', '2026-06-11T00:00:00.000Z'],
    ]);
    expect(sum(bill, 'all')).toBeCloseTo(10 * 480 * 0.2 + (20 * 480 + 20) * 0.3, 9);
    expect(sum(bill, 'standing')).toBeCloseTo(300, 9);
  });
  it('prices one maximum, by each version for its share of the days', () => {
    const lines = bill.lines.filter((line) => line.name === 'anytime');
    expect(lines.map((line) => [line.quantity, line.at])).toEqual([
      [60, '2026-06-20T12:00:00.000Z'],
      [60, '2026-06-20T12:00:00.000Z'],
    ]);
    expect(lines.map((line) => line.amount)).toEqual(
      [60 * 4 * (10 / 30), 60 * 7 * (20 / 30)].map((n) => expect.closeTo(n, 9)),
    );
    expect(sum(bill, 'capacity excess')).toBeCloseTo(40 * 30 * 0.2, 9);
  });
  it('says of every line which version it is of, taxes each, and adds up', () => {
    expect(new Set(bill.lines.map((line) => line.version))).toEqual(new Set(['2026-01-01', '2026-06-11']));
    const untaxed = bill.lines.filter((line) => line.part !== 'tax').reduce((all, line) => all + (line.amount ?? 0), 0);
    expect(sum(bill, 'tax')).toBeCloseTo(untaxed * 0.2, 9);
    expect(bill.total).toBeCloseTo(untaxed * 1.2, 9);
  });
  it('is the bill of one version where the two say the same', () => {
    const one = priceVersions([before], rowsOf, JUNE);
    const same = priceVersions([before, version('2026-06-11', 0.2, 4)], rowsOf, JUNE);
    expect(same.total).toBeCloseTo(one.total, 9);
  });
  it('comes out the same row by row', () => {
    const streamed = createVersionedBill([before, after], { from: JUNE.start, to: JUNE.end });
    for (const row of rows) streamed.add(row);
    expect(streamed.finish()).toEqual(bill);
    const open = createVersionedBill([before, after]);
    for (const row of rows) open.add(row);
    expect(open.finish()).toEqual(bill);
  });
});

describe('versions and periods that do not meet', () => {
  it('leave the time before the first version unbilled, and say so', () => {
    const bill = priceVersions([version('2026-06-11', 0.3)], rowsOf, JUNE);
    expect(sum(bill, 'all')).toBeCloseTo((20 * 480 + 20) * 0.3, 9);
    expect(bill.findings.map((f) => f.message).join()).toContain('2026-06-01T00:00:00.000Z to 2026-06-11');
  });
  it('are refused where none holds at all, and where a stream cannot be cut for both', () => {
    expect(() => priceVersions([version('2027-01-01', 0.3)], rowsOf, JUNE)).toThrow('no version of the tariff');
    const quarter = { ...version('2026-06-11', 0.3), intervalMinutes: 15 };
    expect(() => createVersionedBill([version('2026-01-01', 0.2), quarter])).toThrow('30 and 15 minutes');
  });
  it('reach back as far as the longest ratchet', () => {
    const ratchet = {
      ...version('2026-01-01', 0.2),
      demand: [{ ...anytime(1), ratchet: { fraction: 0.8, months: 11 } }],
    };
    expect(ratchetStart([ratchet], JUNE.start)).toBe(at('2025-07-01T00:00:00Z'));
    expect(ratchetStart([version('2026-01-01', 0.2)], JUNE.start)).toBe(JUNE.start);
  });
});
