import type { Instant } from '#shared/time/instant.ts';
import { SECOND } from '#shared/time/instant.ts';
import type { JobSpec, MachineSpec } from './machine-spec.ts';
import { draw, drawBetween, drawExponential, hashSeed } from './random.ts';
import type { StopCause, StopLook } from './stop-cause.ts';
import { CELL_IN_CYCLE, CELL_LOOKS, PACKML_EXECUTE, PACKML_LOOKS } from './stop-cause.ts';

/**
 * All that changes about one simulated machine. Plain numbers and strings only: a copy of it is its snapshot. Changed in
 * place, because a simulated fortnight is seventeen million machine seconds.
 */
export interface Station {
  random: number;
  phase: 'running' | 'stopped' | 'leaving';
  cause: StopCause;
  phaseSeconds: number;
  /** Seconds of the stop that are left; for planned halts: of the overrun. */
  leftSeconds: number;
  runToStopSeconds: number;
  runToSlowSeconds: number;
  slowSeconds: number;
  slowFactor: number;
  /** Running seconds since it was last cold, at most WARM_SECONDS. */
  warmSeconds: number;
  /** Share of the next count that is done. */
  progress: number;
  /** This cycle's length over the ordinary one. */
  cycleFactor: number;
  /** Pieces on the conveyor behind it. */
  outPieces: number;
  orderIndex: number;
  orderPiecesLeft: number;
  startupLeft: number;
  /** Counts since the simulation's day one; the counters on the wire roll over and reset, these never do. */
  total: number;
  reject: number;
  totalAtOrder: number;
  rejectAtOrder: number;
  totalAt: Instant;
  goodAt: Instant;
  rejectAt: Instant;
  rawState: number;
  stateAt: Instant;
  stopCode: number;
  codeAt: Instant;
  orderAt: Instant;
  /** 1 while the status of its state node is bad; the value then stays what it was. */
  sensorBad: number;
  sensorSeconds: number;
  frozenState: number;
  sensorAt: Instant;
  /** Rises with every change of state, code, order or status. */
  events: number;
  levelW: number;
  powerW: number;
  energyWs: number;
  wear: number;
  vibration: number;
  temperatureC: number;
}

export interface Machine {
  readonly spec: MachineSpec;
  readonly station: Station;
  readonly looks: Readonly<Record<StopCause, StopLook>>;
  readonly runningState: number;
  /** Stop modes per running second, added up. */
  readonly stopsPerSecond: number;
  upstream: Machine | null;
  downstream: Machine | null;
  /** Whose orders it works on: itself, or the line's constraint. Null: it knows no orders. */
  pacer: Machine | null;
  /** The planned halt in force, by the site's clock. */
  halt: StopCause;
}

export const WARM_SECONDS = 480;
const FIRST_ORDER = 100;

export function createMachine(spec: MachineSpec, seed: number, start: Instant): Machine {
  const random = hashSeed(seed, spec.id);
  const owner = { random };
  const stopsPerSecond = spec.modes.reduce((sum, mode) => sum + 1 / mode.everySeconds, 0);
  const before = start - SECOND;
  const total = Math.floor(drawBetween(owner, 40_000, 900_000));
  const reject = Math.floor(total * spec.rejectShare);
  const runningState = spec.kind === 'packml' ? PACKML_EXECUTE : CELL_IN_CYCLE;
  const orderPieces = spec.orderPieces ? Math.floor(drawBetween(owner, 0.3, 0.9) * spec.orderPieces[1]) : 0;
  const station: Station = {
    random: 0,
    phase: 'running',
    cause: 'none',
    phaseSeconds: 0,
    leftSeconds: 0,
    runToStopSeconds: drawExponential(owner, 1 / stopsPerSecond),
    runToSlowSeconds: drawExponential(owner, 2400),
    slowSeconds: 0,
    slowFactor: 1,
    warmSeconds: WARM_SECONDS,
    progress: draw(owner),
    cycleFactor: 1,
    outPieces: Math.floor((spec.bufferPieces ?? 0) / 2),
    orderIndex: FIRST_ORDER,
    orderPiecesLeft: orderPieces,
    startupLeft: 0,
    total,
    reject,
    totalAtOrder: total - Math.floor(drawBetween(owner, 10, 400)),
    rejectAtOrder: reject,
    totalAt: before,
    goodAt: before,
    rejectAt: before,
    rawState: runningState,
    stateAt: before,
    stopCode: 0,
    codeAt: before,
    orderAt: before,
    sensorBad: 0,
    sensorSeconds: spec.badSensorEveryHours === null ? 0 : drawExponential(owner, spec.badSensorEveryHours * 3600),
    frozenState: runningState,
    sensorAt: before,
    events: 0,
    levelW: spec.power.runW,
    powerW: Math.round(spec.power.runW),
    energyWs: 0,
    wear: drawBetween(owner, 0.1, 0.5),
    vibration: 2,
    temperatureC: 38,
  };
  station.random = owner.random;
  const looks = spec.kind === 'packml' ? PACKML_LOOKS : CELL_LOOKS;
  return {
    spec,
    station,
    looks,
    runningState,
    stopsPerSecond,
    upstream: null,
    downstream: null,
    pacer: null,
    halt: 'none',
  };
}

export function jobOf(machine: Machine): JobSpec {
  const { jobs } = machine.spec;
  const job = jobs[machine.station.orderIndex % jobs.length];
  if (!job) throw new Error(`the demo's machine ${machine.spec.id} has no job`);
  return job;
}

export function orderOf(machine: Machine): string {
  const pacer = machine.pacer ?? machine;
  return `WO-${10_000 + (Math.abs(hashSeed(0, pacer.spec.id)) % 80) * 1000 + machine.station.orderIndex}`;
}

/** What its state node would say if its sensor were healthy. */
export function rawStateOf(machine: Machine): number {
  const { phase, cause, phaseSeconds } = machine.station;
  if (phase === 'running') return machine.runningState;
  const look = machine.looks[cause];
  if (phase === 'stopped') return phaseSeconds < look.enteringSeconds ? look.entering : look.stopped;
  let left = phaseSeconds;
  for (const step of look.leaving) {
    if (left < step.seconds) return step.state;
    left -= step.seconds;
  }
  return look.stopped;
}

export function leavingSeconds(look: StopLook): number {
  let seconds = 0;
  for (const step of look.leaving) seconds += step.seconds;
  return seconds;
}
