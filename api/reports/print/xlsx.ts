import {
  columnTitle,
  type ReportCell,
  type ReportColumn,
  type ReportRow,
  type ReportStream,
} from '#shared/report/model.ts';
import { type ReportPhrase, sayIn } from '#shared/report/words/words.ts';
import { DAY } from '#shared/time/instant.ts';
import { utcOffsetMinutes } from '#shared/time/zone.ts';
import { createXlsxStyles, escapeXml, formatOf, type Weight, type XlsxStyles } from './xlsx-styles.ts';
import { type ZipPart, zip } from './zip.ts';

/*
 * A workbook (ECMA-376): Summary, the breakdown that was asked for, one sheet per further breakdown, method and coverage.
 *
 * - Numbers, dates and times are real ones; texts are texts, so that none is ever taken for a formula.
 * - The breakdown is written row by row; the sheets that need its end are made after it and stand in their place in the book.
 * - Instants are the site's local time, because a spreadsheet knows no zone; the sheet of method names the zone.
 */
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
/** A sheet ends here; one more row and Excel refuses the file. */
export const MAX_ROWS = 1_048_576;

interface Sheet {
  readonly name: string;
  /** Number of its part. */
  readonly part: number;
}

export function printXlsx(report: ReportStream, maxRows: number = MAX_ROWS): AsyncGenerator<Buffer> {
  return zip(partsOf(report, maxRows));
}

async function* partsOf(report: ReportStream, maxRows: number): AsyncGenerator<ZipPart> {
  const { head } = report;
  const styles = createXlsxStyles();
  const names = new Set<string>();
  const book: { before: Sheet[]; main: Sheet[]; after: Sheet[] } = { before: [], main: [], after: [] };
  let parts = 0;
  const part = (to: Sheet[], name: string, text: ZipPart['text']): ZipPart => {
    parts += 1;
    to.push({ name: sheetName(name, names), part: parts });
    return { path: `xl/worksheets/sheet${parts}.xml`, text };
  };
  const { columns } = head.table;
  const say = sayIn(head.language);
  const offset = createOffset(head.site.timezone);
  const mainName = (before: number): string =>
    before === 0 ? say('column.breakdown') : say('print.breakdownNumber', { number: before + 1 });
  const source = report.rows[Symbol.asyncIterator]();
  let next = await source.next();
  // What one sheet cannot hold goes on in the next one.
  do {
    const more = async function* (): AsyncGenerator<string> {
      yield sheetHead(columns, 1, styles);
      let row = 2;
      // One row is kept for the total.
      for (; !next.done && row < maxRows; next = await source.next()) {
        yield rowXml(row, columns, next.value, 'plain', styles, offset);
        row += 1;
      }
      if (next.done) {
        const { total } = await report.tail();
        if (total) yield rowXml(row, columns, total, 'total', styles, offset);
      }
      yield SHEET_END;
    };
    yield part(book.main, mainName(book.main.length), more());
  } while (!next.done);

  const tail = await report.tail();
  yield part(book.before, say('print.summary'), summarySheet(report, tail, styles));
  for (const table of tail.tables) {
    const lines = function* (): Generator<string> {
      yield sheetHead(table.columns, 1, styles);
      let at = 2;
      for (const row of table.rows) yield rowXml(at++, table.columns, row, 'plain', styles, offset);
      if (table.total) yield rowXml(at, table.columns, table.total, 'total', styles, offset);
      yield SHEET_END;
    };
    yield part(table.id === 'bill' ? book.before : book.after, table.title, lines());
  }
  yield part(book.after, say('method.title'), methodSheet(report, tail, styles));

  const sheets = [...book.before, ...book.main, ...book.after];
  yield { path: 'xl/styles.xml', text: [styles.xml()] };
  yield { path: 'xl/workbook.xml', text: [workbookXml(sheets)] };
  yield { path: 'xl/_rels/workbook.xml.rels', text: [workbookRels(sheets)] };
  yield {
    path: '_rels/.rels',
    text: [
      `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
  };
  yield { path: '[Content_Types].xml', text: [contentTypes(sheets)] };
}

type Tail = Awaited<ReturnType<ReportStream['tail']>>;

function* summarySheet({ head }: ReportStream, tail: Tail, styles: XlsxStyles): Generator<string> {
  const columns = textColumns(head, ['column.figure', 'column.value', 'column.unit', 'column.note']);
  yield sheetStart(columns, 4, [28, 18, 14, 60]);
  yield cellsXml(1, [{ cell: `${head.title}: ${head.scopeName}`, format: '@', weight: 'title' }], styles);
  yield cellsXml(2, [{ cell: head.period, format: '@', weight: 'plain' }], styles);
  yield rowXml(4, columns, columns.map(columnTitle), 'head', styles, () => 0);
  let at = 5;
  for (const { name, kind, unit, digits, value, note } of tail.figures) {
    const cells = [
      { cell: name, format: '@', weight: 'plain' },
      { cell: value, format: formatOf({ kind, digits }), weight: 'plain' },
      { cell: kind === 'ratio' ? null : unit, format: '@', weight: 'plain' },
      { cell: note, format: '@', weight: 'plain' },
    ] as const;
    yield cellsXml(at++, cells, styles);
  }
  yield SHEET_END;
}

function textColumns({ language }: ReportStream['head'], names: readonly ReportPhrase[]): readonly ReportColumn[] {
  const say = sayIn(language);
  return names.map((name) => ({ id: name, name: say(name), kind: 'text', unit: null, digits: 0 }));
}

function* methodSheet({ head }: ReportStream, tail: Tail, styles: XlsxStyles): Generator<string> {
  const columns = textColumns(head, ['column.about', 'column.statement']);
  const finding = sayIn(head.language)('method.finding');
  yield sheetStart(columns, 1, [24, 120]);
  yield rowXml(1, columns, columns.map(columnTitle), 'head', styles, () => 0);
  let at = 2;
  for (const { name, text } of tail.method) yield rowXml(at++, columns, [name, text], 'plain', styles, () => 0);
  for (const text of tail.findings) yield rowXml(at++, columns, [finding, text], 'plain', styles, () => 0);
  yield SHEET_END;
}

const SHEET_END = '</sheetData></worksheet>';

function sheetHead(columns: readonly ReportColumn[], frozenRows: number, styles: XlsxStyles): string {
  const header = rowXml(1, columns, columns.map(columnTitle), 'head', styles, () => 0);
  return sheetStart(columns, frozenRows, columns.map(widthOf)) + header;
}

function sheetStart(columns: readonly ReportColumn[], frozenRows: number, widths: readonly number[]): string {
  const cols = columns.map((_, i) => `<col min="${i + 1}" max="${i + 1}" width="${widths[i] ?? 12}" customWidth="1"/>`);
  const pane = `<pane ySplit="${frozenRows}" topLeftCell="A${frozenRows + 1}" activePane="bottomLeft" state="frozen"/>`;
  return `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">${pane}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>${cols.join('')}</cols><sheetData>`;
}

function widthOf({ kind, name }: ReportColumn): number {
  if (kind === 'instant') return 17;
  if (kind === 'date') return 13;
  return kind === 'text' ? Math.max(18, name.length + 2) : Math.max(13, Math.min(20, name.length + 4));
}

function rowXml(
  at: number,
  columns: readonly ReportColumn[],
  row: ReportRow,
  weight: Weight,
  styles: XlsxStyles,
  offset: (t: number) => number,
): string {
  const cells = columns.map((column, i) => {
    const cell = row[i] ?? null;
    // A header, and the word "Total" in a column of dates, are texts.
    if (weight === 'head' || column.kind === 'text') return { cell, format: '@', weight };
    if (column.kind === 'date' && typeof cell === 'string') return { ...dateCell(cell), weight };
    const value = column.kind === 'instant' && typeof cell === 'number' ? serial(cell + offset(cell)) : cell;
    return { cell: value, format: typeof cell === 'string' ? '@' : formatOf(column), weight };
  });
  return cellsXml(at, cells, styles);
}

function dateCell(text: string): { cell: ReportCell; format: string } {
  const t = Date.parse(text);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(t)
    ? { cell: serial(t), format: 'yyyy-mm-dd' }
    : { cell: text, format: '@' };
}

/** Days since 30 December 1899, as spreadsheets count; to the millisecond. */
function serial(localMs: number): number {
  return Math.round((localMs / DAY + 25_569) * 1e9) / 1e9;
}

interface XlsxCell {
  readonly cell: ReportCell;
  readonly format: string;
  readonly weight: Weight;
}

function cellsXml(at: number, cells: readonly XlsxCell[], styles: XlsxStyles): string {
  const xml = cells.map(({ cell, format, weight }, i) => {
    if (cell === null && weight === 'plain') return '';
    const ref = `r="${letters(i)}${at}" s="${styles.of(format, weight)}"`;
    if (cell === null) return `<c ${ref}/>`;
    if (typeof cell === 'number') return Number.isFinite(cell) ? `<c ${ref}><v>${cell}</v></c>` : `<c ${ref}/>`;
    return `<c ${ref} t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell.slice(0, 32_767))}</t></is></c>`;
  });
  return `<row r="${at}">${xml.join('')}</row>`;
}

function letters(index: number): string {
  const own = String.fromCharCode(65 + (index % 26));
  return index < 26 ? own : letters(Math.floor(index / 26) - 1) + own;
}

/** 31 characters, none of those that Excel refuses, each name once. */
function sheetName(wanted: string, taken: Set<string>): string {
  const clean = wanted.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31);
  let name = clean;
  for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${clean.slice(0, 28)} ${n}`;
  taken.add(name.toLowerCase());
  return name;
}

function workbookXml(sheets: readonly Sheet[]): string {
  const list = sheets.map(({ name, part }) => `<sheet name="${escapeXml(name)}" sheetId="${part}" r:id="rId${part}"/>`);
  return `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${list.join('')}</sheets></workbook>`;
}

function workbookRels(sheets: readonly Sheet[]): string {
  const list = sheets.map(
    ({ part }) => `<Relationship Id="rId${part}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${part}.xml"/>`,
  );
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${list.join('')}<Relationship Id="rId${sheets.length + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`;
}

function contentTypes(sheets: readonly Sheet[]): string {
  const of = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const list = sheets.map(
    ({ part }) => `<Override PartName="/xl/worksheets/sheet${part}.xml" ContentType="${of}.worksheet+xml"/>`,
  );
  return `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${of}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${of}.styles+xml"/>${list.join('')}</Types>`;
}

/** The offset of the zone, in ms; asked once per hour of rows. */
function createOffset(timezone: string): (t: number) => number {
  let hour = Number.NaN;
  let ms = 0;
  return (t) => {
    const of = Math.floor(t / 900_000);
    if (of !== hour) {
      hour = of;
      ms = utcOffsetMinutes(timezone, t) * 60_000;
    }
    return ms;
  };
}
