import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report, ReportCell, ReportTable } from '#shared/report/model.ts';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';
import { openReport, wholeReport } from './open.ts';
import { REPORT_PERIODS, reportQuestion } from './question.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
async function tariff(by: readonly string[], from = at(-24 * 60), to = NOW, scope = 'site'): Promise<Report> {
  const asked = { scope, from: iso(from), to: iso(to), by };
  return wholeReport(openReport(site.deps, reportQuestion('tariff', site.deps.plant.current, asked, NOW)));
}
const column = (table: Pick<ReportTable, 'columns'>, id: string): number => table.columns.findIndex((c) => c.id === id);
const totalOf = (report: Report, id: string): ReportCell => report.tail.total?.[column(report.head.table, id)] ?? null;
const sumOf = (rows: Report['rows'], i: number): number =>
  rows.reduce((all, row) => all + (typeof row[i] === 'number' ? row[i] : 0), 0);

describe('a tariff report', () => {
  it('says what /energy says, and every table of it ends in the same total', async () => {
    const query = `scope=site&by=total&from=${iso(at(-24 * 60))}&to=${iso(NOW)}`;
    const answer = await site.app.inject({ url: `/api/v1/energy?${query}`, headers: { host: 'localhost' } });
    const [whole] = answer.json().items;
    for (const by of [['shift', 'band'], ['band'], ['hour', 'machine', 'state'], ['interval'], ['total']]) {
      const report = await tariff(by);
      expect(totalOf(report, 'kWh')).toBeCloseTo(whole.kWh, 5);
      expect(totalOf(report, 'cost')).toBe(Math.round(whole.cost * 100) / 100);
      expect(sumOf(report.rows, column(report.head.table, 'kWh'))).toBeCloseTo(whole.kWh, 4);
      expect(sumOf(report.rows, column(report.head.table, 'cost'))).toBeCloseTo(Number(totalOf(report, 'cost')), 9);
      for (const table of report.tail.tables.filter((t) => t.id !== 'bill')) {
        expect([table.id, table.total?.[column(table, 'cost')]]).toEqual([table.id, totalOf(report, 'cost')]);
        expect(sumOf(table.rows, column(table, 'cost'))).toBeCloseTo(Number(totalOf(report, 'cost')), 9);
        expect(table.total?.[column(table, 'kWh')]).toBe(totalOf(report, 'kWh'));
      }
    }
  });
  it('has a bill whose lines add up to its total, with the capacity that a day costs', async () => {
    const { tail } = await tariff(['band'], at(-6 * 60), at(18 * 60));
    const bill = tail.tables.find((t) => t.id === 'bill');
    const names = bill?.rows.map((row) => row[0]);
    expect(names).toEqual(['day', 'night', 'capacity']);
    const amounts = bill?.rows.map((row) => Number(row[4])) ?? [];
    expect(bill?.total?.[4]).toBeCloseTo(
      amounts.reduce((a, b) => a + b, 0),
      9,
    );
    expect(tail.figures.find((f) => f.id === 'bill')?.value).toBe(bill?.total?.[4]);
  });
  it('names its basis, and says when it is not the last word', async () => {
    const { tail } = await tariff(['band']);
    expect(tail.basis.plantHash).toBe(site.deps.plant.current.hash);
    expect(tail.basis.tariffs).toEqual(['grid from 2026-01-01']);
    expect(tail.provisional).toBe(true);
    expect(tail.method.map((m) => m.name)).toEqual(
      expect.arrayContaining(['Plant file', 'As of', 'Coverage', 'Tariff']),
    );
    expect(tail.coverage).toBeCloseTo(1, 9);
  });
  it('keeps to its scope: a machine, a meter', async () => {
    const filler = await tariff(['band'], at(0), NOW, 'machine:filler');
    expect(totalOf(filler, 'kWh')).toBeCloseTo(240 * 0.2, 5);
    expect(filler.tail.tables.some((t) => t.id === 'bill')).toBe(false);
    const meter = await tariff(['machine'], at(0), NOW, 'meter:m-main');
    expect(totalOf(meter, 'kWh')).toBeCloseTo(240 * 0.5, 5);
    expect(meter.rows.map((row) => row[0])).toEqual(['Not explained by a machine meter', 'Filler']);
  });
  it('reads a long window in pieces, with the same figures', async () => {
    const report = await tariff(['day'], at(-70 * 24 * 60), NOW);
    expect(totalOf(report, 'kWh')).toBeCloseTo((24 + 4) * 60 * 0.5, 4);
    expect(report.tail.coverage).toBeLessThan(0.03);
  });
});

describe('what a report is asked for', () => {
  const plant = () => site.deps.plant.current;
  it('takes local dates, and by itself the last whole month', () => {
    const dates = reportQuestion('tariff', plant(), { from: '2026-06-01', to: '2026-06-02' }, NOW);
    expect([iso(dates.from), iso(dates.to)]).toEqual(['2026-05-31T23:00:00.000Z', '2026-06-01T23:00:00.000Z']);
    const month = reportQuestion('energy', plant(), {}, NOW);
    expect([iso(month.from), iso(month.to)]).toEqual(['2026-04-30T23:00:00.000Z', '2026-05-31T23:00:00.000Z']);
    const week = reportQuestion('shift', plant(), {}, NOW);
    expect([iso(week.from), iso(week.to)]).toEqual(['2026-05-25T23:00:00.000Z', '2026-06-01T23:00:00.000Z']);
  });
  it('takes the local calendar in words, and a last day that belongs to it', () => {
    const of = (period: (typeof REPORT_PERIODS)[number]) => {
      const { from, to } = reportQuestion('tariff', plant(), { period }, NOW);
      return `${iso(from).slice(0, 13)} ${iso(to).slice(0, 13)}`;
    };
    // NOW is Tuesday 2 June 2026; London is an hour ahead.
    expect(REPORT_PERIODS.map(of)).toEqual([
      '2026-06-01T23 2026-06-02T23',
      '2026-05-31T23 2026-06-01T23',
      '2026-05-25T23 2026-06-01T23',
      '2026-05-31T23 2026-06-07T23',
      '2026-05-24T23 2026-05-31T23',
      '2026-05-31T23 2026-06-30T23',
      '2026-04-30T23 2026-05-31T23',
      '2026-01-01T00 2026-06-02T23',
    ]);
    const through = reportQuestion('tariff', plant(), { from: '2026-05-30', through: '2026-05-31' }, NOW);
    expect(iso(through.to)).toBe('2026-05-31T23:00:00.000Z');
  });
  it('refuses in words', () => {
    const refused = (name: 'tariff' | 'shift' | 'stops', asked: object) => () =>
      reportQuestion(name, plant(), asked, NOW);
    expect(refused('tariff', { scope: 'line:nope' })).toThrow(/has no line:nope/);
    expect(refused('shift', { scope: 'meter:m-main' })).toThrow(/is of machines/);
    expect(refused('shift', { by: ['band'] })).toThrow(/not broken down by band; by takes shift/);
    expect(refused('tariff', { by: ['day', 'shift'] })).toThrow(/one of .* at a time/);
    expect(refused('tariff', { period: 'today', from: '2026-06-01' })).toThrow(/stands instead/);
    expect(refused('tariff', { from: '2026-06-01', through: 'noon' })).toThrow(/through "noon" is no instant/);
    expect(refused('tariff', { from: 'yesterday' })).toThrow(/is no instant/);
    expect(refused('tariff', { from: '2026-06-01T00:00:30Z', to: '2026-06-02' })).toThrow(/nearest/);
    expect(refused('tariff', { from: '2026-06-03', to: '2026-06-04' })).toThrow(/not over yet/);
    expect(refused('tariff', { from: '2024-06-01', to: '2026-06-01' })).toThrow(/400 days/);
  });
});
