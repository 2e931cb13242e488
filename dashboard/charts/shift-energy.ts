import type { ShiftEnergyView } from '#shared/contract/socket.ts';

/** Index of the shift under which a day's name stands. */
export function middleOfDay(shifts: readonly ShiftEnergyView[], index: number): number {
  const date = shifts[index]?.date;
  const same = shifts.flatMap((shift, i) => (shift.date === date ? [i] : []));
  return same[Math.floor((same.length - 1) / 2)] ?? index;
}
