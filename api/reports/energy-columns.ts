import type { Language } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { nameIn } from '#shared/plant/translations.ts';
import { type ReportCell, type ReportColumn, type ReportRow, textColumn } from '#shared/report/model.ts';
import { currencyDigits, printedKwh, printedMoney } from '#shared/report/rounding.ts';
import { type Say, sayIn } from '#shared/report/words/words.ts';
import { localDate } from '#shared/time/zone.ts';
import { onePeriod } from '../kpi/kpi-question.ts';
import { coverageOfSum, type EnergySum } from './energy-sums.ts';
import { wordFor } from './words.ts';

/** Columns of a breakdown of energy, and how a sum becomes a row of them. */
export interface EnergyColumns {
  readonly columns: readonly ReportColumn[];
  row(sum: EnergySum): ReportRow;
  /** The last row: sums in their columns, `label` in the first one that holds a text. */
  total(sum: EnergySum, label: string): ReportRow;
}

const SPLITS = ['band', 'state', 'category', 'machine', 'product', 'order'] as const;

interface Part {
  readonly column: ReportColumn;
  readonly cell: (sum: EnergySum) => ReportCell;
  readonly inTotal: boolean;
}

export function energyColumns(plant: Plant, by: readonly string[], language: Language): EnergyColumns {
  const say = sayIn(language);
  const { currency, timezone } = plant.site;
  const period = by.includes('interval') ? 'interval' : onePeriod(by);
  const splits = SPLITS.filter((split) => by.includes(split));
  const parts: Part[] = [];
  const label = (column: ReportColumn, cell: Part['cell']): void => void parts.push({ column, cell, inTotal: false });
  const figure = (column: Omit<ReportColumn, 'kind'> & { kind?: ReportColumn['kind'] }, cell: Part['cell']): void =>
    void parts.push({ column: { kind: 'number', ...column }, cell, inTotal: true });

  const start: ReportColumn = { id: 'start', name: say('column.start'), kind: 'instant', unit: null, digits: 0 };
  const date = (name: string): ReportColumn => ({ id: 'date', name, kind: 'date', unit: null, digits: 0 });
  const startDate = (sum: EnergySum): string => localDate(timezone, Date.parse(sum.start));
  if (period === 'shift') {
    label(date(say('column.productionDate')), (sum) => sum.date ?? startDate(sum));
    label(textColumn('shift', say('column.shift')), (sum) =>
      sum.shiftName === null ? sum.shift : nameIn(plant, language, sum.shiftName),
    );
    label(start, (sum) => Date.parse(sum.start));
    label({ ...start, id: 'end', name: say('column.end') }, (sum) => Date.parse(sum.end));
  } else if (period === 'hour' || period === 'interval') {
    label(start, (sum) => Date.parse(sum.start));
    label({ ...start, id: 'end', name: say('column.end') }, (sum) => Date.parse(sum.end));
  } else if (period === 'week') label(date(say('column.weekFrom')), startDate);
  else if (period === 'month') label(date(say('column.monthFrom')), startDate);
  else if (period !== null) {
    label(date(say(period === 'day' ? 'column.day' : 'column.productionDate')), (sum) => sum.date ?? startDate(sum));
  }
  for (const split of splits) {
    label(textColumn(split, say(`column.${split}`)), (sum) =>
      wordFor(plant, split, sum.split[split] ?? null, language),
    );
  }
  if (parts.length === 0) label(textColumn('what', say('column.breakdown')), () => say('all'));

  figure({ id: 'kWh', name: say('column.energy'), unit: 'kWh', digits: 1 }, (sum) => printedKwh(sum.kWh));
  figure(
    { id: 'cost', name: say('column.energyCost'), kind: 'money', unit: currency, digits: currencyDigits(currency) },
    (sum) => printedMoney(sum.cost, currency),
  );
  figure({ id: 'co2Kg', name: say('column.co2'), unit: 'kg', digits: 1 }, (sum) =>
    sum.co2Kg === null ? null : printedKwh(sum.co2Kg),
  );
  figure({ id: 'unpricedKWh', name: say('column.withoutPrice'), unit: 'kWh', digits: 1 }, (sum) =>
    printedKwh(sum.unpricedKWh),
  );
  if (splits.length === 0) {
    figure({ id: 'kWhPerGood', name: say('column.perGood'), unit: 'kWh', digits: 4 }, (sum) => sum.kWhPerGood);
    figure({ id: 'coverage', name: say('column.measured'), kind: 'ratio', unit: null, digits: 1 }, coverageOfSum);
  }
  label(textColumn('remark', say('column.remark')), (sum) => remarkOf(sum, say));

  return {
    columns: parts.map(({ column }) => column),
    row: (sum) => parts.map(({ cell }) => cell(sum)),
    total(sum, text) {
      const row = parts.map(({ cell, inTotal }) => (inTotal ? cell(sum) : null));
      const first = parts.findIndex(({ column }) => column.kind === 'text' || column.kind === 'date');
      return row.map((cell, i) => (i === Math.max(0, first) ? text : cell));
    },
  };
}

function remarkOf({ estimated, provisional }: EnergySum, say: Say): string | null {
  const said = [...(estimated ? [say('partlyEstimated')] : []), ...(provisional ? [say('isProvisional')] : [])];
  return said.length === 0 ? null : said.join(', ');
}
