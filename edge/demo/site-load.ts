import { draw, drawBetween, hashSeed, hashUnit } from './random.ts';
import type { SiteClock } from './site-clock.ts';
import type { Machine } from './station.ts';

/*
 * Electrical loads. Power is whole watts and energy whole watt-seconds, so that sums are exact: the main incomer is the
 * machines, the compressor and the rest of the building to the last watt-second, for as long as the demo runs.
 */
export interface SiteLoad {
  random: number;
  compressorW: number;
  compressorWs: number;
  /** What no sub-meter sees: base load, lights, heating and ventilation. */
  restW: number;
  restWs: number;
  hvacW: number;
  hvacTargetW: number;
  lightsW: number;
  mainW: number;
  mainWs: number;
  mainVar: number;
  mainVars: number;
}

export function createSiteLoad(seed: number): SiteLoad {
  return {
    random: hashSeed(seed, 'site'),
    compressorW: 18_000,
    compressorWs: 0,
    restW: 30_000,
    restWs: 0,
    hvacW: 14_000,
    hvacTargetW: 14_000,
    lightsW: 7_000,
    mainW: 150_000,
    mainWs: 0,
    mainVar: 90_000,
    mainVars: 0,
  };
}

const BASE_W = 9_500;
/** Reactive over active power: compressor (0.86) and building (0.95). */
const COMPRESSOR_TAN = 0.593;
const REST_TAN = 0.329;

export function stepMachineLoad(machine: Machine, reactivePerWatt: number): number {
  const { spec, station: s } = machine;
  const { runW, idleW, downW, offW, rampSeconds, swing } = spec.power;
  let target = idleW;
  if (s.phase === 'running') {
    target = runW * (s.warmSeconds < 240 ? 1.06 : 1);
    if (swing > 0) target *= s.progress > 0.15 && s.progress < 0.85 ? 1 + swing * 0.3 : 1 - swing * 0.7;
    if (s.slowSeconds > 0) target *= 0.7 + 0.3 * s.slowFactor;
  } else if (s.phase === 'leaving') {
    target = (idleW + runW) / 2;
  } else if (s.cause === 'breakdown') {
    target = downW;
  } else if (s.cause === 'noOrders' || s.cause === 'maintenance') {
    target = s.phaseSeconds > 300 ? offW : idleW;
  }
  s.levelW += (target - s.levelW) / rampSeconds;
  s.powerW = Math.round(s.levelW * (0.975 + 0.05 * draw(s)));
  s.energyWs += s.powerW;
  return s.powerW * reactivePerWatt;
}

/** Once a minute: what the building wants by the clock and the weather. */
export function planSiteLoad(load: SiteLoad, clock: SiteClock, seed: number): void {
  const hour = clock.secondOfDay / 3600;
  const office = clock.weekday < 5 && hour >= 7 && hour < 18;
  load.lightsW = (hour < 7.5 || hour > 18 ? 6_800 : 4_200) + (office ? 5_200 : 0);
  const warmDay = hashUnit(seed, 'weather', clock.dayNumber);
  const sun = Math.max(0, Math.sin(((hour - 7) / 14) * Math.PI));
  load.hvacTargetW = 5_500 + sun * (6_000 + 11_000 * warmDay) + (office ? 3_500 : 0);
}

/** One second of everything but the machines, and the sum of all. `machineW` and `machineVar` are theirs. */
export function stepSiteLoad(load: SiteLoad, machineW: number, machineVar: number, airDemand: number): void {
  // A screw compressor: loaded as far as the filling line draws air, else idling.
  const compressorTarget = 5_200 + 17_000 * Math.min(1, airDemand);
  load.compressorW = Math.round(
    load.compressorW + (compressorTarget - load.compressorW) / 12 + drawBetween(load, -250, 250),
  );
  load.hvacW += (load.hvacTargetW - load.hvacW) / 300;
  load.restW = Math.round(BASE_W + load.lightsW + load.hvacW * (0.96 + 0.08 * draw(load)));
  load.mainW = machineW + load.compressorW + load.restW;
  load.mainVar = Math.round(machineVar + load.compressorW * COMPRESSOR_TAN + load.restW * REST_TAN);
  load.compressorWs += load.compressorW;
  load.restWs += load.restW;
  load.mainWs += load.mainW;
  load.mainVars += load.mainVar;
}
