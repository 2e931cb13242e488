import type { MetersAnswer } from '#shared/contract/energy-answers.ts';
import type { EnergyAnswer, PlantAnswer } from '#shared/contract/rest-answers.ts';
import { lookOf } from '#shared/oee/look.ts';
import type { MachineState, TimeCategory } from '#shared/state/state.ts';

type Item = EnergyAnswer['items'][number];

/** Four words for what energy was spent on; the picture keeps to them, the exports have every state. */
export type Spent = 'productive' | 'waiting' | 'down' | 'off';
export const SPENT: readonly Spent[] = ['productive', 'waiting', 'down', 'off'];

export interface SpentRow {
  readonly id: string;
  readonly name: string;
  readonly kWh: number;
  readonly parts: Readonly<Record<Spent, number>>;
  /** Money of its waiting; null where it has no price. */
  readonly waitingCost: number | null;
  readonly kind: 'line' | 'machine' | 'metered' | 'rest';
}

export function spentOn(state: string | null, category: string | null): Spent {
  if (state === null || category === null) return 'off';
  const look = lookOf({ state: state as MachineState, category: category as TimeCategory });
  if (look === 'run' || look === 'minor' || look === 'setup') return 'productive';
  if (look === 'idle') return 'waiting';
  return look === 'down' ? 'down' : 'off';
}

/**
 * Rows of `by=machine,state,category`: by line over the whole site, by machine where a line was chosen, the most waiting money
 * first; then what meters without a machine read, and what no meter explains. They add up to the main meters.
 */
export function spentRows(
  items: readonly Item[],
  plant: PlantAnswer,
  meters: MetersAnswer['items'] | null,
  byMachine: boolean,
): SpentRow[] {
  const rows = new Map<string, { -readonly [K in keyof SpentRow]: SpentRow[K] } & { parts: Record<Spent, number> }>();
  let rest = 0;
  for (const item of items) {
    const machine = plant.machines.find((one) => one.id === item.machine);
    if (!machine) {
      rest += item.kWh;
      continue;
    }
    const line = plant.lines.find((one) => one.id === machine.line);
    const id = byMachine ? machine.id : machine.line;
    let row = rows.get(id);
    if (!row) {
      const name = byMachine ? machine.name : (line?.name ?? machine.line);
      const parts = { productive: 0, waiting: 0, down: 0, off: 0 };
      row = { id, name, kWh: 0, parts, waitingCost: null, kind: byMachine ? 'machine' : 'line' };
      rows.set(id, row);
    }
    const spent = spentOn(item.state, item.category);
    row.kWh += item.kWh;
    row.parts[spent] += item.kWh;
    if (item.cost !== null) row.waitingCost = (row.waitingCost ?? 0) + (spent === 'waiting' ? item.cost : 0);
  }
  const sorted: SpentRow[] = [...rows.values()].sort(
    (a, b) => (b.waitingCost ?? 0) - (a.waitingCost ?? 0) || b.kWh - a.kWh,
  );
  const fed = new Set(plant.meters.filter((meter) => meter.feeds.length > 0).map((meter) => meter.id));
  const none = { productive: 0, waiting: 0, down: 0, off: 0 };
  for (const meter of meters ?? []) {
    const isOwn = meter.kind === 'meter' && meter.medium === 'electricity' && meter.depth > 0 && !fed.has(meter.meter);
    const hasBelow = meters?.some((other) => other.parent === meter.meter && other.kind === 'meter') ?? false;
    if (!isOwn || hasBelow || meter.kWh === null || Math.abs(rest) < 1e-9) continue;
    sorted.push({ id: meter.meter, name: meter.name, kWh: meter.kWh, parts: none, waitingCost: null, kind: 'metered' });
    rest -= meter.kWh;
  }
  if (Math.abs(rest) > 0.0005) {
    sorted.push({ id: '', name: 'Not explained', kWh: rest, parts: none, waitingCost: null, kind: 'rest' });
  }
  return sorted;
}
