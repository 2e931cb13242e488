import type { CounterReading, RefereeState } from '#shared/signal/referee.ts';
import type { Quality, Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { ConditionFold } from './condition.ts';
import type { CountStateBase } from './count-state.ts';
import type { PackedEmitted } from './emitted.ts';
import type { PackedFindings } from './findings.ts';
import { COUNTER_NAMES, type MachineFold } from './machine.ts';
import { type MeterFold, REGISTER_NAMES } from './meter.ts';
import type { PackedPower } from './power-series.ts';
import type { PowerStateBase } from './power-state.ts';
import { finite, type HeldSamples } from './series.ts';
import type { SignalSink } from './sinks.ts';
import type { MachineSpan } from './spans.ts';
import type { StepSeries } from './step-series.ts';
import type { PackedStretch } from './stretches.ts';

/*
 * What an aggregator needs to go on after a restart, as plain JSON.
 *
 * - Of each timeline: what was in force where its held samples begin; of each fold: what it has emitted.
 * - The held samples themselves only where there is no journal to ask (`recall`): a checkpoint is written with every commit.
 * - Infinite instants are null.
 */
export interface Snapshot {
  readonly version: 1;
  readonly now: Instant | null;
  readonly takenTo: Instant | null;
  readonly take: number;
  readonly machines: Readonly<Record<string, PackedMachine>>;
  readonly meters: Readonly<Record<string, PackedMeter>>;
  readonly conditions: Readonly<Record<string, PackedCondition>>;
  readonly signals: readonly PackedSignal[];
  readonly ids: readonly string[];
  readonly findings: PackedFindings;
}

interface PackedMachine {
  readonly origin: Instant | null;
  readonly heldFrom: Instant | null;
  readonly renderedTo: Instant | null;
  readonly stateFrom: string;
  readonly state: StepBase<string> | PowerStateBase | CountStateBase | null;
  readonly stretch: PackedStretch;
  readonly product: StepBase<string> | null;
  readonly order: StepBase<string> | null;
  readonly reason: StepBase<string | null> | null;
  readonly counters: Readonly<Record<string, CounterReading | null>>;
  readonly pieces: PackedEmitted;
  readonly intervals: PackedEmitted;
  readonly events: Readonly<Record<string, PackedEmitted>>;
  readonly archive: readonly MachineSpan[];
}

interface PackedMeter {
  readonly heldFrom: Instant | null;
  readonly renderedTo: Instant | null;
  readonly coveredTo: Instant | null;
  readonly registers: Readonly<Record<string, CounterReading | null>>;
  readonly power: PackedPower | null;
  readonly rows: PackedEmitted;
  readonly events: Readonly<Record<string, PackedEmitted>>;
}

interface PackedCondition {
  readonly heldFrom: Instant | null;
  readonly renderedTo: Instant | null;
  readonly base: StepBase<number | null>;
  readonly rows: PackedEmitted;
}

/** One signal into one fold. `from` is the time of the first sample held; `held` are the samples, or null: ask the journal. */
export interface PackedSignal {
  readonly signal: string;
  readonly fold: string;
  readonly first: Instant | null;
  readonly newest: Instant | null;
  readonly from: Instant | null;
  readonly held: PackedSamples | null;
}

/** Columns; `delay` is received - t. */
interface PackedSamples {
  readonly t: readonly Instant[];
  readonly value: readonly (number | string | null)[];
  readonly quality: readonly number[];
  readonly delay: readonly number[];
}

interface StepBase<T> {
  readonly before: T;
  readonly uncertain: boolean;
}

export function packMachine(fold: MachineFold): PackedMachine {
  const { state } = fold;
  return {
    origin: finite(fold.origin),
    heldFrom: finite(fold.heldFrom),
    renderedTo: finite(fold.renderedTo),
    stateFrom: state.from,
    state: state.from === 'none' ? null : state.from === 'signal' ? stepBase(state.series) : state.series.base,
    stretch: fold.stretches.pack(),
    product: fold.product && stepBase(fold.product),
    order: fold.order && stepBase(fold.order),
    reason: fold.reason && stepBase(fold.reason),
    counters: Object.fromEntries(COUNTER_NAMES.map((name) => [name, fold.counters[name]?.base.accepted ?? null])),
    pieces: fold.pieces.pack(),
    intervals: fold.intervals.pack(),
    events: Object.fromEntries(fold.events.map((events) => [events.signal, events.emitted.pack()])),
    archive: fold.archive.pack(),
  };
}

export function unpackMachine(fold: MachineFold, packed: PackedMachine): void {
  const { state } = fold;
  if (state.from === packed.stateFrom) {
    if (state.from === 'signal') startStep(state.series, packed.state as StepBase<typeof state.series.before>);
    if (state.from === 'power') state.series.startFrom(packed.state as PowerStateBase);
    if (state.from === 'counts') state.series.startFrom(packed.state as CountStateBase);
    fold.stretches.startFrom(packed.stretch);
  }
  if (fold.product && packed.product) startStep(fold.product, packed.product);
  if (fold.order && packed.order) startStep(fold.order, packed.order);
  if (fold.reason && packed.reason) startStep(fold.reason, packed.reason);
  for (const name of COUNTER_NAMES) fold.counters[name]?.startFrom(refereeState(packed.counters[name]));
  fold.origin = packed.origin ?? Number.POSITIVE_INFINITY;
  fold.heldFrom = packed.heldFrom ?? Number.NEGATIVE_INFINITY;
  fold.renderedTo = packed.renderedTo ?? Number.NEGATIVE_INFINITY;
  fold.pieces.unpack(packed.pieces);
  fold.intervals.unpack(packed.intervals);
  for (const events of fold.events) events.unpack(packed.events[events.signal]);
  fold.archive.append(packed.archive);
}

export function packMeter(fold: MeterFold): PackedMeter {
  return {
    heldFrom: finite(fold.heldFrom),
    renderedTo: finite(fold.renderedTo),
    coveredTo: finite(fold.coveredTo),
    registers: Object.fromEntries(REGISTER_NAMES.map((name) => [name, fold.registers[name]?.base.accepted ?? null])),
    power: fold.power?.pack(fold.heldFrom) ?? null,
    rows: fold.rows.pack(),
    events: Object.fromEntries(fold.events.map((events) => [events.signal, events.emitted.pack()])),
  };
}

export function unpackMeter(fold: MeterFold, packed: PackedMeter): void {
  for (const name of REGISTER_NAMES) fold.registers[name]?.startFrom(refereeState(packed.registers[name]));
  if (packed.power) fold.power?.unpack(packed.power);
  fold.heldFrom = packed.heldFrom ?? Number.NEGATIVE_INFINITY;
  fold.renderedTo = packed.renderedTo ?? Number.NEGATIVE_INFINITY;
  fold.coveredTo = packed.coveredTo ?? Number.NEGATIVE_INFINITY;
  fold.rows.unpack(packed.rows);
  for (const events of fold.events) events.unpack(packed.events[events.signal]);
}

export function packCondition(fold: ConditionFold): PackedCondition {
  const { heldFrom, renderedTo, series, rows } = fold;
  return { heldFrom: finite(heldFrom), renderedTo: finite(renderedTo), base: stepBase(series), rows: rows.pack() };
}

export function unpackCondition(fold: ConditionFold, packed: PackedCondition): void {
  startStep(fold.series, packed.base);
  fold.heldFrom = packed.heldFrom ?? Number.NEGATIVE_INFINITY;
  fold.renderedTo = packed.renderedTo ?? Number.NEGATIVE_INFINITY;
  fold.rows.unpack(packed.rows);
}

export function packSignal(sink: SignalSink, withSamples: boolean): PackedSignal {
  const { signal, fold, first, newest, samples } = sink;
  return {
    signal,
    fold: fold.key,
    first: finite(first),
    newest: finite(newest),
    from: samples.t[0] ?? null,
    held: withSamples ? packSamples(samples) : null,
  };
}

/** The held samples of a packed signal, oldest first. */
export function* heldSamples({ signal, held }: PackedSignal): Generator<Sample> {
  if (!held) return;
  for (const [i, t] of held.t.entries()) {
    yield {
      t,
      signal,
      value: held.value[i] ?? null,
      quality: QUALITIES[held.quality[i] ?? 0] ?? 'bad',
      received: t + (held.delay[i] ?? 0),
    };
  }
}

const QUALITIES: readonly Quality[] = ['good', 'uncertain', 'bad'];

function packSamples(samples: HeldSamples): PackedSamples {
  return {
    t: [...samples.t],
    value: [...samples.value],
    quality: [...samples.quality],
    delay: samples.received.map((received, i) => received - (samples.t[i] ?? received)),
  };
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
