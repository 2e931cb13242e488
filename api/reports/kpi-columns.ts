import type { Plant } from '#shared/plant/model.ts';
import { type ReportCell, type ReportColumn, type ReportRow, textColumn } from '#shared/report/model.ts';
import { currencyDigits, printedKwh, printedMoney } from '#shared/report/rounding.ts';
import { localDate } from '#shared/time/zone.ts';
import type { answerKpi } from '../kpi/kpi-question.ts';
import { onePeriod } from '../kpi/kpi-question.ts';
import { scopeName, wordFor } from './words.ts';

export type KpiItemAnswer = Awaited<ReturnType<typeof answerKpi>>[number];

/** What the meters say beside it; null where no meter stands for it. */
export interface EnergyBeside {
  readonly kWh: number | null;
  readonly cost: number | null;
}

export interface KpiColumns {
  readonly columns: readonly ReportColumn[];
  row(item: KpiItemAnswer, energy: EnergyBeside | null): ReportRow;
  total(item: KpiItemAnswer, energy: EnergyBeside | null, label: string): ReportRow;
}

interface Part {
  readonly column: ReportColumn;
  readonly cell: (item: KpiItemAnswer, energy: EnergyBeside | null) => ReportCell;
  readonly inTotal: boolean;
}

/** Columns of a breakdown of OEE. Minutes, because a shift is talked about in minutes. */
export function kpiColumns(plant: Plant, by: readonly string[], withEnergy: boolean): KpiColumns {
  const { currency, timezone } = plant.site;
  const parts: Part[] = [];
  const label = (column: ReportColumn, cell: Part['cell']): void => void parts.push({ column, cell, inTotal: false });
  const figure = (id: string, name: string, unit: string | null, digits: number, cell: Part['cell']): void =>
    void parts.push({ column: { id, name, kind: 'number', unit, digits }, cell, inTotal: true });
  const ratio = (id: string, name: string, cell: Part['cell']): void =>
    void parts.push({ column: { id, name, kind: 'ratio', unit: null, digits: 1 }, cell, inTotal: true });
  const minutes = (id: string, name: string, seconds: (of: KpiItemAnswer['seconds']) => number): void =>
    figure(id, name, 'min', 1, (item) => Math.round((seconds(item.seconds) / 60) * 1e6) / 1e6);

  const period = onePeriod(by);
  const startDate = (item: KpiItemAnswer): string => localDate(timezone, Date.parse(item.window.start));
  const instant = (id: string, name: string): ReportColumn => ({ id, name, kind: 'instant', unit: null, digits: 0 });
  if (period === 'hour') label(instant('start', 'Start'), (item) => Date.parse(item.window.start));
  else if (period !== null) {
    const names = { week: 'Week from', month: 'Month from', day: 'Day' } as Readonly<Record<string, string>>;
    const name = names[period] ?? 'Production date';
    label({ id: 'date', name, kind: 'date', unit: null, digits: 0 }, (item) => item.date ?? startDate(item));
  }
  if (period === 'shift') {
    label(textColumn('shift', 'Shift'), (item) => item.shiftName ?? item.shift);
    label(instant('start', 'Start'), (item) => Date.parse(item.window.start));
  }
  if (by.includes('machine')) {
    label(textColumn('machine', 'Machine'), (item) => nameOfScope(plant, item.scope));
  }
  if (by.includes('product'))
    label(textColumn('product', 'Product'), (item) => wordFor(plant, 'product', item.product));
  if (by.includes('order')) label(textColumn('order', 'Order'), (item) => wordFor(plant, 'order', item.order));
  if (parts.length === 0) label(textColumn('what', 'Breakdown'), (item) => nameOfScope(plant, item.scope));

  minutes('planned', 'Planned', (s) => s.plannedProduction);
  minutes('run', 'Running', (s) => s.run - s.smallStop);
  minutes('smallStop', 'Minor stops', (s) => s.smallStop);
  minutes('unplannedStop', 'Unplanned stops', (s) => s.unplannedStop);
  minutes('plannedStop', 'Planned stops', (s) => s.plannedStop);
  minutes('unknown', 'No data', (s) => s.unknown);
  figure('total', 'Total', null, 0, (item) => item.counts.total);
  figure('good', 'Good', null, 0, (item) => item.counts.good);
  figure('reject', 'Reject', null, 0, (item) => item.counts.reject);
  figure('target', 'Target', null, 0, (item) => item.targetCount);
  ratio('availability', 'Availability', (item) => item.kpi.availability);
  ratio('performance', 'Performance', (item) => item.kpi.performance);
  ratio('quality', 'Quality', (item) => item.kpi.quality);
  ratio('oee', 'OEE', (item) => item.kpi.oee);
  ratio('coverage', 'Known', (item) => item.coverage);
  if (withEnergy) {
    figure('kWh', 'Energy', 'kWh', 1, (_, energy) => (energy?.kWh == null ? null : printedKwh(energy.kWh)));
    const money: ReportColumn = {
      id: 'cost',
      name: 'Energy cost',
      kind: 'money',
      unit: currency,
      digits: currencyDigits(currency),
    };
    parts.push({ column: money, cell: (_, energy) => printedMoney(energy?.cost ?? null, currency), inTotal: true });
    figure('kWhPerGood', 'Per good piece', 'kWh', 4, ({ counts }, energy) => {
      const good = counts.good + counts.unscheduledGood;
      return energy?.kWh == null || good <= 0 ? null : energy.kWh / good;
    });
  }
  return {
    columns: parts.map(({ column }) => column),
    row: (item, energy) => parts.map(({ cell }) => cell(item, energy)),
    total(item, energy, text) {
      const first = parts.findIndex(({ column }) => column.kind === 'text' || column.kind === 'date');
      return parts.map(({ cell, inTotal }, i) =>
        i === Math.max(0, first) ? text : inTotal ? cell(item, energy) : null,
      );
    },
  };
}

function nameOfScope(plant: Plant, scope: string): string {
  const cut = scope.indexOf(':');
  return scopeName(plant, cut < 0 ? 'site' : scope.slice(0, cut), scope.slice(cut + 1));
}
