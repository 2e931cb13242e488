import type { Meter, Plant } from '#shared/plant/model.ts';
import { ORDER_EVENT_MS } from '#shared/signal/referee.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { ConditionFold } from './condition.ts';
import type { Findings } from './findings.ts';
import { COUNTER_NAMES, MachineFold } from './machine.ts';
import { MeterFold, REGISTER_NAMES } from './meter.ts';
import type { HeldSamples } from './series.ts';
import { decidesAfterMs } from './state-feed.ts';

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
  /** Earliest instant whose facts a sample at `t` may change. */
  reach(t: Instant, isNewest: boolean): Instant;
  /** The newest sample of the signal never reaches back further than this. */
  readonly marginMs: number;
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
  const add: Add = (way) => {
    const sink = {
      reach: itself,
      marginMs: 0,
      ...way,
      first: Number.POSITIVE_INFINITY,
      newest: Number.NEGATIVE_INFINITY,
    };
    folds.sinks.set(way.signal, [...(folds.sinks.get(way.signal) ?? []), sink]);
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
      add({ signal, fold, holds: true, samples: fold.series, put: (s) => fold.take(checkNumber(s, findings)) });
    }
  }
  for (const config of plant.meters.values()) {
    if (config.sum) continue;
    const { id } = config;
    if (wanted(`meter:${id}`)) addMeter(meterFold(config, cuts, folds), findings, add);
    if (!config.powerW) continue;
    const signal = `${id}.powerW`;
    for (const fold of folds.machines.values()) {
      const { state } = fold;
      if (state.from !== 'power' || state.meter !== id) continue;
      const put = (s: Sample) => fold.takePower(checkNumber(s, findings));
      const reach = (t: Instant) => fold.reachOfPower(t);
      add({ signal, fold, holds: true, samples: state.series, put, reach, marginMs: decidesAfterMs(fold.config) });
    }
    // Power that is only shown: known, and of no consequence here.
    if (!folds.sinks.has(signal)) folds.sinks.set(signal, []);
  }
  return folds;
}

type Add = (
  way: Omit<SignalSink, 'first' | 'newest' | 'reach' | 'marginMs'> & Partial<Pick<SignalSink, 'reach' | 'marginMs'>>,
) => void;

function addMachine(fold: MachineFold, findings: Findings, add: Add): void {
  const { id, state, product, order, reason } = fold;
  if (state.from === 'signal') {
    const put = (s: Sample) => fold.takeState(checkState(s, id, findings));
    add({ signal: `${id}.state`, fold, holds: true, samples: state.series, put });
  }
  for (const name of COUNTER_NAMES) {
    const samples = fold.counters[name];
    if (!samples) continue;
    const put = (s: Sample) => fold.takeCount(name, checkNumber(s, findings));
    const reach = (t: Instant) => fold.reachOfCount(name, t);
    add({
      signal: `${id}.${name}`,
      fold,
      holds: false,
      samples,
      put,
      reach,
      marginMs: decidesAfterMs(fold.config) + 1,
    });
  }
  // A change of product or order decides about counter steps up to a minute before it.
  const marginMs = ORDER_EVENT_MS + 1;
  const reach = (t: Instant) => t - marginMs;
  const takeProduct = (s: Sample) => fold.takeProduct(s);
  if (product) add({ signal: `${id}.product`, fold, holds: true, samples: product, put: takeProduct, reach, marginMs });
  const takeOrder = (s: Sample) => fold.takeOrder(s);
  if (order) add({ signal: `${id}.order`, fold, holds: true, samples: order, put: takeOrder, reach, marginMs });
  if (reason) add({ signal: `${id}.reason`, fold, holds: true, samples: reason, put: (s) => fold.takeReason(s) });
}

function addMeter(fold: MeterFold, findings: Findings, add: Add): void {
  const { id, power } = fold;
  for (const name of REGISTER_NAMES) {
    const samples = fold.registers[name];
    if (!samples) continue;
    const put = (s: Sample) => fold.takeRegister(name, checkNumber(s, findings));
    const reach = (t: Instant, isNewest: boolean) => (isNewest ? t : (samples.acceptedBefore(t) ?? t));
    add({ signal: `${id}.${name}`, fold, holds: false, samples, put, reach });
  }
  if (!power) return;
  const put = (s: Sample) => fold.takePower(checkNumber(s, findings));
  const reach = (t: Instant, isNewest: boolean) => (isNewest ? t : power.reach(t));
  add({ signal: `${id}.powerW`, fold, holds: false, samples: power.samples, put, reach });
}

function meterFold(config: Meter, cuts: readonly Instant[], folds: Folds): MeterFold {
  const fedIds = new Set(config.feeds.flatMap((version) => version.value.map((feed) => feed.machine)));
  const fed = [...fedIds].flatMap((machine) => folds.machines.get(machine) ?? []);
  const fold = new MeterFold(config, fed, cuts);
  folds.meters.set(config.id, fold);
  for (const machine of fed) folds.metersOf.set(machine.id, [...(folds.metersOf.get(machine.id) ?? []), fold]);
  return fold;
}

function itself(t: Instant): Instant {
  return t;
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
  if (sample.quality === 'bad' || isMachineState(sample.value)) return sample;
  if (sample.value === null) return { ...sample, quality: 'bad' };
  const what = `${sample.signal}: ${JSON.stringify(sample.value)} is no machine state and counts as unknown; add it to the state map of ${machine}.`;
  findings.report('unknownState', sample.signal, sample.t, what);
  return { ...sample, value: null, quality: 'bad' };
}
