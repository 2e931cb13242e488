/** Canonical observed states of the machine layer (RULES section 3). */
export const MACHINE_STATES = ['running', 'idle', 'down', 'setup', 'maintenance', 'off', 'unknown'] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** Time categories after schedule and reason; every second of a calendar is in exactly one. */
export const TIME_CATEGORIES = [
  'run',
  'smallStop',
  'unplannedStop',
  'plannedStop',
  'scheduleLoss',
  'break',
  'offShift',
  'unknown',
] as const;
export type TimeCategory = (typeof TIME_CATEGORIES)[number];

/** What a reason says about the time it labels. */
export type ReasonCategory = 'unplannedStop' | 'plannedStop' | 'notScheduled';

export function isMachineState(value: unknown): value is MachineState {
  return typeof value === 'string' && (MACHINE_STATES as readonly string[]).includes(value);
}
