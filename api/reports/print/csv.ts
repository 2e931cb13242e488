import { type CsvDialect, csvHeader, csvLine, csvRow } from '#shared/report/csv.ts';
import { columnTitle, type ReportStream } from '#shared/report/model.ts';
import { sayIn } from '#shared/report/words/words.ts';

/*
 * The breakdown as CSV, row by row: header, rows, total; then, after an empty line, the figures of the head, the bill, and
 * method and coverage. `tableOnly` leaves those out, for a program that reads the file.
 */
export interface CsvOptions {
  readonly dialect: CsvDialect;
  readonly tableOnly: boolean;
}

/** Rows are joined to pieces of about this size. */
const PIECE = 16 * 1024;
const BOM = '\uFEFF';

export async function* printCsv(report: ReportStream, { dialect, tableOnly }: CsvOptions): AsyncGenerator<string> {
  const { columns } = report.head.table;
  const { timezone } = report.head.site;
  const say = sayIn(report.head.language);
  // A semicolon says that a spreadsheet will open it, and that takes UTF-8 only with a mark.
  let piece = (dialect.separator === ';' ? BOM : '') + csvHeader(columns, dialect);
  for await (const row of report.rows) {
    piece += csvRow(columns, row, timezone, dialect);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  const tail = await report.tail();
  if (tail.total) piece += csvRow(columns, tail.total, timezone, dialect);
  if (!tableOnly) {
    piece += '\r\n';
    piece += csvLine([report.head.title, report.head.scopeName, report.head.period], dialect);
    for (const { name, unit, kind, value, note } of tail.figures) {
      piece += csvLine([columnTitle({ name, unit, kind }), value, note], dialect);
    }
    for (const table of tail.tables.filter((t) => t.id === 'bill')) {
      piece += `\r\n${csvLine([table.title], dialect)}${csvHeader(table.columns, dialect)}`;
      for (const row of table.rows) piece += csvRow(table.columns, row, timezone, dialect);
      if (table.total) piece += csvRow(table.columns, table.total, timezone, dialect);
    }
    piece += `\r\n${csvLine([say('method.title')], dialect)}`;
    for (const { name, text } of tail.method) piece += csvLine([name, text], dialect);
    for (const finding of tail.findings) piece += csvLine([say('method.finding'), finding], dialect);
  }
  yield piece;
}
