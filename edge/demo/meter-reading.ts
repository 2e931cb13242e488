import type { MeterSpec } from './meter-spec.ts';
import type { DemoPlant } from './plant-model.ts';

const WS_PER_WH = 3600;

/** A meter's register, in Wh, as exact as the simulation: it starts at `startWh` and never rolls over. */
export function meterWh(meter: MeterSpec, plant: DemoPlant): () => number {
  const ws = meterWs(meter, plant);
  return () => meter.startWh + ws() / WS_PER_WH;
}

/** Watt-seconds since the simulation's start: a whole number. */
export function meterWs(meter: MeterSpec, plant: DemoPlant): () => number {
  const { load } = plant;
  if (meter.load.kind === 'main') return () => load.mainWs;
  if (meter.load.kind === 'compressor') return () => load.compressorWs;
  const stations = stationsOf(meter.load.machines, plant);
  return () => {
    let sum = 0;
    for (const station of stations) sum += station.energyWs;
    return sum;
  };
}

/** Watts over the last second: a whole number. */
export function meterW(meter: MeterSpec, plant: DemoPlant): () => number {
  const { load } = plant;
  if (meter.load.kind === 'main') return () => load.mainW;
  if (meter.load.kind === 'compressor') return () => load.compressorW;
  const stations = stationsOf(meter.load.machines, plant);
  return () => {
    let sum = 0;
    for (const station of stations) sum += station.powerW;
    return sum;
  };
}

function stationsOf(ids: readonly string[], plant: DemoPlant) {
  return ids.map((id) => {
    const machine = plant.machines.get(id);
    if (!machine) throw new Error(`the demo's meters name a machine it does not have: ${id}`);
    return machine.station;
  });
}

/** An integer register: whole steps of `stepWh`, around again at `rollover`. */
export function wholeSteps(wh: number, stepWh: number, rollover: number | null): number {
  const steps = Math.floor(wh / stepWh);
  return rollover === null ? steps : steps % rollover;
}
