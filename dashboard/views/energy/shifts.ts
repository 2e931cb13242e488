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
