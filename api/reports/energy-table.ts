import type { Language } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ReportColumn, ReportRow, ReportTable } from '#shared/report/model.ts';
import { createPrintedSums, roundingRow } from '#shared/report/rounding.ts';
import { sayIn } from '#shared/report/words/words.ts';
import { onePeriod } from '../kpi/kpi-question.ts';
import { type EnergyColumns, energyColumns } from './energy-columns.ts';
import { addEnergy, type EnergyItemAnswer, type EnergySum, energyKey, energySum } from './energy-sums.ts';
import { breakdownTitle } from './words.ts';

/*
 * One breakdown of energy, fed chunk by chunk.
 *
 * - `ready` gives the rows that no later chunk can add to; `rest` those that remain.
 * - Every table ends in the same total: that of the window, rounded once, with a line for what rounding its lines left.
 */
export interface EnergyTable {
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  add(items: readonly EnergyItemAnswer[]): void;
  /** Sums whose window ended before `t` (ISO), in order of time; they are let go. */
  ready(t: string): ReportRow[];
  /** All that remains, and the line of rounding where one is needed. */
  rest(total: EnergySum): ReportRow[];
  totalRow(total: EnergySum): ReportRow;
  /** What is held, for charts. */
  sums(): Iterable<EnergySum>;
}

/** `order`: how the rows of a breakdown without a period stand; by energy where left out. */
export function createEnergyTable(
  plant: Plant,
  by: readonly string[],
  bandOrder: readonly string[],
  language: Language,
): EnergyTable {
  const say = sayIn(language);
  const shape: EnergyColumns = energyColumns(plant, by, language);
  const hasPeriod = by.includes('interval') || onePeriod(by) !== null;
  const held = new Map<string, EnergySum>();
  const printed = createPrintedSums(shape.columns);
  const print = (sum: EnergySum): ReportRow => {
    const row = shape.row(sum);
    printed.add(row);
    return row;
  };
  const rank = (band: string | null): number => {
    const at = bandOrder.indexOf(band ?? '');
    return at < 0 ? bandOrder.length : at;
  };
  const compare = (a: EnergySum, b: EnergySum): number => {
    if (hasPeriod && a.start !== b.start) return a.start < b.start ? -1 : 1;
    if (hasPeriod && a.end !== b.end) return a.end < b.end ? -1 : 1;
    const byBand = rank(a.split['band'] ?? null) - rank(b.split['band'] ?? null);
    return byBand !== 0 ? byBand : b.kWh - a.kWh;
  };
  const take = (which: (sum: EnergySum) => boolean): ReportRow[] => {
    const taken = [...held].filter(([, sum]) => which(sum));
    for (const [key] of taken) held.delete(key);
    return taken
      .map(([, sum]) => sum)
      .sort(compare)
      .map(print);
  };
  return {
    title: breakdownTitle('energy', by, language),
    columns: shape.columns,
    add(items) {
      for (const item of items) {
        const key = energyKey(item, hasPeriod);
        const sum = held.get(key);
        if (sum) addEnergy(sum, item);
        else held.set(key, energySum(item));
      }
    },
    ready: (t) => (hasPeriod ? take((sum) => sum.end < t) : []),
    rest(total) {
      const rows = take(() => true);
      const rounding = roundingRow(shape.columns, printed, shape.total(total, say('total')), say('rounding'));
      return rounding ? [...rows, rounding] : rows;
    },
    totalRow: (total) => shape.total(total, say('total')),
    sums: () => held.values(),
  };
}

export function closedTable(table: EnergyTable, id: string, total: EnergySum, note: string | null = null): ReportTable {
  const rows = table.rest(total);
  return { id, title: table.title, note, columns: table.columns, rows, total: table.totalRow(total) };
}
