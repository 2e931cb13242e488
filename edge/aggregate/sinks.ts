import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { ConditionFold } from './condition.ts';
import type { Findings } from './findings.ts';
import { COUNTER_NAMES, MachineFold } from './machine.ts';
import { MeterFold, REGISTER_NAMES } from './meter.ts';
import type { HeldSamples } from './series.ts';

/** What holds samples of its own and forgets them together. */
export type Fold = MachineFold | MeterFold | ConditionFold;

/** Where samples of one signal go; a power signal may go to its meter and to the machine whose state it tells. */
export interface SignalSink {
  readonly signal: string;
  readonly fold: Fold;
  /** A value that holds (state, product, reason, condition), or a reading of something that grows. */
  readonly holds: boolean;
  readonly samples: HeldSamples;
  put(sample: Sample): void;
  /** Oldest and newest instant ever taken. */
  first: Instant;
  newest: Instant;
}

export interface Folds {
  readonly machines: Map<string, MachineFold>;
  readonly meters: Map<string, MeterFold>;
  /** By `<machine>.<condition>`. */
  readonly conditions: Map<string, ConditionFold>;
  /** Meters that feed a machine, by machine. */
  readonly metersOf: Map<string, readonly MeterFold[]>;
  readonly sinks: Map<string, readonly SignalSink[]>;
}

/** One fold for each machine, meter and condition of the plant that is `wanted` by its key, and the way of each signal. */
export function buildFolds(
  plant: Plant,
  cuts: readonly Instant[],
  findings: Findings,
  wanted: (key: string) => boolean = () => true,
): Folds {
  const folds: Folds = {
    machines: new Map(),
    meters: new Map(),
    conditions: new Map(),
    metersOf: new Map(),
    sinks: new Map(),
  };
  const add = (signal: string, fold: Fold, holds: boolean, samples: HeldSamples, put: (sample: Sample) => void) => {
    const sink = {
      signal,
      fold,
      holds,
      samples,
      put,
      first: Number.POSITIVE_INFINITY,
      newest: Number.NEGATIVE_INFINITY,
    };
    folds.sinks.set(signal, [...(folds.sinks.get(signal) ?? []), sink]);
  };

  for (const config of plant.machines.values()) {
    const { id } = config;
    if (wanted(`machine:${id}`)) {
      const fold = new MachineFold(plant, config, cuts);
      folds.machines.set(id, fold);
      addMachine(fold, findings, add);
    }
    for (const { id: condition } of config.conditions) {
      const signal = `${id}.${condition}`;
      if (!wanted(`condition:${signal}`)) continue;
      const fold = new ConditionFold(id, condition);
      folds.conditions.set(signal, fold);
      add(signal, fold, true, fold.series, (s) => fold.take(checkNumber(s, findings)));
    }
  }
  for (const config of plant.meters.values()) {
    if (config.sum) continue;
    const { id } = config;
    const fold = wanted(`meter:${id}`) ? addMeter(plant, id, cuts, folds) : null;
    for (const name of REGISTER_NAMES) {
      const series = fold?.registers[name];
      if (fold && series) {
        add(`${id}.${name}`, fold, false, series, (s) => fold.takeRegister(name, checkNumber(s, findings)));
      }
    }
    if (!config.powerW) continue;
    const power = fold?.power;
    if (fold && power) {
      add(`${id}.powerW`, fold, false, power.samples, (s) => fold.takePower(checkNumber(s, findings)));
    }
    for (const machine of folds.machines.values()) {
      const { state } = machine;
      if (state.from !== 'power' || state.meter !== id) continue;
      add(`${id}.powerW`, machine, true, state.series, (s) => machine.takePower(checkNumber(s, findings)));
    }
    // Power that is only shown: known, and of no consequence here.
    if (!folds.sinks.has(`${id}.powerW`)) folds.sinks.set(`${id}.powerW`, []);
  }
  return folds;
}

type Add = (signal: string, fold: Fold, holds: boolean, samples: HeldSamples, put: (sample: Sample) => void) => void;

function addMachine(fold: MachineFold, findings: Findings, add: Add): void {
  const { id, state, product, order, reason } = fold;
  if (state.from === 'signal') {
    add(`${id}.state`, fold, true, state.series, (s) => fold.takeState(checkState(s, id, findings)));
  }
  for (const name of COUNTER_NAMES) {
    const series = fold.counters[name];
    if (!series) continue;
    add(`${id}.${name}`, fold, false, series, (s) => fold.takeCount(name, checkNumber(s, findings)));
  }
  if (product) add(`${id}.product`, fold, true, product, (s) => fold.takeProduct(s));
  if (order) add(`${id}.order`, fold, true, order, (s) => fold.takeOrder(s));
  if (reason) add(`${id}.reason`, fold, true, reason, (s) => fold.takeReason(s));
}

function addMeter(plant: Plant, id: string, cuts: readonly Instant[], folds: Folds): MeterFold | null {
  const config = plant.meters.get(id);
  if (!config) return null;
  const fedIds = new Set(config.feeds.flatMap((version) => version.value.map((feed) => feed.machine)));
  const fed = [...fedIds].flatMap((machine) => folds.machines.get(machine) ?? []);
  const fold = new MeterFold(config, fed, cuts);
  folds.meters.set(id, fold);
  for (const machine of fed) folds.metersOf.set(machine.id, [...(folds.metersOf.get(machine.id) ?? []), fold]);
  return fold;
}

/** A sample whose value can be used as a number; one that cannot is bad. */
export type NumberSample = Sample & { readonly value: number };

function checkNumber(sample: Sample, findings: Findings): NumberSample {
  const { value, quality } = sample;
  if (typeof value === 'number' && Number.isFinite(value)) return sample as NumberSample;
  if (quality !== 'bad' && value !== null) {
    const what = `${sample.signal}: ${JSON.stringify(value)} is not a number; the reading is not used. Check its address and data type.`;
    findings.report('notANumber', sample.signal, sample.t, what);
  }
  return { ...sample, value: 0, quality: 'bad' };
}

function checkState(sample: Sample, machine: string, findings: Findings): Sample {
  if (sample.value === null || sample.quality === 'bad' || isMachineState(sample.value)) return sample;
  const what = `${sample.signal}: ${JSON.stringify(sample.value)} is no machine state and counts as unknown; add it to the state map of ${machine}.`;
  findings.report('unknownState', sample.signal, sample.t, what);
  return { ...sample, value: null };
}
