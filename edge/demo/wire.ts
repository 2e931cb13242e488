import type { PlantSignal } from '#shared/plant/signals.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { DemoNode } from './nodes.ts';
import { demoNodes } from './nodes.ts';
import type { DemoPlant } from './plant-model.ts';
import type { DemoRegister } from './registers.ts';
import { demoRegisters } from './registers.ts';

/** What a client that reads the address of one signal gets from the simulated servers. */
export interface WireReader {
  read(): number | string;
  good(): boolean;
  changedAt(): Instant;
}

/** The namespace of the simulated variables, as the server registers it first. */
export const DEMO_NAMESPACE = 2;

/** Measures of the profile `sdm630`: where the meter has them, and from its unit to ours. */
const SDM630: Readonly<Record<string, { readonly register: number; readonly factor: number }>> = {
  powerW: { register: 52, factor: 1 },
  importWh: { register: 72, factor: 1000 },
  exportWh: { register: 74, factor: 1000 },
  importVarh: { register: 76, factor: 1000 },
};

export interface Wire {
  readonly nodes: readonly DemoNode[];
  readonly registers: readonly DemoRegister[];
  /** Null where the simulated plant has no such address: a client would get an error there. */
  readerOf(signal: PlantSignal): WireReader | null;
}

export function createWire(plant: DemoPlant): Wire {
  const nodes = demoNodes(plant);
  const registers = demoRegisters(plant);
  const nodeById = new Map(nodes.map((node) => [`ns=${DEMO_NAMESPACE};s=${node.path}`, node]));
  const registerByPlace = new Map(registers.map((r) => [`${r.unit}:${r.register}:${r.dataType}`, r]));

  function registerReader({ address, signal }: PlantSignal): WireReader | null {
    let { register, dataType } = address;
    let factor = 1;
    if (address.profile === undefined) {
      if (address.registerType !== 'input') return null;
    } else {
      const measure = SDM630[String(address.measure ?? signal.slice(signal.lastIndexOf('.') + 1))];
      if (address.profile !== 'sdm630' || !measure) return null;
      register = measure.register;
      dataType = 'float32';
      factor = measure.factor;
    }
    const found = registerByPlace.get(`${address.unit ?? 1}:${register}:${dataType}`);
    if (!found) return null;
    return { read: () => found.read() * factor, good: () => true, changedAt: () => plant.now };
  }

  return {
    nodes,
    registers,
    readerOf: (signal) => nodeById.get(String(signal.address.node)) ?? registerReader(signal),
  };
}
