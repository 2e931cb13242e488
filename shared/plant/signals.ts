import type { MachineState } from '../state/state.ts';
import type { Binding, Plant } from './model.ts';

export type SignalKind = 'state' | 'counter' | 'product' | 'order' | 'reason' | 'condition' | 'register' | 'power';

/** One signal that a source delivers: what the edge subscribes to, and how its raw values are read. */
export interface PlantSignal {
  /** `<machine>.<what>` or `<meter>.<what>`. */
  readonly signal: string;
  /** The machine or meter that it belongs to. */
  readonly owner: string;
  readonly kind: SignalKind;
  readonly source: string;
  readonly address: Readonly<Record<string, unknown>>;
  /** Raw value as text -> state, product id or reason id; null where the value stands for itself. */
  readonly map: ReadonlyMap<string, string> | ReadonlyMap<string, MachineState> | null;
}

/** Every signal of the plant, machines first, in file order. Derived states and virtual meters have none. */
export function signalsOf(plant: Plant): PlantSignal[] {
  const signals: PlantSignal[] = [];
  const add = (
    owner: string,
    what: string,
    kind: SignalKind,
    bound: { readonly binding: Binding } | null,
    map: PlantSignal['map'] = null,
  ) => {
    if (!bound) return;
    const { source, address } = bound.binding;
    signals.push({ signal: `${owner}.${what}`, owner, kind, source, address, map });
  };
  for (const machine of plant.machines.values()) {
    const { state } = machine;
    if (state?.from === 'signal') add(machine.id, 'state', 'state', state, state.map);
    for (const what of ['total', 'good', 'reject', 'cycles'] as const) add(machine.id, what, 'counter', machine[what]);
    add(machine.id, 'product', 'product', machine.product, machine.product?.map);
    add(machine.id, 'order', 'order', machine.order);
    add(machine.id, 'reason', 'reason', machine.reason, machine.reason?.map);
    for (const condition of machine.conditions) add(machine.id, condition.id, 'condition', condition);
  }
  for (const meter of plant.meters.values()) {
    for (const what of ['importWh', 'exportWh', 'importVarh'] as const) add(meter.id, what, 'register', meter[what]);
    add(meter.id, 'powerW', 'power', meter.powerW);
  }
  return signals;
}

/** `edges:` divides a plant; a plant without it has one edge, which has everything. Ids of the machines and meters of `edge`. */
export function partOfEdge(
  plant: Plant,
  edge: string | null,
): { readonly machines: ReadonlySet<string>; readonly meters: ReadonlySet<string> } | null {
  if (edge === null) return { machines: new Set(plant.machines.keys()), meters: new Set(plant.meters.keys()) };
  const part = plant.edges.get(edge);
  if (!part) return null;
  const machines = part.lines.flatMap((line) => plant.lines.get(line)?.machines ?? []);
  return { machines: new Set(machines), meters: new Set(part.meters) };
}
