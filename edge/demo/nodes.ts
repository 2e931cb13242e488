import type { Instant } from '#shared/time/instant.ts';
import type { CounterSpec } from './machine-spec.ts';
import { meterWh, wholeSteps } from './meter-reading.ts';
import type { MeterSpec } from './meter-spec.ts';
import { METERS } from './meter-spec.ts';
import type { DemoPlant } from './plant-model.ts';
import type { Machine } from './station.ts';
import { jobOf, orderOf } from './station.ts';

/** A variable of the simulated OPC UA server. Readers are cheap and give what holds at `plant.now`. */
export interface DemoNode {
  /** String part of its id in namespace 2 (`Filling.Filler.State`); dots are folders. */
  readonly path: string;
  readonly dataType: 'UInt16' | 'Int32' | 'UInt32' | 'Int64' | 'Double' | 'String';
  read(): number | string;
  /** Instant of the last change of value or status. */
  changedAt(): Instant;
  /** False while the status is bad. */
  good(): boolean;
}

const always = (): true => true;

/** Every variable of the simulated controllers, in the order of the rosters. */
export function demoNodes(plant: DemoPlant): DemoNode[] {
  const nodes: DemoNode[] = [];
  for (const machine of plant.machines.values()) nodes.push(...machineNodes(machine, plant));
  for (const meter of METERS) {
    if (meter.wire.kind === 'node') nodes.push(meterNode(meter, meter.wire, plant));
  }
  return nodes;
}

function machineNodes(machine: Machine, plant: DemoPlant): DemoNode[] {
  const { spec, station: s } = machine;
  const has = spec.nodes;
  const nodes: DemoNode[] = [];
  const add = (name: string, node: Omit<DemoNode, 'path' | 'good'> & { good?: () => boolean }): void => {
    nodes.push({ good: always, ...node, path: `${spec.node}.${name}` });
  };
  if (has.state) {
    add('State', {
      dataType: 'Int32',
      read: () => (s.sensorBad ? s.frozenState : s.rawState),
      changedAt: () => (s.sensorBad ? s.sensorAt : Math.max(s.stateAt, s.sensorAt)),
      good: () => s.sensorBad === 0,
    });
  }
  if (has.stopCode) add('StopCode', { dataType: 'UInt16', read: () => s.stopCode, changedAt: () => s.codeAt });
  const { total, good, reject, cycles } = spec.counters;
  if (total)
    add(
      'Total',
      counterNode(total, s, 'total', () => s.total),
    );
  if (good)
    add(
      'Good',
      counterNode(good, s, 'good', () => s.total - s.reject),
    );
  if (reject)
    add(
      'Reject',
      counterNode(reject, s, 'reject', () => s.reject),
    );
  if (cycles)
    add(
      'Cycles',
      counterNode(cycles, s, 'total', () => s.total),
    );
  const orderAt = () => s.orderAt;
  if (has.product === 'name') {
    add('Product', { dataType: 'String', read: () => jobOf(machine).product ?? '', changedAt: orderAt });
  } else if (has.product === 'number') {
    add('Recipe', { dataType: 'UInt16', read: () => jobOf(machine).recipe, changedAt: orderAt });
  }
  if (has.order) add('Order', { dataType: 'String', read: () => orderOf(machine), changedAt: orderAt });
  const now = () => plant.now;
  if (has.vibration) add('Vibration', { dataType: 'Double', read: () => rounded(s.vibration, 100), changedAt: now });
  if (has.temperature)
    add('Temperature', { dataType: 'Double', read: () => rounded(s.temperatureC, 10), changedAt: now });
  return nodes;
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

function counterNode(
  spec: CounterSpec,
  s: Machine['station'],
  which: 'total' | 'good' | 'reject',
  read: () => number,
): Omit<DemoNode, 'path' | 'good'> {
  const atOrder = () => (which === 'reject' ? s.rejectAtOrder : s.totalAtOrder);
  const { rollover, resetsAtOrder, dataType } = spec;
  return {
    dataType,
    read() {
      const count = resetsAtOrder ? read() - atOrder() : read();
      return rollover === undefined ? count : count % rollover;
    },
    changedAt: () => (which === 'total' ? s.totalAt : which === 'good' ? s.goodAt : s.rejectAt),
  };
}

function meterNode(meter: MeterSpec, wire: Extract<MeterSpec['wire'], { kind: 'node' }>, plant: DemoPlant): DemoNode {
  const wh = meterWh(meter, plant);
  return {
    path: wire.node,
    dataType: wire.dataType,
    read: wire.stepWh === 0 ? () => rounded(wh(), 100) : () => wholeSteps(wh(), wire.stepWh, wire.rollover),
    changedAt: () => plant.now,
    good: always,
  };
}
