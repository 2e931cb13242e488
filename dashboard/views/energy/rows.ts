import type { MetersAnswer } from '#shared/contract/energy-answers.ts';
import type { EnergyAnswer, PlantAnswer } from '#shared/contract/rest-answers.ts';
import { lookOf } from '#shared/oee/look.ts';
import type { MachineState, TimeCategory } from '#shared/state/state.ts';
import { t } from '../../language/language.ts';

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
  /** A machine under its line: a part of the row above, not of the sum. */
  readonly isPart: boolean;
}

export function spentOn(state: string | null, category: string | null): Spent {
  if (state === null || category === null) return 'off';
  const look = lookOf({ state: state as MachineState, category: category as TimeCategory });
  if (look === 'run' || look === 'minor' || look === 'setup') return 'productive';
  if (look === 'idle') return 'waiting';
  return look === 'down' ? 'down' : 'off';
}

/** How many of a line's machines are named under it, and up to how many lines there is room for that. */
const NAMED = 3;
const ROOM_LINES = 3;

/**
 * Rows of `by=machine,state,category`. Over the site by line, and under each of a few lines the machines whose waiting costs
 * most; of a chosen part by machine. Then what meters without a machine read, and what no meter explains. All but the parts
 * add up to the main meters.
 */
export function spentRows(
  items: readonly Item[],
  plant: PlantAnswer,
  meters: MetersAnswer['items'] | null,
  as: 'lines' | 'machines',
): SpentRow[] {
  const lineOf = new Map(plant.machines.map((machine) => [machine.id, machine.line]));
  const own = items.filter((item) => lineOf.has(item.machine ?? ''));
  let rest = items.reduce((sum, item) => sum + (lineOf.has(item.machine ?? '') ? 0 : item.kWh), 0);
  const machines = summed(
    own,
    (item) => item.machine ?? '',
    (id) => plant.machines.find((one) => one.id === id)?.name,
    'machine',
  );
  const sorted: SpentRow[] = [];
  if (as === 'machines') sorted.push(...machines);
  else {
    const lines = summed(
      own,
      (item) => lineOf.get(item.machine ?? '') ?? '',
      (id) => plant.lines.find((one) => one.id === id)?.name,
      'line',
    );
    for (const line of lines) {
      sorted.push(line);
      if (lines.length > ROOM_LINES) continue;
      const parts = machines.filter((machine) => lineOf.get(machine.id) === line.id).slice(0, NAMED);
      sorted.push(...parts.map((part) => ({ ...part, isPart: true })));
    }
  }
  const fed = new Set(plant.meters.filter((meter) => meter.feeds.length > 0).map((meter) => meter.id));
  const none = { productive: 0, waiting: 0, down: 0, off: 0 };
  for (const meter of meters ?? []) {
    const isOwn = meter.kind === 'meter' && meter.medium === 'electricity' && meter.depth > 0 && !fed.has(meter.meter);
    const hasBelow = meters?.some((other) => other.parent === meter.meter && other.kind === 'meter') ?? false;
    if (!isOwn || hasBelow || meter.kWh === null || Math.abs(rest) < 1e-9) continue;
    sorted.push({
      id: meter.meter,
      name: meter.name,
      kWh: meter.kWh,
      parts: none,
      waitingCost: null,
      kind: 'metered',
      isPart: false,
    });
    rest -= meter.kWh;
  }
  if (Math.abs(rest) > 0.0005) {
    sorted.push({
      id: '',
      name: t('energy.notExplained'),
      kWh: rest,
      parts: none,
      waitingCost: null,
      kind: 'rest',
      isPart: false,
    });
  }
  return sorted;
}

/** Sums by key, the most waiting money first. */
function summed(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  nameOf: (id: string) => string | undefined,
  kind: 'line' | 'machine',
): SpentRow[] {
  const rows = new Map<string, { kWh: number; parts: Record<Spent, number>; waitingCost: number | null }>();
  for (const item of items) {
    const id = keyOf(item);
    const row = rows.get(id) ?? { kWh: 0, parts: { productive: 0, waiting: 0, down: 0, off: 0 }, waitingCost: null };
    rows.set(id, row);
    const spent = spentOn(item.state, item.category);
    row.kWh += item.kWh;
    row.parts[spent] += item.kWh;
    if (item.cost !== null) row.waitingCost = (row.waitingCost ?? 0) + (spent === 'waiting' ? item.cost : 0);
  }
  return [...rows]
    .map(([id, row]): SpentRow => ({ id, name: nameOf(id) ?? id, ...row, kind, isPart: false }))
    .sort((a, b) => (b.waitingCost ?? 0) - (a.waitingCost ?? 0) || b.kWh - a.kWh);
}
