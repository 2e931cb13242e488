import type { CounterReading, RefereeState } from '#shared/signal/referee.ts';
import type { Instant } from '#shared/time/instant.ts';
import { ConditionFold } from './condition.ts';
import type { CountStateBase } from './count-state.ts';
import { COUNTER_NAMES, MachineFold } from './machine.ts';
import { type MeterFold, REGISTER_NAMES } from './meter.ts';
import type { PackedPower } from './power-series.ts';
import type { PowerStateBase } from './power-state.ts';
import { finite } from './series.ts';
import type { Fold, Folds, SignalSink } from './sinks.ts';
import type { StepSeries } from './step-series.ts';
import type { PackedStretch } from './stretches.ts';

/*
 * What was in force where the held samples of a fold begin: with it and the samples since, the fold can be made again. Plain
 * JSON; infinite instants are null.
 */
export type FoldBase = MachineBase | MeterBase | ConditionBase;

interface Common {
  readonly heldFrom: Instant | null;
  /** For each signal, the time from which samples have to be taken again. */
  readonly since: Readonly<Record<string, Instant | null>>;
}

export interface MachineBase extends Common {
  readonly kind: 'machine';
  readonly stateFrom: string;
  readonly state: StepBase<string> | PowerStateBase | CountStateBase | null;
  readonly stretch: PackedStretch;
  readonly product: StepBase<string> | null;
  readonly order: StepBase<string> | null;
  readonly reason: StepBase<string | null> | null;
  readonly counters: Readonly<Record<string, CounterReading | null>>;
}

export interface MeterBase extends Common {
  readonly kind: 'meter';
  readonly registers: Readonly<Record<string, CounterReading | null>>;
  readonly power: PackedPower | null;
}

export interface ConditionBase extends Common {
  readonly kind: 'condition';
  readonly value: StepBase<number | null>;
}

interface StepBase<T> {
  readonly before: T;
  readonly uncertain: boolean;
}

/** The sinks of each fold, by its key. */
export function sinksByFold(folds: Folds): Map<string, SignalSink[]> {
  return Map.groupBy([...folds.sinks.values()].flat(), (sink) => sink.fold.key);
}

export function baseOf(fold: Fold, sinks: readonly SignalSink[]): FoldBase {
  const heldFrom = finite(fold.heldFrom);
  const since = Object.fromEntries(sinks.map((sink) => [sink.signal, finite(sink.samples.since)]));
  if (fold instanceof MachineFold) return { kind: 'machine', heldFrom, since, ...machineBase(fold) };
  if (fold instanceof ConditionFold) return { kind: 'condition', heldFrom, since, value: stepBase(fold.series) };
  return { kind: 'meter', heldFrom, since, ...meterBase(fold) };
}

/** Into a fold that has taken no sample yet. A base of another kind, or of another source of the state, is passed over. */
export function startFrom(fold: Fold, base: FoldBase, sinks: readonly SignalSink[]): void {
  for (const { signal, samples } of sinks) samples.since = base.since[signal] ?? Number.NEGATIVE_INFINITY;
  fold.heldFrom = base.heldFrom ?? Number.NEGATIVE_INFINITY;
  if (fold instanceof MachineFold) {
    if (base.kind === 'machine') startMachine(fold, base);
  } else if (fold instanceof ConditionFold) {
    if (base.kind === 'condition') startStep(fold.series, base.value);
  } else if (base.kind === 'meter') startMeter(fold, base);
}

function machineBase(fold: MachineFold): Omit<MachineBase, 'kind' | keyof Common> {
  const { state } = fold;
  return {
    stateFrom: state.from,
    state: state.from === 'none' ? null : state.from === 'signal' ? stepBase(state.series) : state.series.base,
    stretch: fold.stretches.pack(),
    product: fold.product && stepBase(fold.product),
    order: fold.order && stepBase(fold.order),
    reason: fold.reason && stepBase(fold.reason),
    counters: Object.fromEntries(COUNTER_NAMES.map((name) => [name, fold.counters[name]?.base.accepted ?? null])),
  };
}

function startMachine(fold: MachineFold, base: MachineBase): void {
  const { state } = fold;
  if (state.from === base.stateFrom) {
    if (state.from === 'signal') startStep(state.series, base.state as StepBase<typeof state.series.before>);
    if (state.from === 'power') state.series.startFrom(base.state as PowerStateBase);
    if (state.from === 'counts') state.series.startFrom(base.state as CountStateBase);
    fold.stretches.startFrom(base.stretch);
  }
  if (fold.product && base.product) startStep(fold.product, base.product);
  if (fold.order && base.order) startStep(fold.order, base.order);
  if (fold.reason && base.reason) startStep(fold.reason, base.reason);
  for (const name of COUNTER_NAMES) fold.counters[name]?.startFrom(refereeState(base.counters[name]));
}

function meterBase(fold: MeterFold): Omit<MeterBase, 'kind' | keyof Common> {
  return {
    registers: Object.fromEntries(REGISTER_NAMES.map((name) => [name, fold.registers[name]?.base.accepted ?? null])),
    power: fold.power?.pack(fold.heldFrom) ?? null,
  };
}

function startMeter(fold: MeterFold, base: MeterBase): void {
  for (const name of REGISTER_NAMES) fold.registers[name]?.startFrom(refereeState(base.registers[name]));
  if (base.power) fold.power?.unpack(base.power);
}

function stepBase<T>({ before, beforeUncertain }: StepSeries<T>): StepBase<T> {
  return { before, uncertain: beforeUncertain };
}

function startStep<T>(series: StepSeries<T>, base: StepBase<T>): void {
  series.before = base.before;
  series.beforeUncertain = base.uncertain;
}

function refereeState(accepted: CounterReading | null | undefined): RefereeState {
  return { accepted: accepted ?? null, pending: null };
}
