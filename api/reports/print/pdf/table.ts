import {
  columnTitle,
  type ReportCell,
  type ReportColumn,
  type ReportRow,
  type ReportTable,
} from '#shared/report/model.ts';
import type { CellShower } from '#shared/report/show.ts';
import { INK, type Paper, RULE, RULE_STRONG, TEXT_2, TEXT_3, type TextStyle } from './paper.ts';

const GAP = 9;
const SIZES = [8.5, 8, 7.5, 7, 6.5] as const;
/** Narrower than this a text says nothing. */
const LEAST_TEXT = 34;
/** Widths are measured on so many rows. */
const MEASURED_ROWS = 400;

export interface TableOnPaper extends Omit<ReportTable, 'id'> {
  /** Of the rows that there are, where not all are printed. */
  readonly left?: string | null;
}

/** Draws a table, with its head again on every page. Texts stand left, numbers right. */
export function drawTable(paper: Paper, table: TableOnPaper, { show }: CellShower): void {
  const { columns, rows, total } = table;
  const cellOf = (column: ReportColumn, cell: ReportCell): string =>
    typeof cell === 'string' ? cell : cell === null && isText(column) ? '' : show(cell, column.kind, column.digits);
  const texts = (row: ReportRow): string[] => columns.map((column, i) => cellOf(column, row[i] ?? null));
  // A total has no dash where a column has no sum.
  const totals = total ? columns.map((c, i) => (total[i] == null ? '' : cellOf(c, total[i] ?? null))) : null;
  const sample = [...rows.slice(0, MEASURED_ROWS).map(texts), ...(totals ? [totals] : [])];
  const { size, widths } = fitColumns(paper, columns, sample);
  const style: TextStyle = { face: 'condensed', size };
  const height = size + 5.5;
  const xs = positions(paper, widths);

  const draw = (cells: readonly string[], face: TextStyle['face'], color: string): void => {
    cells.forEach((text, i) => {
      if (text === '') return;
      const align = isText(columns[i]) ? 'left' : 'right';
      paper.text(text, xs[i] ?? 0, paper.y + 2, {
        ...style,
        ...(face && { face }),
        color,
        align,
        width: widths[i] ?? 0,
      });
    });
    paper.y += height;
  };
  const head = (): void => {
    const lines = columns.map((column, i) =>
      paper.wrap(columnTitle(column), widths[i] ?? 0, { face: 'condensed', size }),
    );
    const most = Math.max(...lines.map((l) => l.length));
    for (let k = 0; k < most; k += 1) {
      draw(
        lines.map((l) => l[k - (most - l.length)] ?? ''),
        'condensed',
        TEXT_3,
      );
      paper.y -= 4;
    }
    paper.y += 5;
    paper.rule(paper.y - 1, RULE_STRONG);
  };

  paper.need(68 + Math.min(rows.length + 1, 4) * height + (table.note === null ? 0 : 14));
  paper.y += 16;
  paper.text(table.title, paper.left, paper.y, { face: 'condensedBold', size: 13 });
  paper.y += 19;
  if (table.note !== null) {
    paper.text(table.note, paper.left, paper.y, { size: 8.5, color: TEXT_2 });
    paper.y += 14;
  }
  head();
  for (const row of rows) {
    if (paper.y + height > paper.bottom) {
      paper.newPage();
      head();
    }
    draw(texts(row), 'condensed', INK);
    paper.rule(paper.y, RULE);
  }
  if (totals) {
    if (paper.y + height > paper.bottom) {
      paper.newPage();
      head();
    }
    paper.rule(paper.y, RULE_STRONG);
    draw(totals, 'condensedBold', INK);
  }
  if (table.left) {
    paper.text(table.left, paper.left, paper.y + 4, { size: 8.5, color: TEXT_2 });
    paper.y += 16;
  }
}

const isText = (column: ReportColumn | undefined): boolean =>
  column === undefined || column.kind === 'text' || column.kind === 'date' || column.kind === 'instant';

/** The largest type in which the columns fit; in the smallest one, texts give way. */
function fitColumns(
  paper: Paper,
  columns: readonly ReportColumn[],
  sample: readonly (readonly string[])[],
): { size: number; widths: number[] } {
  const room = paper.right - paper.left;
  for (const size of SIZES) {
    const widths = columns.map((column, i) => {
      const style: TextStyle = { face: 'condensedBold', size };
      const words = columnTitle(column).split(' ');
      const title = Math.max(...words.map((word) => paper.widthOf(word, style)));
      return Math.ceil(sample.reduce((most, row) => Math.max(most, paper.widthOf(row[i] ?? '', style)), title)) + 1;
    });
    const over = widths.reduce((sum, w) => sum + w + GAP, -GAP) - room;
    if (over <= 0) return { size, widths };
    if (size !== SIZES.at(-1) && over > textRoom(columns, widths)) continue;
    return { size, widths: shrunk(columns, widths, over) };
  }
  return { size: SIZES[0], widths: columns.map(() => 40) };
}

function textRoom(columns: readonly ReportColumn[], widths: readonly number[]): number {
  return columns.reduce((sum, c, i) => sum + (c.kind === 'text' ? Math.max(0, (widths[i] ?? 0) - 90) : 0), 0);
}

function shrunk(columns: readonly ReportColumn[], widths: readonly number[], over: number): number[] {
  const gives = columns.map((c, i) => (c.kind === 'text' ? Math.max(0, (widths[i] ?? 0) - LEAST_TEXT) : 0));
  const all = gives.reduce((a, b) => a + b, 0);
  return widths.map((w, i) => (all === 0 ? w : w - Math.min(1, over / all) * (gives[i] ?? 0)));
}

function positions(paper: Paper, widths: readonly number[]): number[] {
  let x = paper.left;
  return widths.map((width) => {
    const at = x;
    x += width + GAP;
    return at;
  });
}
