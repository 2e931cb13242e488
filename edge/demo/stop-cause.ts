/** Why a simulated machine is not running. */
export type StopCause =
  | 'none'
  | 'starved'
  | 'blocked'
  | 'hold'
  | 'breakdown'
  | 'wait'
  | 'operator'
  | 'changeover'
  | 'crewBreak'
  | 'cleaning'
  | 'maintenance'
  | 'noOrders';

/** Raw value of the stop-code node for causes that every machine shares; modes of a machine bring their own codes. */
export const SHARED_STOP_CODES: Readonly<Record<StopCause, number>> = {
  none: 0,
  hold: 0,
  breakdown: 0,
  wait: 0,
  operator: 0,
  starved: 101,
  blocked: 102,
  changeover: 201,
  cleaning: 202,
  maintenance: 203,
  crewBreak: 204,
  noOrders: 205,
};

/** How a stop looks from outside: raw states on the way in, while stopped, and on the way out with their seconds. */
export interface StopLook {
  readonly entering: number;
  readonly enteringSeconds: number;
  readonly stopped: number;
  readonly leaving: readonly { readonly state: number; readonly seconds: number }[];
}

const restart = [
  { state: 15, seconds: 8 },
  { state: 4, seconds: 2 },
  { state: 3, seconds: 6 },
];
const suspended: StopLook = { entering: 13, enteringSeconds: 1, stopped: 5, leaving: [{ state: 14, seconds: 1 }] };
const held: StopLook = { entering: 10, enteringSeconds: 1, stopped: 11, leaving: [{ state: 12, seconds: 2 }] };
const aborted: StopLook = {
  entering: 8,
  enteringSeconds: 2,
  stopped: 9,
  leaving: [{ state: 1, seconds: 12 }, { state: 2, seconds: 4 }, ...restart],
};
const stopped: StopLook = { entering: 7, enteringSeconds: 3, stopped: 2, leaving: restart };

/** PackML state numbers (OPC 30050, Annex B). */
export const PACKML_EXECUTE = 6;
export const PACKML_LOOKS: Readonly<Record<StopCause, StopLook>> = {
  none: suspended,
  starved: suspended,
  blocked: suspended,
  wait: suspended,
  hold: held,
  breakdown: aborted,
  operator: stopped,
  changeover: stopped,
  crewBreak: stopped,
  cleaning: stopped,
  maintenance: stopped,
  noOrders: stopped,
};

function cellLook(state: number, leavingSeconds: number): StopLook {
  return { entering: state, enteringSeconds: 1, stopped: state, leaving: [{ state: 1, seconds: leavingSeconds }] };
}

/** The cells' own enumeration: 0 off, 1 waiting, 2 in cycle, 3 alarm, 4 setting, 5 maintenance. */
export const CELL_IN_CYCLE = 2;
export const CELL_LOOKS: Readonly<Record<StopCause, StopLook>> = {
  none: cellLook(1, 1),
  starved: cellLook(1, 1),
  blocked: cellLook(1, 1),
  wait: cellLook(1, 2),
  hold: cellLook(1, 1),
  operator: cellLook(1, 2),
  breakdown: cellLook(3, 12),
  changeover: cellLook(4, 8),
  crewBreak: cellLook(1, 3),
  cleaning: cellLook(5, 8),
  maintenance: cellLook(5, 15),
  noOrders: cellLook(0, 90),
};
