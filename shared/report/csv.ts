import { toIso } from '../time/instant.ts';
import { utcOffsetMinutes } from '../time/zone.ts';
import { columnTitle, type ReportCell, type ReportColumn, type ReportRow } from './model.ts';

/*
 * Lines of CSV (RFC 4180, CRLF).
 *
 * - Numbers are bare: no grouping, the decimal sign as asked, so that a program and a spreadsheet of that country read them.
 * - A text that a spreadsheet would take for a formula gets an apostrophe before it; a number never does.
 * - Instants are local time with their offset: the hour that comes twice in autumn stays two hours.
 */
export interface CsvDialect {
  readonly separator: ',' | ';' | '\t';
  readonly decimal: '.' | ',';
}

export const PLAIN_CSV: CsvDialect = { separator: ',', decimal: '.' };

/** What begins a formula, or hides one, in the spreadsheets in use. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

export function csvLine(cells: readonly ReportCell[], dialect: CsvDialect): string {
  return `${cells.map((cell) => csvCell(cell, dialect)).join(dialect.separator)}\r\n`;
}

export function csvHeader(columns: readonly ReportColumn[], dialect: CsvDialect): string {
  return csvLine(columns.map(columnTitle), dialect);
}

export function csvRow(
  columns: readonly ReportColumn[],
  row: ReportRow,
  timezone: string,
  dialect: CsvDialect,
): string {
  return csvLine(
    columns.map(({ kind }, i) => {
      const cell = row[i] ?? null;
      return kind === 'instant' && typeof cell === 'number' ? localIso(timezone, cell) : cell;
    }),
    dialect,
  );
}

/** `2026-06-01T06:00:00+01:00` */
export function localIso(timezone: string, t: number): string {
  const offset = utcOffsetMinutes(timezone, t);
  const sign = offset < 0 ? '-' : '+';
  const two = (n: number): string => String(Math.floor(Math.abs(n))).padStart(2, '0');
  return `${toIso(t + offset * 60_000).slice(0, 19)}${sign}${two(offset / 60)}:${two(offset % 60)}`;
}

function csvCell(cell: ReportCell, { separator, decimal }: CsvDialect): string {
  if (cell === null) return '';
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return '';
    const text = plainNumber(cell);
    return decimal === ',' ? text.replace('.', ',') : text;
  }
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return safe.includes(separator) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Never with an exponent: spreadsheets of some countries take 1e-7 for text. */
function plainNumber(value: number): string {
  const text = String(Number(value.toPrecision(15)));
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
