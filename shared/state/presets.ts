import type { MachineState } from './state.ts';

/*
 * Ready-made maps from the states of standards to ours (RULES section 3). A number means nothing without its enumeration
 * (OPC 30060 numbers the names of PackML differently), so a plant file names the preset. Keys are raw values as text;
 * names stand beside numbers, because gateways deliver either.
 */

/** ANSI/ISA-TR88.00.02 states, values of OPC 30050 Annex B, in production mode. */
const packml: readonly (readonly [number, string, MachineState])[] = [
  [0, 'Undefined', 'unknown'],
  [1, 'Clearing', 'down'],
  [2, 'Stopped', 'idle'],
  [3, 'Starting', 'idle'],
  [4, 'Idle', 'idle'],
  [5, 'Suspended', 'idle'],
  [6, 'Execute', 'running'],
  [7, 'Stopping', 'idle'],
  [8, 'Aborting', 'down'],
  [9, 'Aborted', 'down'],
  [10, 'Holding', 'down'],
  [11, 'Held', 'down'],
  [12, 'Unholding', 'down'],
  [13, 'Suspending', 'idle'],
  [14, 'Unsuspending', 'idle'],
  [15, 'Resetting', 'idle'],
  [16, 'Completing', 'running'],
  [17, 'Complete', 'idle'],
];

/** OPC 40001-1 MachineryItemState, in operation mode Processing. */
const opc40001: readonly (readonly [number, string, MachineState])[] = [
  [0, 'NotAvailable', 'off'],
  [1, 'OutOfService', 'down'],
  [2, 'NotExecuting', 'idle'],
  [3, 'Executing', 'running'],
];

/**
 * OPC 40083 (EUROMAP 83) ProductionStatus, in machine mode automatic or semi-automatic. A dry run makes no parts; it is idle
 * until a reason says more.
 */
const euromap: readonly (readonly [number, string, MachineState])[] = [
  [0, 'OTHER', 'unknown'],
  [1, 'NO_PRODUCTION', 'idle'],
  [2, 'START_UP', 'running'],
  [3, 'READY_FOR_PRODUCTION', 'running'],
  [4, 'PRODUCTION', 'running'],
  [5, 'DRY_RUN', 'idle'],
];

/** MTConnect Execution, in controller mode automatic and functional mode production. */
const mtconnect: readonly (readonly [string, MachineState])[] = [
  ['ACTIVE', 'running'],
  ['WAIT', 'running'],
  ['READY', 'idle'],
  ['PROGRAM_COMPLETED', 'idle'],
  ['OPTIONAL_STOP', 'idle'],
  ['PROGRAM_OPTIONAL_STOP', 'idle'],
  ['PROGRAM_STOPPED', 'idle'],
  ['INTERRUPTED', 'idle'],
  ['FEED_HOLD', 'idle'],
  ['STOPPED', 'idle'],
  ['UNAVAILABLE', 'unknown'],
];

function numbered(rows: readonly (readonly [number, string, MachineState])[]): ReadonlyMap<string, MachineState> {
  return new Map(
    rows.flatMap(([value, name, state]) => [
      [String(value), state],
      [name, state],
    ]),
  );
}

export const STATE_PRESETS = ['packml', 'opc40001', 'mtconnect', 'euromap'] as const;
export type StatePreset = (typeof STATE_PRESETS)[number];

/** Raw value as text -> state. */
export const statePresets: Readonly<Record<StatePreset, ReadonlyMap<string, MachineState>>> = {
  packml: numbered(packml),
  opc40001: numbered(opc40001),
  mtconnect: new Map(mtconnect),
  euromap: numbered(euromap),
};
