import readXlsx from 'read-excel-file/node';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '#shared/report/model.ts';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';
import { openReport, wholeReport } from './open.ts';
import { printPdf } from './print/pdf.ts';
import { printXlsx } from './print/xlsx.ts';
import { reportQuestion } from './question.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

const window = `from=${new Date(at(-24 * 60)).toISOString()}&to=${new Date(NOW).toISOString()}`;
async function file(name: string, query = '') {
  const url = `/api/v1/reports/${name}?${window}${query}`;
  return site.app.inject({ url, headers: { host: 'localhost' } });
}
interface Json {
  readonly table: { columns: { id: string }[]; rows: (string | number | null)[][]; total: (string | number | null)[] };
  readonly figures: { id: string; value: number | null }[];
}
const pdfText = async (bytes: Buffer): Promise<string> =>
  (await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true })).text;

describe('the files of a tariff report', () => {
  it('carry the same totals: JSON, CSV, XLSX, PDF', async () => {
    const json = (await file('tariff.json')).json() as Json;
    const of = (id: string) => json.table.columns.findIndex((c) => c.id === id);
    const [kWh, cost] = [json.table.total[of('kWh')], json.table.total[of('cost')]];
    const bill = json.figures.find((f) => f.id === 'bill')?.value;
    expect([kWh, cost, bill]).toEqual([840, 141, 146.83]);

    const csv = (await file('tariff.csv')).body.split('\r\n');
    const total = csv.find((line) => line.startsWith('Total,'))?.split(',');
    expect([total?.[of('kWh')], total?.[of('cost')]]).toEqual(['840', '141']);
    expect(csv.find((line) => line.startsWith('"Bill, GBP"'))).toContain(',146.83,');

    const book = await readXlsx((await file('tariff.xlsx')).rawPayload);
    expect(book.map((s) => s.sheet)).toEqual([
      'Summary',
      'Bill',
      'Breakdown',
      'Energy by tariff band',
      'Energy by machine state',
      'Energy by machine',
      'Energy by day',
      'Method and coverage',
    ]);
    const sheet = (name: string) => book.find((s) => s.sheet === name)?.data ?? [];
    const last = sheet('Breakdown').at(-1);
    expect([last?.[of('kWh')], last?.[of('cost')]]).toEqual([840, 141]);
    expect(sheet('Breakdown')[1]?.[0]).toEqual(new Date('2026-06-01T00:00:00Z'));
    expect(sheet('Breakdown')[1]?.[2]).toEqual(new Date('2026-06-01T06:00:00Z'));
    expect(sheet('Bill').at(-1)?.[4]).toBe(146.83);
    expect(sheet('Summary').find((row) => row[0] === 'Bill')?.[1]).toBe(146.83);
    expect(sheet('Method and coverage').find((row) => row[0] === 'Tariff')?.[1]).toContain('grid from 2026-01-01');

    const answer = await file('tariff.pdf');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="leeds-tariff-2026-06-01-2026-06-02.pdf"');
    const text = await pdfText(answer.rawPayload);
    for (const said of ['840.0', '141.00', '146.83', 'grid from 2026-01-01', 'Page 1 of', 'Method and coverage']) {
      expect(text).toContain(said);
    }
    expect(text).toContain(site.deps.plant.current.hash.slice(0, 12));
  });
  it('write numbers as a country reads them, when asked', async () => {
    const { body, headers } = await file(
      'tariff.csv',
      '&separator=semicolon&decimal=comma&tableOnly=true&by=machine,band',
    );
    expect(headers['content-type']).toContain('text/csv');
    expect(body.startsWith('\uFEFFBand;Machine;')).toBe(true);
    expect(body).not.toMatch(/\d\.\d/);
    expect(body.trimEnd().split('\r\n').at(-1)).toMatch(/^Total;/);
  });
  it('are refused in words', async () => {
    for (const [name, query, words] of [
      ['tarif.csv', '', /no report tarif\.csv\. Reports are tariff, shift/],
      ['tariff.doc', '', /\.xlsx/],
      ['tariff.csv', '&decimal=comma', /cannot be both/],
      ['shift.csv', '&scope=meter:m-main', /is of machines/],
      ['tariff.csv', '&scope=line:nope', /has no line:nope/],
    ] as const) {
      const answer = await file(name, query);
      expect([name, answer.statusCode]).toEqual([
        name,
        name.startsWith('tarif.') || name.endsWith('doc') || query.includes('nope') ? 404 : 400,
      ]);
      expect(answer.json().detail).toMatch(words);
    }
  });
});

describe('the other reports', () => {
  it('a shift says what /kpi says, and its energy is that of its machines', async () => {
    const json = (await file('shift.json', '&scope=machine:filler')).json() as Json;
    const kpi = await site.app.inject({
      url: `/api/v1/kpi?scope=machine:filler&by=total&${window}`,
      headers: { host: 'localhost' },
    });
    const [item] = kpi.json().items;
    const total = (id: string) => json.table.total[json.table.columns.findIndex((c) => c.id === id)];
    expect(total('oee')).toBeCloseTo(item.kpi.oee, 12);
    expect(total('good')).toBe(item.counts.good);
    expect(total('run')).toBeCloseTo((item.seconds.run - item.seconds.smallStop) / 60, 6);
    expect(total('kWh')).toBeCloseTo(28 * 60 * 0.2, 5);
    const book = await readXlsx((await file('shift.xlsx', '&scope=line:filling&by=shift,machine')).rawPayload);
    expect(book.map((s) => s.sheet)).toEqual([
      'Summary',
      'Breakdown',
      'Where the time went',
      'Stops by reason',
      'Method and coverage',
    ]);
    expect(await pdfText((await file('oee.pdf')).rawPayload)).toContain('OEE report');
  });
  it('stops come with their minutes and reasons', async () => {
    const json = (await file('stops.json', '&scope=machine:filler')).json() as Json;
    expect(json.table.rows.map((row) => [row[0], row[3], row[6]])).toEqual([['Filler', 10, 'Jam']]);
  });
});

describe('printers', () => {
  async function report(): Promise<Report> {
    const from = new Date(at(0)).toISOString();
    const asked = { from, to: new Date(NOW).toISOString(), by: ['interval', 'band'] };
    return wholeReport(openReport(site.deps, reportQuestion('tariff', site.deps.plant.current, asked, NOW)));
  }
  const streamOf = (given: Report) => ({
    head: given.head,
    rows: (async function* () {
      yield* given.rows;
    })(),
    tail: async () => given.tail,
  });
  it('go on in the next sheet where one is full, and lose no row', async () => {
    const given = await report();
    const bytes = Buffer.concat(await Array.fromAsync(printXlsx(streamOf(given), 4)));
    const sheets = (await readXlsx(bytes)).filter((s) => s.sheet.startsWith('Breakdown'));
    expect(sheets.length).toBeGreaterThan(2);
    const rows = sheets.flatMap((s) => s.data.slice(1));
    expect(rows).toHaveLength(given.rows.length + 1);
    expect(rows.at(-1)?.[0] ?? rows.at(-1)?.[2]).toBe('Total');
  });
  it('keep a text a text, whatever a machine is called', async () => {
    const given = await report();
    const evil = '=HYPERLINK("http://x","<b>&\u0001")';
    const rows = given.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? evil : cell)));
    const bytes = Buffer.concat(await Array.fromAsync(printXlsx(streamOf({ ...given, rows }))));
    const book = await readXlsx(bytes);
    const sheet = book.find((s) => s.sheet === 'Breakdown')?.data;
    expect(sheet?.[1]).toContain(evil.replace('\u0001', ''));
    expect(bytes.includes('<f>')).toBe(false);
  });
  it('say where the rows are that paper has no room for, in the letters of every language here', async () => {
    const given = await report();
    const head = { ...given.head, scopeName: 'Łódź, Größe', title: 'Zużycie', scope: 'line:x' };
    const text = await pdfText(await printPdf({ ...given, head }, 3));
    expect(text).toContain(`${given.rows.length - 3} more rows are in the XLSX`);
    expect(text.replaceAll(' ', '')).toContain('Zużycie:Łódź,Größe');
  });
});
