import type { ReportChart } from '#shared/report/model.ts';
import type { CellShower } from '#shared/report/show.ts';
import { INK, type Paper, RULE, RULE_STRONG, TEXT_2, TEXT_3 } from './paper.ts';

/** One grey ramp, dearer is darker: the bands of the energy page. */
const RAMP = ['#b4bec5', '#7b8a94', '#384650'] as const;
const HEIGHT = 150;

/** A chart in vectors: stacked columns or a line, its axis in round steps, series named once. */
export function drawChart(paper: Paper, chart: ReportChart, { show }: CellShower): void {
  const { series, labels, level } = chart;
  const tops = labels.map((_, i) =>
    chart.form === 'columns'
      ? series.reduce((sum, s) => sum + Math.max(0, s.values[i] ?? 0), 0)
      : Math.max(...series.map((s) => s.values[i] ?? 0)),
  );
  const most = Math.max(...tops, level?.value ?? 0, 0);
  if (labels.length === 0 || most <= 0) return;
  paper.need(HEIGHT + 64);
  paper.y += 16;
  paper.text(`${chart.title}, ${chart.unit}`, paper.left, paper.y, { face: 'condensedBold', size: 13 });
  legend(paper, chart);
  paper.y += 24;

  const step = roundStep(most);
  const top = chart.unit === '%' ? Math.max(100, Math.ceil(most / step) * step) : Math.ceil(most / step) * step;
  const axis = 44;
  const box = { x: paper.left + axis, y: paper.y, w: paper.right - paper.left - axis, h: HEIGHT };
  const yOf = (value: number): number => box.y + box.h - (value / top) * box.h;
  for (let value = 0; value <= top + 1e-9; value += step) {
    const y = yOf(value);
    paper.doc.moveTo(box.x, y).lineTo(paper.right, y).lineWidth(0.5).strokeColor(RULE).stroke();
    const style = { face: 'condensed', size: 8, color: TEXT_3, align: 'right', width: axis - 8 } as const;
    paper.text(show(value, 'number', step < 1 ? 1 : 0), paper.left, y - 5, style);
  }
  const slot = box.w / labels.length;
  if (chart.form === 'columns') columns(paper, chart, box.x, slot, yOf);
  else line(paper, chart, box.x, slot, yOf);
  if (level) {
    const y = yOf(level.value);
    paper.doc.moveTo(box.x, y).lineTo(paper.right, y).lineWidth(0.8).dash(3, { space: 2 }).strokeColor(INK).stroke();
    paper.doc.undash();
    const name = `${level.name} ${show(level.value, 'number', 1)}`;
    paper.text(name, box.x, y - 11, { face: 'condensed', size: 8, color: TEXT_2, align: 'right', width: box.w });
  }
  paper.y = box.y + box.h;
  const widest = Math.max(...labels.map((l) => paper.widthOf(l, { face: 'condensed', size: 8 })));
  const every = Math.max(1, Math.ceil((widest + 8) / slot));
  labels.forEach((label, i) => {
    if (i % every !== 0) return;
    const x = box.x + slot * (i + 0.5) - paper.widthOf(label, { face: 'condensed', size: 8 }) / 2;
    const last = paper.right - paper.widthOf(label, { face: 'condensed', size: 8 });
    paper.text(label, Math.max(box.x, Math.min(last, x)), paper.y + 4, { face: 'condensed', size: 8, color: TEXT_3 });
  });
  paper.y += 20;
}

function columns(
  paper: Paper,
  { series, labels }: ReportChart,
  x: number,
  slot: number,
  yOf: (v: number) => number,
): void {
  const gap = Math.min(slot * 0.25, 6);
  labels.forEach((_, i) => {
    let base = 0;
    series.forEach((s, k) => {
      const value = Math.max(0, s.values[i] ?? 0);
      if (value === 0) return;
      const y = yOf(base + value);
      paper.doc
        .rect(x + slot * i + gap / 2, y, slot - gap, yOf(base) - y)
        .fillColor(shade(k, series.length))
        .fill();
      base += value;
    });
  });
}

function line(paper: Paper, { series }: ReportChart, x: number, slot: number, yOf: (v: number) => number): void {
  for (const { values } of series) {
    let drawing = false;
    values.forEach((value, i) => {
      const at = x + slot * (i + 0.5);
      // Unknown is a gap, never a line down to zero.
      if (value === null) drawing = false;
      else if (drawing) paper.doc.lineTo(at, yOf(value));
      else {
        paper.doc.moveTo(at, yOf(value));
        drawing = true;
      }
    });
    paper.doc.lineWidth(1.2).strokeColor(INK).stroke();
    for (const [i, value] of values.entries()) {
      if (value !== null && values.length <= 100)
        paper.doc
          .circle(x + slot * (i + 0.5), yOf(value), 1.6)
          .fillColor(INK)
          .fill();
    }
  }
}

function legend(paper: Paper, { series, form }: ReportChart): void {
  if (form === 'line' && series.length < 2) return;
  let x = paper.right;
  series.forEach((_, k) => {
    const at = series.length - 1 - k;
    const name = series[at]?.name ?? '';
    const width = paper.widthOf(name, { face: 'condensed', size: 9 });
    x -= width;
    paper.text(name, x, paper.y + 3, { face: 'condensed', size: 9, color: TEXT_2 });
    x -= 13;
    paper.doc
      .rect(x, paper.y + 5, 8, 8)
      .lineWidth(0.5)
      .fillAndStroke(shade(at, series.length), RULE_STRONG);
    x -= 14;
  });
}

/** The last series is the dearest. */
function shade(k: number, of: number): string {
  if (of <= 1) return RAMP[1];
  return RAMP[Math.round((k / (of - 1)) * (RAMP.length - 1))] ?? RAMP[1];
}

/** 1, 2, 2.5 or 5 times a power of ten, for four to eight lines. */
function roundStep(most: number): number {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= rough) ?? 10;
  return step * power;
}
