import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvHeader, csvLine, csvRow, localIso, PLAIN_CSV } from './csv.ts';
import type { ReportColumn } from './model.ts';
import { createPrintedSums, currencyDigits, printedMoney, roundingRow } from './rounding.ts';
import { createCellShower, periodLabel } from './show.ts';

const COLUMNS: readonly ReportColumn[] = [
  { id: 'at', name: 'Start', kind: 'instant', unit: null, digits: 0 },
  { id: 'name', name: 'Machine', kind: 'text', unit: null, digits: 0 },
  { id: 'kWh', name: 'Energy', kind: 'number', unit: 'kWh', digits: 1 },
  { id: 'cost', name: 'Cost', kind: 'money', unit: 'GBP', digits: 2 },
];
const SEMICOLON = { separator: ';', decimal: ',' } as const;

describe('csv', () => {
  it('names units in the header and leaves unknown cells empty', () => {
    expect(csvHeader(COLUMNS, PLAIN_CSV)).toBe('Start,Machine,"Energy, kWh","Cost, GBP"\r\n');
    expect(csvRow(COLUMNS, [null, 'Filler', 1234.5, null], 'Europe/London', PLAIN_CSV)).toBe(',Filler,1234.5,\r\n');
  });
  it('writes decimals as the country does, and quotes what needs it', () => {
    expect(csvLine(['a;b', 'say "no"', -1.5, 'line\nbreak'], SEMICOLON)).toBe(
      '"a;b";"say ""no""";-1,5;"line\nbreak"\r\n',
    );
    expect(csvLine([0.0000001], PLAIN_CSV)).toBe('0.0000001\r\n');
  });
  it('gives no spreadsheet a formula, whatever a machine is called', () => {
    for (const evil of ['=1+1', '+A1', '-A1', '@SUM(A1)', '\t=1', '\r=1', '＝1']) {
      expect(csvLine([evil], PLAIN_CSV).replace(/^"/, '')).toMatch(/^'/);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const inner = csvLine([text], PLAIN_CSV).replace(/^"/, '');
        expect(inner).not.toMatch(/^[=+\-@\t]/);
      }),
    );
  });
  it('keeps the two hours of an autumn night apart', () => {
    expect(localIso('Europe/London', Date.parse('2026-10-25T00:30:00Z'))).toBe('2026-10-25T01:30:00+01:00');
    expect(localIso('Europe/London', Date.parse('2026-10-25T01:30:00Z'))).toBe('2026-10-25T01:30:00+00:00');
    expect(localIso('America/St_Johns', Date.parse('2026-01-01T12:00:00Z'))).toBe('2026-01-01T08:30:00-03:30');
  });
});

describe('rounding', () => {
  it('knows the decimals of a currency', () => {
    expect([currencyDigits('GBP'), currencyDigits('JPY'), currencyDigits('KWD')]).toEqual([2, 0, 3]);
    expect(printedMoney(1.005, 'GBP')).toBe(1.01);
    expect(printedMoney(null, 'GBP')).toBeNull();
  });
  it('adds a line that makes printed lines end in the rounded sum, to the cent', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 1 }), (amounts) => {
        const sums = createPrintedSums(COLUMNS);
        const rows = amounts.map((a) => [null, 'x', 0, printedMoney(a, 'GBP')] as const);
        for (const row of rows) sums.add(row);
        const exact = printedMoney(
          amounts.reduce((a, b) => a + b, 0),
          'GBP',
        );
        const rest = roundingRow(COLUMNS, sums, [null, 'Total', 0, exact], 'Rounding')?.[3] ?? 0;
        const cents = rows.reduce((all, row) => all + BigInt(Math.round((row[3] ?? 0) * 100)), 0n);
        expect(cents + BigInt(Math.round(Number(rest) * 100))).toBe(BigInt(Math.round((exact ?? 0) * 100)));
        expect(Math.abs(Number(rest))).toBeLessThanOrEqual(0.005 * amounts.length + 0.0051);
      }),
    );
  });
  it('adds none where the lines add up', () => {
    const sums = createPrintedSums(COLUMNS);
    for (let i = 0; i < 10; i += 1) sums.add([null, 'x', 1, 0.1]);
    expect(roundingRow(COLUMNS, sums, [null, 'Total', 10, 1], 'Rounding')).toBeNull();
  });
});

describe('what people see', () => {
  const site = { id: 's', name: 'S', timezone: 'Europe/Berlin', currency: 'EUR', locale: 'de-DE' };
  it('is in the words of the site', () => {
    const { show } = createCellShower({ ...site, language: 'de' });
    expect(show(1234.56, 'number', 1)).toBe('1.234,6');
    expect(show(-0.04, 'number', 1)).toBe('0,0');
    expect(show(-12, 'money', 2)).toBe('−12,00');
    expect(show(0.7312, 'ratio', 1)).toBe('73,1 %');
    expect(show(null, 'number', 1)).toBe('–');
    expect(show(Date.parse('2026-06-01T04:00:00Z'), 'instant', 0)).toBe('2026-06-01 06:00');
  });
  it('names whole days by their dates', () => {
    const at = (text: string): number => Date.parse(text);
    const gb = { locale: 'en-GB', timezone: 'Europe/London', language: 'en' } as const;
    expect(periodLabel(gb, at('2026-05-31T23:00:00Z'), at('2026-06-30T23:00:00Z'))).toBe('1 June 2026 to 30 June 2026');
    expect(periodLabel(gb, at('2026-06-01T23:00:00Z'), at('2026-06-02T23:00:00Z'))).toBe('2 June 2026');
    expect(periodLabel(gb, at('2026-06-01T05:00:00Z'), at('2026-06-01T13:00:00Z'))).toBe(
      '1 June 2026, 06:00 to 1 June 2026, 14:00',
    );
  });
});
