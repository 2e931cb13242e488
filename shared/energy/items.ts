import type { MachineState, TimeCategory } from '../state/state.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import type { Instant, Span } from '../time/instant.ts';
import type { GridCell } from './grid.ts';
import { PricedSum } from './money.ts';
import { firstEndingAfter } from './search.ts';

/** Energy of one stretch after judgement: what screens, /energy, reports and replay group and add. */
export interface EnergyItem extends Span {
  /** The meter that measured it. */
  readonly meter: string;
  /** The fed machine; null for energy that no machine meter explains (the unmetered rest). */
  readonly machine: string | null;
  /** Share of the meter that the machine bears; already applied. */
  readonly share: number;
  /** Null where `machine` is null. */
  readonly category: TimeCategory | null;
  readonly state: MachineState | null;
  readonly reason: string | null;
  readonly product: string;
  readonly order: string;
  readonly shift: ShiftInstance | null;
  readonly energyWh: number;
  /** Seconds of the stretch that readings cover. */
  readonly coveredSeconds: number;
  /** '' where no tariff or no band applies. */
  readonly band: string;
  /** Money per kWh; null = not priced, and so is `cost`. */
  readonly rate: number | null;
  readonly cost: number | null;
  readonly gramsPerKwh: number | null;
  readonly co2Kg: number | null;
  /** kg by the market method; null where no such factor applies. */
  readonly co2MarketKg: number | null;
  /** Split finer than its readings are apart. */
  readonly estimated: boolean;
}

/** A grid cell with the sign and share with which its energy counts. */
export interface WeightedCell extends GridCell {
  readonly weight: number;
}

/** What an item says besides its energy and money. */
export type ItemLabels = Pick<
  EnergyItem,
  'meter' | 'machine' | 'share' | 'category' | 'state' | 'reason' | 'product' | 'order' | 'shift' | 'estimated'
>;

/** Cuts one stretch of uniform power along the cells and hands on the items. */
export function cutItems(
  emit: (item: EnergyItem) => void,
  cells: readonly WeightedCell[],
  stretch: Span & { readonly energyWh: number; readonly coveredSeconds: number },
  labels: ItemLabels,
): void {
  const length = stretch.end - stretch.start;
  for (let i = firstEndingAfter(cells.length, (k) => cells[k]?.end, stretch.start); i < cells.length; i += 1) {
    const cell = cells[i];
    if (!cell || cell.start >= stretch.end) break;
    const start = Math.max(cell.start, stretch.start);
    const end = Math.min(cell.end, stretch.end);
    const share = start === stretch.start && end === stretch.end ? 1 : (end - start) / length;
    const energyWh = stretch.energyWh * share * cell.weight;
    const kWh = energyWh / 1000;
    emit({
      start,
      end,
      ...labels,
      energyWh,
      coveredSeconds: stretch.coveredSeconds * share,
      band: cell.band,
      rate: cell.rate,
      cost: cell.rate === null ? null : kWh * cell.rate,
      gramsPerKwh: cell.gramsPerKwh,
      co2Kg: cell.gramsPerKwh === null ? null : (kWh * cell.gramsPerKwh) / 1000,
      co2MarketKg: cell.marketGramsPerKwh === null ? null : (kWh * cell.marketGramsPerKwh) / 1000,
    });
  }
}

/** Additive figures of some items. */
export interface EnergySum {
  readonly kWh: number;
  /** Of the priced items; null where none is priced. */
  readonly cost: number | null;
  /** Of the items with a factor; null where none has one. */
  readonly co2Kg: number | null;
  readonly unpricedKWh: number;
  readonly kWhWithoutFactor: number;
}

export type SummedItem = Pick<EnergyItem, 'energyWh' | 'rate' | 'gramsPerKwh'>;

export interface EnergyTally {
  add(item: SummedItem): void;
  sum(): EnergySum;
}

/** Adds items up one by one; money in decimal. */
export function energyTally(): EnergyTally {
  const cost = new PricedSum();
  const co2 = new PricedSum();
  let wh = 0;
  let unpricedWh = 0;
  let whWithoutFactor = 0;
  return {
    add({ energyWh, rate, gramsPerKwh }) {
      wh += energyWh;
      if (rate === null) unpricedWh += energyWh;
      else cost.add(energyWh, rate);
      if (gramsPerKwh === null) whWithoutFactor += energyWh;
      else co2.add(energyWh, gramsPerKwh);
    },
    sum: () => ({
      kWh: wh / 1000,
      cost: cost.total(1000),
      co2Kg: co2.total(1e6),
      unpricedKWh: unpricedWh / 1000,
      kWhWithoutFactor: whWithoutFactor / 1000,
    }),
  };
}

export function sumEnergy(items: Iterable<SummedItem>): EnergySum {
  const tally = energyTally();
  for (const item of items) tally.add(item);
  return tally.sum();
}

/** Sums by key, keys in the order in which they first come. */
export function groupEnergy<T extends SummedItem>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
): Map<string, EnergySum> {
  const groups = new Map<string, EnergyTally>();
  for (const item of items) {
    const key = keyOf(item);
    let tally = groups.get(key);
    if (!tally) {
      tally = energyTally();
      groups.set(key, tally);
    }
    tally.add(item);
  }
  return new Map([...groups].map(([key, tally]) => [key, tally.sum()]));
}

/** Seconds that readings cover, of rows that do not overlap. */
export function coveredSecondsOf(rows: Iterable<{ readonly coveredSeconds: number }>): number {
  let seconds = 0;
  for (const row of rows) seconds += row.coveredSeconds;
  return seconds;
}

/** Cells over [from, to) that count as they are. */
export function plainCells(cells: readonly GridCell[]): WeightedCell[] {
  return cells.map((cell) => ({ ...cell, weight: 1 }));
}

export interface Weight extends Span {
  readonly weight: number;
}

/** Cells cut along ordered weights and multiplied by them; time without a weight is dropped. */
export function weighCells(cells: readonly WeightedCell[], weights: readonly Weight[]): WeightedCell[] {
  const found: WeightedCell[] = [];
  let c = 0;
  for (const { start, end, weight } of weights) {
    while ((cells[c]?.end ?? Number.POSITIVE_INFINITY) <= start) c += 1;
    for (let i = c; i < cells.length; i += 1) {
      const cell = cells[i];
      if (!cell || cell.start >= end) break;
      const from: Instant = Math.max(cell.start, start);
      const to: Instant = Math.min(cell.end, end);
      const product = cell.weight * weight;
      const last = found.at(-1);
      const joins = last && last.end === from && last.weight === product && from !== cell.start;
      if (last && joins) found[found.length - 1] = { ...last, end: to };
      else found.push({ ...cell, start: from, end: to, weight: product });
    }
  }
  return found;
}
