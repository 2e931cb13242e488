import type { EnergyCell } from '#api/kpi/energy-cells.ts';
import { BIN_MS } from '#api/kpi/energy-profile.ts';
import { CURVE_MS, type EnergySlice, storedOwner } from '#api/kpi/energy-slices.ts';
import type { StoredSlices } from '#api/kpi/stored-slices.ts';
import { tariffFor } from '#shared/energy/scope.ts';
import { bandAt } from '#shared/energy/tariff.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HOUR, type Span } from '#shared/time/instant.ts';
import { monthPlant } from './month-historian.ts';

/* A year of kept energy slices for many machines, and the plant that goes with it: what the api holds after a year. */

/** July to June on the clocks of London. */
export const YEAR = { from: Date.UTC(2025, 5, 30, 23), to: Date.UTC(2026, 5, 30, 23) };
export const MAIN = 'm-main';

export function yearPlant(machines: number): string {
  const plant = JSON.parse(monthPlant(machines)) as { lines: { machines: { id: string }[] }[] };
  const ids = plant.lines.flatMap((line) => line.machines.map(({ id }) => id));
  const register = (id: string) => ({ source: 'plc', node: `ns=1;s=${id}.wh`, maxKw: 1000 });
  return JSON.stringify({
    ...plant,
    meters: [
      { id: MAIN, name: 'Main', importWh: { ...register(MAIN), maxKw: 100_000 } },
      ...ids.map((id) => ({ id: `e-${id}`, name: id, parent: MAIN, feeds: id, importWh: register(id) })),
    ],
    tariffs: [
      {
        id: 'grid',
        meter: MAIN,
        validFrom: '2025-01-01',
        intervalMinutes: 30,
        bands: [
          { name: 'red', rate: 0.31, from: '16:00', to: '19:00' },
          { name: 'amber', rate: 0.24, from: '07:00', to: '23:00' },
          { name: 'green', rate: 0.19 },
        ],
        demand: [{ name: 'anytime', rate: 4.1, basis: 'kW' }],
        taxPercent: 20,
      },
    ],
    carbon: [{ validFrom: '2025-01-01', gramsPerKwh: 177, method: 'location', source: 'bench' }],
  });
}

/** Stores made-up energy the way the api stores what it worked out, a month at a time. Returns how many slices. */
export async function keepYear(
  stored: StoredSlices<EnergySlice>,
  plant: Plant,
  slices: readonly Span[],
): Promise<number> {
  const subjects = [...plant.meters.keys(), ...plant.machines.keys()];
  for (let at = 0; at < slices.length; at += 300) {
    const some = slices.slice(at, at + 300);
    const window = await stored.begin([{ owner: storedOwner(MAIN), subjects, isAsked: true }], some);
    if (!window) throw new Error('the historian does not count writes');
    for (const slice of some) window.keep(storedOwner(MAIN), slice, sliceOf(plant, slice), slice);
    window.save();
  }
  return slices.length;
}

function sliceOf(plant: Plant, slice: Span): EnergySlice {
  const hours = (slice.end - slice.start) / HOUR;
  const tariff = tariffFor(plant, MAIN, slice.start);
  const bands = [
    ...new Set(
      [slice.start, slice.start + (slice.end - slice.start) / 2].map((t) => (tariff ? bandAt(tariff, t) : null)),
    ),
  ];
  const cells: EnergyCell[] = [];
  let machineNo = 0;
  for (const machine of plant.machines.keys()) {
    machineNo += 1;
    for (const found of bands) {
      for (const [state, category, share] of [
        ['running', 'run', 0.9],
        ['down', 'unplannedStop', 0.1],
      ] as const) {
        const kWh = ((5 + (machineNo % 17)) * hours * share) / bands.length;
        const rate = found?.rate ?? 0;
        const labels = {
          meter: `e-${machine}`,
          machine,
          band: found?.band ?? '',
          state,
          category,
          product: 'A',
          order: '',
        };
        const sums = {
          kWh,
          pricedKWh: kWh,
          cost: kWh * rate,
          factoredKWh: kWh,
          co2Kg: kWh * 0.177,
          marketKWh: 0,
          co2MarketKg: 0,
        };
        cells.push({ ...labels, ...sums, estimated: false });
      }
    }
  }
  const wh = cells.reduce((sum, c) => sum + c.kWh, 0) * 1000;
  const steps = Math.max(1, Math.ceil((slice.end - slice.start) / CURVE_MS));
  const firstBin = Math.floor(slice.start / BIN_MS);
  const bins = Math.max(1, Math.ceil(slice.end / BIN_MS) - firstBin);
  const filled = (value: number): Float64Array => new Float64Array(bins).fill(value);
  return {
    cells,
    coveredSeconds: new Map([...plant.meters.keys()].map((id) => [id, hours * 3600])),
    curves: new Map([...plant.machines.keys(), ''].map((id) => [id, new Float32Array(steps).fill(1)])),
    profile: {
      firstBin,
      energyWh: filled(wh / bins),
      exportWh: filled(0),
      varh: filled(0),
      coveredSeconds: filled((hours * 3600) / bins),
    },
  };
}
