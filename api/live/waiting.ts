import { isAtFault, isWaiting, waitingCause } from '#shared/oee/waiting.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { MachineNow } from './machine-now.ts';

/** The machine of its line that a machine waits for now; null where it does not wait, or nobody on the line is at fault. */
export function waitingFor(
  plant: Plant,
  now: MachineNow,
  line: readonly MachineNow[],
): { readonly way: 'starved' | 'blocked'; readonly cause: MachineNow } | null {
  if (!now.last || now.look === 'run' || !isWaiting(plant, now.last)) return null;
  const standsStill = (id: string): boolean => {
    const last = line.find((m) => m.machine.id === id)?.last;
    return last !== null && last !== undefined && isAtFault(last);
  };
  const { kind, machine } = waitingCause(plant, now.machine.id, now.last.reason, standsStill);
  const cause = line.find((m) => m.machine.id === machine);
  return cause && kind !== 'waiting' ? { way: kind, cause } : null;
}

export function waitingWords(plant: Plant, now: MachineNow, line: readonly MachineNow[]): string | null {
  const waiting = waitingFor(plant, now, line);
  return waiting && `${waiting.way === 'starved' ? 'Starved by' : 'Blocked by'} ${waiting.cause.machine.name}`;
}
