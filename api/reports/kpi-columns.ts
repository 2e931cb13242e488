import type { Language } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { nameIn } from '#shared/plant/translations.ts';
import { type ReportCell, type ReportColumn, type ReportRow, textColumn } from '#shared/report/model.ts';
import { currencyDigits, printedKwh, printedMoney } from '#shared/report/rounding.ts';
import { type ReportPhrase, sayIn } from '#shared/report/words/words.ts';
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
export function kpiColumns(plant: Plant, by: readonly string[], withEnergy: boolean, language: Language): KpiColumns {
  const say = sayIn(language);
  const { currency, timezone } = plant.site;
  const parts: Part[] = [];
  const label = (column: ReportColumn, cell: Part['cell']): void => void parts.push({ column, cell, inTotal: false });
  const figure = (id: string, name: ReportPhrase, unit: string | null, digits: number, cell: Part['cell']): void =>
    void parts.push({ column: { id, name: say(name), kind: 'number', unit, digits }, cell, inTotal: true });
  const ratio = (id: string, name: ReportPhrase, cell: Part['cell']): void =>
    void parts.push({ column: { id, name: say(name), kind: 'ratio', unit: null, digits: 1 }, cell, inTotal: true });
  const minutes = (id: string, name: ReportPhrase, seconds: (of: KpiItemAnswer['seconds']) => number): void =>
    figure(id, name, 'min', 1, (item) => Math.round((seconds(item.seconds) / 60) * 1e6) / 1e6);

  const period = onePeriod(by);
  const startDate = (item: KpiItemAnswer): string => localDate(timezone, Date.parse(item.window.start));
  const start: ReportColumn = { id: 'start', name: say('column.start'), kind: 'instant', unit: null, digits: 0 };
  if (period === 'hour') label(start, (item) => Date.parse(item.window.start));
  else if (period !== null) {
    const names: Readonly<Record<string, ReportPhrase>> = {
      week: 'column.weekFrom',
      month: 'column.monthFrom',
      day: 'column.day',
    };
    const name = say(names[period] ?? 'column.productionDate');
    label({ id: 'date', name, kind: 'date', unit: null, digits: 0 }, (item) => item.date ?? startDate(item));
  }
  if (period === 'shift') {
    label(textColumn('shift', say('column.shift')), (item) =>
      item.shiftName === null ? item.shift : nameIn(plant, language, item.shiftName),
    );
    label(start, (item) => Date.parse(item.window.start));
  }
  if (by.includes('machine')) {
    label(textColumn('machine', say('column.machine')), (item) => nameOfScope(plant, item.scope, language));
  }
  if (by.includes('product'))
    label(textColumn('product', say('column.product')), (item) => wordFor(plant, 'product', item.product, language));
  if (by.includes('order'))
    label(textColumn('order', say('column.order')), (item) => wordFor(plant, 'order', item.order, language));
  if (parts.length === 0)
    label(textColumn('what', say('column.breakdown')), (item) => nameOfScope(plant, item.scope, language));

  minutes('planned', 'column.planned', (s) => s.plannedProduction);
  minutes('run', 'column.running', (s) => s.run - s.smallStop);
  minutes('smallStop', 'column.minorStops', (s) => s.smallStop);
  minutes('unplannedStop', 'column.unplannedStops', (s) => s.unplannedStop);
  minutes('plannedStop', 'column.plannedStops', (s) => s.plannedStop);
  minutes('unknown', 'column.noData', (s) => s.unknown);
  figure('total', 'column.total', null, 0, (item) => item.counts.total);
  figure('good', 'column.good', null, 0, (item) => item.counts.good);
  figure('reject', 'column.reject', null, 0, (item) => item.counts.reject);
  figure('target', 'column.target', null, 0, (item) => item.targetCount);
  ratio('availability', 'column.availability', (item) => item.kpi.availability);
  ratio('performance', 'column.performance', (item) => item.kpi.performance);
  ratio('quality', 'column.quality', (item) => item.kpi.quality);
  ratio('oee', 'column.oee', (item) => item.kpi.oee);
  ratio('coverage', 'column.known', (item) => item.coverage);
  if (withEnergy) {
    figure('kWh', 'column.energy', 'kWh', 1, (_, energy) => (energy?.kWh == null ? null : printedKwh(energy.kWh)));
    const money: ReportColumn = {
      id: 'cost',
      name: say('column.energyCost'),
      kind: 'money',
      unit: currency,
      digits: currencyDigits(currency),
    };
    parts.push({ column: money, cell: (_, energy) => printedMoney(energy?.cost ?? null, currency), inTotal: true });
    figure('kWhPerGood', 'column.perGood', 'kWh', 4, ({ counts }, energy) => {
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

function nameOfScope(plant: Plant, scope: string, language: Language): string {
  const cut = scope.indexOf(':');
  return scopeName(plant, cut < 0 ? 'site' : scope.slice(0, cut), scope.slice(cut + 1), language);
}
