import type { Instant } from '#shared/time/instant.ts';
import { MINUTE, SECOND } from '#shared/time/instant.ts';
import { addDays, localDate, localMidnight } from '#shared/time/zone.ts';
import { stepConditions } from './conditions.ts';
import type { MachineSpec } from './machine-spec.ts';
import { FILLING, FILLING_CONSTRAINT } from './roster-filling.ts';
import { MACHINING } from './roster-machining.ts';
import { createSiteClock } from './site-clock.ts';
import type { SiteLoad } from './site-load.ts';
import { createSiteLoad, planSiteLoad, stepMachineLoad, stepSiteLoad } from './site-load.ts';
import type { Machine, Station } from './station.ts';
import { createMachine } from './station.ts';
import { stepStation, stop } from './station-step.ts';

/*
 * The simulated plant.
 *
 * - A function of (seed, start, zone) and nothing else: two of them advanced to the same instant are equal, in whatever
 *   steps, and so is one that was restored from a snapshot.
 * - Time moves in whole seconds. Values at `now` include everything up to `now`; states are those that hold from `now` on.
 * - No wall clock and no allocation in the step: a simulated fortnight takes about a second.
 */
export interface DemoPlant {
  readonly seed: number;
  readonly start: Instant;
  readonly timezone: string;
  /** The simulated instant, a whole second. */
  readonly now: Instant;
  /** Moves on to the last whole second at or before `t`; an earlier `t` changes nothing. */
  advanceTo(t: Instant): void;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly load: SiteLoad;
  /** Plain JSON; `restore` continues from it. */
  snapshot(): DemoSnapshot;
  /** False, and nothing changed, where the snapshot is of another plant. */
  restore(snapshot: DemoSnapshot): boolean;
  /**
   * For tests: stops a machine at `now` with a stop code, for so many seconds. The stop is in the values at once.
   * Throws RangeError for a machine it does not have.
   */
  forceStop(machine: string, code: number, seconds: number): void;
}

export interface DemoSnapshot {
  readonly version: 1;
  readonly seed: number;
  readonly start: Instant;
  readonly timezone: string;
  readonly now: Instant;
  readonly stations: Readonly<Record<string, Station>>;
  readonly load: SiteLoad;
}

export function createDemoPlant(options: { seed: number; start: Instant; timezone?: string }): DemoPlant {
  const { seed, timezone = 'Europe/London' } = options;
  const start = Math.floor(options.start / SECOND) * SECOND;
  const clock = createSiteClock(timezone);
  const filling = FILLING.map((spec) => createMachine(spec, seed, start));
  const machining = MACHINING.map((spec) => createMachine(spec, seed, start));
  const all = [...filling, ...machining];
  const machines: ReadonlyMap<string, Machine> = new Map(all.map((machine) => [machine.spec.id, machine]));
  const load = createSiteLoad(seed);
  const reactive = all.map(({ spec }) => Math.tan(Math.acos(spec.power.powerFactor)));
  joinLine(filling);
  for (const machine of machining) machine.pacer = machine.spec.orderPieces ? machine : null;
  let now = start;
  plan();

  /** What the clock decides holds for a whole minute. */
  function plan(): void {
    clock.set(now);
    const minute = Math.floor(clock.secondOfDay / 60);
    for (const machine of all) machine.halt = haltOf(machine.spec, clock.weekday, minute);
    planSiteLoad(load, clock, seed);
  }

  function step(): void {
    now += SECOND;
    if (now % MINUTE === 0) plan();
    let machineW = 0;
    let machineVar = 0;
    let running = 0;
    for (let i = 0; i < all.length; i++) {
      const machine = all[i];
      if (!machine) continue;
      machineVar += stepMachineLoad(machine, reactive[i] ?? 0);
      machineW += machine.station.powerW;
      if (machine.station.phase === 'running' && machine.spec.kind === 'packml') running += 1;
      if (machine.spec.nodes.vibration) stepConditions(machine);
      stepStation(machine, now);
    }
    stepSiteLoad(load, machineW, machineVar, running / filling.length);
  }

  return {
    seed,
    start,
    timezone,
    get now() {
      return now;
    },
    advanceTo(t) {
      while (now + SECOND <= t) step();
    },
    machines,
    load,
    snapshot() {
      const stations = Object.fromEntries(all.map(({ spec, station }) => [spec.id, { ...station }]));
      return { version: 1, seed, start, timezone, now, stations, load: { ...load } };
    },
    restore(snapshot) {
      const same = snapshot.seed === seed && snapshot.start === start && snapshot.timezone === timezone;
      if (!same || snapshot.version !== 1) return false;
      if (!all.every(({ spec, station }) => hasFieldsOf(snapshot.stations[spec.id], station))) return false;
      if (!hasFieldsOf(snapshot.load, load)) return false;
      for (const { spec, station } of all) Object.assign(station, snapshot.stations[spec.id]);
      Object.assign(load, snapshot.load);
      now = snapshot.now;
      const saved = { ...load };
      plan();
      Object.assign(load, saved);
      return true;
    },
    forceStop(id, code, seconds) {
      const machine = machines.get(id);
      if (!machine) throw new RangeError(`the demo plant has no machine "${id}"`);
      stop(machine, code >= 100 ? 'wait' : 'breakdown', code, seconds, now);
      machine.station.rawState = machine.looks[machine.station.cause].stopped;
      machine.station.stateAt = now;
      machine.station.events += 1;
    },
  };
}

function joinLine(machines: readonly Machine[]): void {
  const pacer = machines.find(({ spec }) => spec.id === FILLING_CONSTRAINT) ?? null;
  machines.forEach((machine, i) => {
    machine.upstream = machines[i - 1] ?? null;
    machine.downstream = machines[i + 1] ?? null;
    machine.pacer = pacer;
  });
}

function haltOf(spec: MachineSpec, weekday: number, minute: number): Machine['halt'] {
  for (const halt of spec.halts) {
    if (halt.weekday !== null && halt.weekday !== weekday) continue;
    if (minute >= halt.startMinute && minute < halt.startMinute + halt.minutes) return halt.cause;
  }
  return 'none';
}

function hasFieldsOf(saved: object | undefined, live: object): boolean {
  return saved !== undefined && Object.keys(live).every((key) => key in saved);
}

/**
 * Where the demo's first start lies when nobody says: a local midnight, so that any process works out the same and no shift
 * of the first day begins in the unknown.
 */
export function defaultDemoStart(now: Instant, historyDays: number, zone: string): Instant {
  return localMidnight(zone, addDays(localDate(zone, now), -historyDays));
}
