import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { ConditionFold } from './condition.ts';
import type { Findings } from './findings.ts';
import { COUNTER_NAMES, MachineFold } from './machine.ts';
import { MeterFold, REGISTER_NAMES } from './meter.ts';

/** What holds samples of its own and forgets them together. */
export type Fold = MachineFold | MeterFold | ConditionFold;

/** Where samples of one signal go; a power signal may go to its meter and to the machine whose state it tells. */
export interface SignalSink {
  readonly signal: string;
  readonly fold: Fold;
  /** A value that holds (state, product, reason, condition), or a reading of something that grows. */
  readonly holds: boolean;
  put(sample: Sample): void;
  /** Newest instant ever taken. */
  newest: Instant;
}

export interface Folds {
  readonly machines: ReadonlyMap<string, MachineFold>;
  readonly meters: ReadonlyMap<string, MeterFold>;
  readonly conditions: readonly ConditionFold[];
  /** Meters that feed a machine, by machine. */
  readonly metersOf: ReadonlyMap<MachineFold, readonly MeterFold[]>;
  readonly sinks: ReadonlyMap<string, readonly SignalSink[]>;
}

/** One fold for each machine, meter and condition of the plant, and the way of each signal to them. */
export function buildFolds(plant: Plant, cuts: readonly Instant[], findings: Findings): Folds {
  const machines = new Map<string, MachineFold>();
  const meters = new Map<string, MeterFold>();
  const conditions: ConditionFold[] = [];
  const metersOf = new Map<MachineFold, MeterFold[]>();
  const sinks = new Map<string, SignalSink[]>();
  const add = (signal: string, fold: Fold, holds: boolean, put: (sample: Sample) => void) => {
    const known = sinks.get(signal) ?? [];
    known.push({ signal, fold, holds, put, newest: Number.NEGATIVE_INFINITY });
    sinks.set(signal, known);
  };

  for (const config of plant.machines.values()) {
    const { id } = config;
    const fold = new MachineFold(plant, config, cuts);
    machines.set(id, fold);
    if (fold.state.from === 'signal')
      add(`${id}.state`, fold, true, (s) => fold.takeState(checkState(s, id, findings)));
    for (const name of COUNTER_NAMES) {
      if (fold.counters[name]) add(`${id}.${name}`, fold, false, (s) => fold.takeCount(name, checkNumber(s, findings)));
    }
    if (fold.product) add(`${id}.product`, fold, true, (s) => fold.takeProduct(s));
    if (fold.order) add(`${id}.order`, fold, true, (s) => fold.takeOrder(s));
    if (fold.reason) add(`${id}.reason`, fold, true, (s) => fold.takeReason(s));
    for (const { id: condition } of config.conditions) {
      const own = new ConditionFold(id, condition);
      conditions.push(own);
      add(`${id}.${condition}`, own, true, (s) => own.take(checkNumber(s, findings)));
    }
  }
  for (const config of plant.meters.values()) {
    if (config.sum) continue;
    const { id } = config;
    const fedIds = new Set(config.feeds.flatMap((version) => version.value.map((feed) => feed.machine)));
    const fed = [...fedIds].flatMap((machine) => machines.get(machine) ?? []);
    const fold = new MeterFold(config, fed, cuts);
    meters.set(id, fold);
    for (const machine of fed) metersOf.set(machine, [...(metersOf.get(machine) ?? []), fold]);
    for (const name of REGISTER_NAMES) {
      if (config[name]) add(`${id}.${name}`, fold, false, (s) => fold.takeRegister(name, checkNumber(s, findings)));
    }
    if (!config.powerW) continue;
    const { scale } = config.powerW;
    add(`${id}.powerW`, fold, false, (s) => fold.takePower(checkNumber(s, findings), scale));
    for (const machine of machines.values()) {
      const { state } = machine;
      if (state.from !== 'power' || state.meter !== id) continue;
      add(`${id}.powerW`, machine, true, (s) => machine.takePower(checkNumber(s, findings), scale));
    }
  }
  return { machines, meters, conditions, metersOf, sinks };
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
