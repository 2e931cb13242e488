import type { Report, ReportFigure } from '#shared/report/model.ts';
import { type CellShower, createCellShower } from '#shared/report/show.ts';
import { sayIn } from '#shared/report/words/words.ts';
import { shownFor, tariffWords } from '../words.ts';
import { drawChart } from './pdf/chart.ts';
import { createPaper, type Paper, RULE_STRONG, TEXT_2, TEXT_3 } from './pdf/paper.ts';
import { drawTable } from './pdf/table.ts';

/*
 * A report on A4: head, figures, charts, bill, breakdowns, method and coverage; a foot with version and page on each page.
 * People read it, so it holds the first rows of a long breakdown and says where the others are.
 */
const MOST_ROWS = 2_000;
/** More columns than this lie across. */
const PORTRAIT_COLUMNS = 9;

export async function printPdf(report: Report, mostRows: number = MOST_ROWS): Promise<Buffer> {
  const { head, rows, tail } = report;
  const { columns } = head.table;
  const shower = createCellShower(shownFor(head));
  const asOf = new Date(tail.basis.asOf);
  const paper = createPaper(
    `${head.title}, ${head.scopeName}, ${head.period}`,
    columns.length > PORTRAIT_COLUMNS,
    asOf,
  );
  const chunks: Buffer[] = [];
  paper.doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((done) => paper.doc.once('end', done));

  title(paper, report);
  figures(paper, tail.figures, shower);
  for (const chart of tail.charts) drawChart(paper, chart, shower);
  const bill = tail.tables.filter((t) => t.id === 'bill');
  for (const table of bill) drawTable(paper, table, shower);
  const left = rows.length - mostRows;
  drawTable(
    paper,
    {
      ...head.table,
      rows: rows.slice(0, mostRows),
      total: tail.total,
      left: left > 0 ? sayIn(head.language)('print.moreRows', { count: left }) : null,
    },
    shower,
  );
  for (const table of tail.tables.filter((t) => t.id !== 'bill')) drawTable(paper, table, shower);
  method(paper, report);
  feet(paper, report);
  paper.doc.end();
  await ended;
  return Buffer.concat(chunks);
}

function title(paper: Paper, { head, tail }: Report): void {
  paper.text(head.site.name, paper.left, paper.y, { face: 'condensedBold', size: 10, color: TEXT_2 });
  const status = tail.provisional ? capital(sayIn(head.language)('isProvisional')) : '';
  paper.text(status, paper.left, paper.y, {
    face: 'condensedBold',
    size: 10,
    color: TEXT_2,
    align: 'right',
    width: paper.right - paper.left,
  });
  paper.y += 18;
  const name = head.scope === 'site' ? head.title : `${head.title}: ${head.scopeName}`;
  paper.text(name, paper.left, paper.y, { face: 'condensedBold', size: 24, width: paper.right - paper.left });
  paper.y += 33;
  paper.text(head.period, paper.left, paper.y, { face: 'condensed', size: 13, color: TEXT_2 });
  paper.y += 24;
  paper.rule(paper.y, RULE_STRONG);
  paper.y += 8;
}

const capital = (word: string): string => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;

/** Label, number, one line of context. */
function figures(paper: Paper, list: readonly ReportFigure[], { show }: CellShower): void {
  const across = paper.right - paper.left > 600 ? 6 : 4;
  const width = (paper.right - paper.left) / across;
  list.forEach((figure, i) => {
    const column = i % across;
    if (i > 0 && column === 0) paper.y += 56;
    const x = paper.left + column * width;
    paper.text(figure.name, x, paper.y, { size: 8.5, color: TEXT_2, width: width - 10 });
    const value = show(figure.value, figure.kind, figure.digits);
    const unit = figure.value === null || figure.kind === 'ratio' ? '' : (figure.unit ?? '');
    const style = { face: 'condensedBold', size: 19 } as const;
    paper.text(value, x, paper.y + 11, style);
    paper.text(unit, x + paper.widthOf(value, style) + 4, paper.y + 20, { face: 'condensed', size: 10, color: TEXT_2 });
    if (figure.note !== null) {
      paper.text(figure.note, x, paper.y + 36, { size: 7.5, color: TEXT_3, width: width - 10 });
    }
  });
  paper.y += 56;
}

function method(paper: Paper, { head, tail }: Report): void {
  const say = sayIn(head.language);
  paper.need(90);
  paper.y += 16;
  paper.text(say('method.title'), paper.left, paper.y, { face: 'condensedBold', size: 13 });
  paper.y += 22;
  const statements = [...tail.method, ...tail.findings.map((text) => ({ name: say('method.finding'), text }))];
  for (const { name, text } of statements) {
    const lines = paper.wrap(text, paper.right - paper.left - 120, { size: 9 });
    paper.need(lines.length * 12 + 4);
    paper.text(name, paper.left, paper.y, { face: 'condensed', size: 9, color: TEXT_2, width: 110 });
    for (const line of lines) {
      paper.text(line, paper.left + 120, paper.y, { size: 9 });
      paper.y += 12;
    }
    paper.y += 4;
  }
}

function feet(paper: Paper, { head, tail }: Report): void {
  const { start, count } = paper.doc.bufferedPageRange();
  const { plantHash, asOf, tariffs } = tail.basis;
  const say = sayIn(head.language);
  const basis = [
    say('print.plantFile', { hash: plantHash.slice(0, 12) }),
    ...tariffs.slice(0, 2).map((version) => tariffWords(version, say)),
    say('print.asOf', { time: `${asOf.slice(0, 16)}Z` }),
  ].join(', ');
  for (let i = 0; i < count; i += 1) {
    paper.doc.switchToPage(start + i);
    const y = paper.bottom + 10;
    paper.rule(y - 4, RULE_STRONG);
    const width = paper.right - paper.left;
    const page = say('print.page', { page: i + 1, pages: count });
    paper.text(`${head.site.name}, ${head.title}, ${head.period}`, paper.left, y, {
      size: 7.5,
      color: TEXT_3,
      width: width - 60,
    });
    paper.text(page, paper.left, y, { size: 7.5, color: TEXT_3, align: 'right', width });
    paper.text(`Linewatt, ${basis}`, paper.left, y + 10, { size: 7.5, color: TEXT_3, width });
  }
}
