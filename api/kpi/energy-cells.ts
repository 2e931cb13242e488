import type { EnergyItem } from '#shared/energy/items.ts';
import type { MachineState, TimeCategory } from '#shared/state/state.ts';

/** Energy of one slice of time with everything people group by; additive. */
export interface EnergyCell {
  readonly meter: string;
  /** Null: what no machine meter explains. */
  readonly machine: string | null;
  readonly band: string;
  readonly state: MachineState | null;
  readonly category: TimeCategory | null;
  readonly product: string;
  readonly order: string;
  readonly kWh: number;
  readonly pricedKWh: number;
  /** Of the priced part. */
  readonly cost: number;
  readonly factoredKWh: number;
  readonly co2Kg: number;
  /** By the market method, of the part that has such a factor. */
  readonly marketKWh: number;
  readonly co2MarketKg: number;
  readonly estimated: boolean;
}

type Draft = { -readonly [K in keyof EnergyCell]: EnergyCell[K] };

/** Adds items up per meter, machine, band, state, category, product and order. */
export function energyCells(items: Iterable<EnergyItem>): EnergyCell[] {
  const cells = new Map<string, Draft>();
  for (const item of items) {
    const { meter, machine, band, state, category, product, order } = item;
    const key = `${meter}|${machine}|${band}|${state}|${category}|${product}|${order}`;
    let cell = cells.get(key);
    if (!cell) {
      cell = { meter, machine, band, state, category, product, order, ...NOTHING };
      cells.set(key, cell);
    }
    const kWh = item.energyWh / 1000;
    cell.kWh += kWh;
    cell.estimated ||= item.estimated;
    if (item.cost !== null) {
      cell.pricedKWh += kWh;
      cell.cost += item.cost;
    }
    if (item.co2Kg !== null) {
      cell.factoredKWh += kWh;
      cell.co2Kg += item.co2Kg;
    }
    if (item.co2MarketKg !== null) {
      cell.marketKWh += kWh;
      cell.co2MarketKg += item.co2MarketKg;
    }
  }
  return [...cells.values()];
}

const NOTHING = {
  kWh: 0,
  pricedKWh: 0,
  cost: 0,
  factoredKWh: 0,
  co2Kg: 0,
  marketKWh: 0,
  co2MarketKg: 0,
  estimated: false,
};

export interface EnergyTotal {
  kWh: number;
  /** Null where nothing of it has a price. */
  cost: number | null;
  co2Kg: number | null;
  co2MarketKg: number | null;
  unpricedKWh: number;
  estimated: boolean;
}

export function addCell(into: EnergyTotal, cell: EnergyCell): void {
  into.kWh += cell.kWh;
  if (cell.pricedKWh !== 0 || cell.cost !== 0) into.cost = (into.cost ?? 0) + cell.cost;
  if (cell.factoredKWh !== 0) into.co2Kg = (into.co2Kg ?? 0) + cell.co2Kg;
  if (cell.marketKWh !== 0) into.co2MarketKg = (into.co2MarketKg ?? 0) + cell.co2MarketKg;
  into.unpricedKWh += cell.kWh - cell.pricedKWh;
  into.estimated ||= cell.estimated;
}

export function totalOf(cells: Iterable<EnergyCell>): EnergyTotal {
  const total: EnergyTotal = { kWh: 0, cost: null, co2Kg: null, co2MarketKg: null, unpricedKWh: 0, estimated: false };
  for (const cell of cells) addCell(total, cell);
  return total;
}
