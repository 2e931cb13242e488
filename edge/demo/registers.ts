import { meterW, meterWh, wholeSteps } from './meter-reading.ts';
import type { MeterSpec } from './meter-spec.ts';
import { METERS } from './meter-spec.ts';
import type { DemoPlant } from './plant-model.ts';

/** A value in two input registers of a simulated meter, most significant first. */
export interface DemoRegister {
  readonly unit: number;
  readonly register: number;
  readonly dataType: 'float32' | 'uint32' | 'int32';
  /** As it comes off the wire: rounded to what the type holds. */
  read(): number;
}

/** Every input register of the simulated Modbus gateway. */
export function demoRegisters(plant: DemoPlant): DemoRegister[] {
  return METERS.flatMap((meter) => {
    if (meter.wire.kind === 'sdm630') return sdm630(meter, meter.wire.unit, plant);
    if (meter.wire.kind === 'integer') return integerMeter(meter, meter.wire, plant);
    return [];
  });
}

const NOMINAL_VOLTS = 231.4;
const MACHINE_POWER_FACTOR = 0.86;
const HERTZ = 50;

/**
 * The registers of an Eastron SDM630 (maker's protocol document, input registers, zero-based): the totals exactly, phases
 * as equal thirds. Only the main incomer knows its reactive energy; the others take a fixed power factor.
 */
function sdm630(meter: MeterSpec, unit: number, plant: DemoPlant): DemoRegister[] {
  const watts = meterW(meter, plant);
  const wh = meterWh(meter, plant);
  const isMain = meter.load.kind === 'main';
  const tan = Math.tan(Math.acos(MACHINE_POWER_FACTOR));
  const vars = isMain ? () => plant.load.mainVar : () => watts() * tan;
  const varh = isMain ? () => meter.startWh * 0.6 + plant.load.mainVars / 3600 : () => wh() * tan;
  const va = () => Math.hypot(watts(), vars());
  const factor = () => (va() === 0 ? 1 : watts() / va());
  const phases = [0, 1, 2].flatMap((phase): [number, () => number][] => [
    [phase * 2, () => NOMINAL_VOLTS],
    [6 + phase * 2, () => va() / 3 / NOMINAL_VOLTS],
    [12 + phase * 2, () => watts() / 3],
    [18 + phase * 2, () => va() / 3],
    [24 + phase * 2, () => vars() / 3],
    [30 + phase * 2, factor],
  ]);
  const readers: [number, () => number][] = [
    ...phases,
    [42, () => NOMINAL_VOLTS],
    [46, () => va() / 3 / NOMINAL_VOLTS],
    [48, () => va() / NOMINAL_VOLTS],
    [52, watts],
    [56, va],
    [60, vars],
    [62, factor],
    [70, () => HERTZ],
    [72, () => wh() / 1000],
    [74, () => 0],
    [76, () => varh() / 1000],
    [78, () => 0],
  ];
  return readers.map(([register, read]) => ({ unit, register, dataType: 'float32', read: () => Math.fround(read()) }));
}

function integerMeter(
  meter: MeterSpec,
  wire: Extract<MeterSpec['wire'], { kind: 'integer' }>,
  plant: DemoPlant,
): DemoRegister[] {
  const wh = meterWh(meter, plant);
  const { unit, stepWh, rollover } = wire;
  return [
    { unit, register: 0, dataType: 'uint32', read: () => wholeSteps(wh(), stepWh, rollover) },
    { unit, register: 2, dataType: 'int32', read: meterW(meter, plant) },
  ];
}
