import type { EnergyView, ShiftEnergyView } from '#shared/contract/socket.ts';

/** Shifts oldest first. */
export function shiftsInOrder(energy: EnergyView): ShiftEnergyView[] {
  return Object.entries(energy.shifts)
    .sort(([a], [b]) => Date.parse(a) - Date.parse(b))
    .map(([, shift]) => shift);
}

/** The newest shift, which is the running one while a shift runs. */
export function runningShift(energy: EnergyView): ShiftEnergyView | null {
  return shiftsInOrder(energy).at(-1) ?? null;
}

/** How far this shift's energy is from the same part of the usual one: 0.04 = 4 % over. */
export function usualShare(energy: EnergyView | null): number | null {
  const kWh = energy ? (runningShift(energy)?.kWh ?? null) : null;
  const usual = energy?.usualKWhSoFar ?? null;
  return kWh === null || usual === null || usual <= 0 ? null : kWh / usual - 1;
}

/** Tariff bands, the cheapest first, by their mean price over what the shown shifts have priced. */
export function bandsByPrice(shifts: readonly ShiftEnergyView[]): string[] {
  const sums = new Map<string, { kWh: number; cost: number }>();
  for (const shift of shifts) {
    for (const [band, part] of Object.entries(shift.byBand)) {
      const sum = sums.get(band) ?? { kWh: 0, cost: 0 };
      if (part.cost === null) sums.set(band, sum);
      else sums.set(band, { kWh: sum.kWh + part.kWh, cost: sum.cost + part.cost });
    }
  }
  const price = (band: string): number => {
    const sum = sums.get(band);
    return sum && sum.kWh > 0 ? sum.cost / sum.kWh : 0;
  };
  return [...sums.keys()].sort((a, b) => price(a) - price(b) || a.localeCompare(b));
}

/** The grey of a band: one ramp of three, dearer is stronger; a single band takes the middle. */
export function bandToken(bands: readonly string[], band: string): '--band-1' | '--band-2' | '--band-3' {
  const place = bands.length < 2 ? 0.5 : bands.indexOf(band) / (bands.length - 1);
  return place < 1 / 3 ? '--band-1' : place < 2 / 3 ? '--band-2' : '--band-3';
}
