import type { Plant } from '#shared/plant/model.ts';

/** The signal that tells a machine's state, if it has one: a bad reading of it makes the machine unknown. */
export function stateSignalOf(plant: Plant, machineId: string): string | null {
  const machine = plant.machines.get(machineId);
  const state = machine?.state;
  if (!machine || !state) return null;
  if (state.from === 'signal') return `${machineId}.state`;
  if (state.from === 'power') return `${state.meter}.powerW`;
  const counter = (['total', 'cycles', 'good', 'reject'] as const).find((name) => machine[name]);
  return counter ? `${machineId}.${counter}` : null;
}

export function stateSignals(plant: Plant): Set<string> {
  const signals = [...plant.machines.keys()].map((machine) => stateSignalOf(plant, machine));
  return new Set(signals.filter((signal) => signal !== null));
}
