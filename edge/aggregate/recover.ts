import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, minuteOf } from '#shared/time/instant.ts';
import { type FoldBase, sinksByFold, startFrom } from './base.ts';
import type { BaseLog } from './base-log.ts';
import { Findings } from './findings.ts';
import { MachineFold } from './machine.ts';
import { MeterFold } from './meter.ts';
import { BAD } from './series.ts';
import { buildFolds, type Fold, type Folds, type SignalSink } from './sinks.ts';
import { everyFold } from './snapshot.ts';
import { stateSignalsOf } from './state-feed.ts';

/*
 * A late sample from before the hot window: the folds it concerns are built again from the journal, as they were, and the
 * sample then goes in like any other.
 *
 * - Machines and the meters that feed them are built again together: a meter's minutes are cut along its machines' pieces.
 * - Built again means equal to what was emitted. So it begins with what was in force at an earlier time (base-log.ts), or,
 *   after a restart, looks back until the start of the stop in force is seen and the referee has had readings to settle on.
 *   Where the journal does not reach that far, nothing is recovered.
 * - From the start of the hot window on, what counts as emitted is what really was.
 */
export interface Recall {
  readonly plant: Plant;
  readonly cuts: readonly Instant[];
  readonly recall: (signals: readonly string[], from: Instant, to: Instant) => readonly Sample[];
  readonly bases: BaseLog;
  /** Samples before it are not in the journal any more. */
  readonly heldSince: Instant;
  /** Facts were last taken then. */
  readonly takenTo: Instant;
  /** Nothing before it was ever emitted. */
  readonly from: Instant;
  readonly take: number;
}

const HOUR = 3_600_000;
/** Without a base of an earlier time. Signals that say much settle in the first hour. */
const LOOK_BACK_MS = [HOUR, 8 * HOUR, 64 * HOUR, 336 * HOUR];
/** Later than any sample. */
const EVER = Number.MAX_SAFE_INTEGER;

/** The keys of a fold and of all that must be built again with it. */
export function clusterOf(folds: Folds, fold: Fold | undefined): Set<string> {
  const keys = new Set<string>();
  const waiting: Fold[] = fold ? [fold] : [];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (keys.has(next.key)) continue;
    keys.add(next.key);
    if (next instanceof MachineFold) waiting.push(...(folds.metersOf.get(next.id) ?? []));
    if (next instanceof MeterFold) waiting.push(...next.fed);
  }
  return keys;
}

/**
 * Builds the folds of `cluster` again so that minutes from `lateFrom` on can change; without the `late` samples.
 * Null where the journal does not reach far enough.
 */
export function rebuild(
  old: Folds,
  cluster: ReadonlySet<string>,
  lateFrom: Instant,
  late: readonly Sample[],
  how: Recall,
): Folds | null {
  const sinks = [...old.sinks.values()].flat().filter((sink) => cluster.has(sink.fold.key));
  const from = Math.min(lateFrom, ...sinks.map((sink) => sink.fold.heldFrom));
  const folds = fromBases(cluster, sinks, from, late, how) ?? fromNothing(cluster, sinks, from, late, how);
  if (folds) continueFrom(folds, old, from, how);
  return folds;
}

/** From what was in force at an earlier time. */
function fromBases(
  cluster: ReadonlySet<string>,
  sinks: readonly SignalSink[],
  from: Instant,
  late: readonly Sample[],
  how: Recall,
): Folds | null {
  const bases = new Map<string, FoldBase>();
  for (const key of cluster) {
    const base = how.bases.before(key, from);
    if (!base) return null;
    bases.set(key, base);
  }
  const since = Math.min(...[...bases.values()].flatMap((base) => Object.values(base.since).map((t) => t ?? -EVER)));
  if (isPruned(sinks, since, how)) return null;
  const folds = buildFolds(how.plant, how.cuts, new Findings(), (key) => cluster.has(key));
  const fresh = sinksByFold(folds);
  for (const fold of everyFold(folds)) {
    const base = bases.get(fold.key);
    if (base) startFrom(fold, base, fresh.get(fold.key) ?? []);
  }
  for (const sample of without(how.recall(namesOf(sinks), since, EVER), late)) {
    for (const sink of folds.sinks.get(sample.signal) ?? []) {
      if (sample.t >= (bases.get(sink.fold.key)?.since[sample.signal] ?? -EVER)) sink.put(sample);
    }
  }
  for (const machine of folds.machines.values()) machine.advance(how.takenTo);
  return folds;
}

/** From samples alone, of each signal as far back as it takes until what came before no longer matters. */
function fromNothing(
  cluster: ReadonlySet<string>,
  sinks: readonly SignalSink[],
  from: Instant,
  late: readonly Sample[],
  how: Recall,
): Folds | null {
  if (isPruned(sinks, from, how)) return null;
  const looks = new Map(namesOf(sinks).map((signal) => [signal, 0]));
  const sinceOf = (signal: string) => from - (LOOK_BACK_MS[looks.get(signal) ?? 0] ?? 0);
  for (;;) {
    const folds = buildFolds(how.plant, how.cuts, new Findings(), (key) => cluster.has(key));
    for (const signal of looks.keys()) {
      const samples = without(how.recall([signal], sinceOf(signal), EVER), late);
      if (isDropped(sinks, signal, from, samples, how)) return null;
      for (const sample of samples) {
        for (const sink of folds.sinks.get(signal) ?? []) sink.put(sample);
      }
    }
    for (const machine of folds.machines.values()) machine.advance(how.takenTo);
    const begins = new Set(sinks.filter(({ signal, first }) => first >= sinceOf(signal)).map(({ signal }) => signal));
    const open = unsettled(folds, from).filter((signal) => looks.has(signal) && !begins.has(signal));
    if (open.length === 0) return folds;
    for (const signal of open) {
      const look = (looks.get(signal) ?? 0) + 1;
      if (look >= LOOK_BACK_MS.length) return null;
      looks.set(signal, look);
    }
  }
}

function namesOf(sinks: readonly SignalSink[]): string[] {
  return [...new Set(sinks.map((sink) => sink.signal))];
}

/** Whether the journal has dropped samples from after `since` that were ingested once. */
function isPruned(sinks: readonly SignalSink[], since: Instant, { heldSince }: Recall): boolean {
  return heldSince > since && sinks.some((sink) => sink.first < heldSince);
}

/** Whether the value that was in force at `from` is not in the journal any more: a product of three weeks ago. */
function isDropped(
  sinks: readonly SignalSink[],
  signal: string,
  from: Instant,
  samples: readonly Sample[],
  { heldSince }: Recall,
): boolean {
  const wasThere = sinks.some((sink) => sink.signal === signal && sink.holds && sink.first < heldSince);
  return wasThere && !samples.some(({ t }) => t >= heldSince && t <= from);
}

/** The samples without one copy of each late one: a late repeat of what was there already takes nothing away. */
function without(samples: readonly Sample[], late: readonly Sample[]): Sample[] {
  const copies = new Map<string, number>();
  for (const sample of late) copies.set(identityOf(sample), (copies.get(identityOf(sample)) ?? 0) + 1);
  const kept: Sample[] = [];
  for (const sample of samples.toReversed()) {
    const left = copies.get(identityOf(sample)) ?? 0;
    if (left > 0) copies.set(identityOf(sample), left - 1);
    else kept.push(sample);
  }
  return kept.reverse();
}

/** Two samples that agree in all of this are one and the same. */
function identityOf({ signal, t, value, quality, received }: Sample): string {
  return `${signal} ${t} ${received} ${quality} ${typeof value} ${value}`;
}

/** Signals of which more has to be seen: what the folds know at `from` still depends on where their samples begin. */
function unsettled(folds: Folds, from: Instant): string[] {
  const signals = new Set<string>();
  for (const machine of folds.machines.values()) {
    if (!machine.stretches.stopIsSeen(from))
      for (const signal of stateSignalsOf(machine.id, machine.state, machine.counters)) signals.add(signal);
  }
  for (const sink of [...folds.sinks.values()].flat()) {
    if (!sink.holds && readingsBefore(sink, from) < READINGS_TO_SETTLE) signals.add(sink.signal);
  }
  return [...signals];
}

/** The referee needs three, the median of power gaps ten. */
const READINGS_TO_SETTLE = 12;

function readingsBefore({ samples }: SignalSink, t: Instant): number {
  let count = 0;
  for (let i = 0; i < samples.t.length && (samples.t[i] as number) < t; i += 1) {
    if (samples.quality[i] !== BAD) count += 1;
  }
  return count;
}

/**
 * Puts the new folds where the old ones are: same origin, same emitted facts, forgetting what lies before `from`. From there on
 * every minute is rendered again, because the old ones may have changed since the last take.
 */
function continueFrom(folds: Folds, old: Folds, from: Instant, { takenTo, take, from: never }: Recall): void {
  const unsent = emptyBatch();
  const start = Math.max(from, never);
  const closedTo = minuteOf(takenTo);
  for (const machine of folds.machines.values()) {
    const before = old.machines.get(machine.id);
    if (!before) continue;
    machine.origin = before.origin;
    machine.renderedTo = Number.NEGATIVE_INFINITY;
    machine.emit(takenTo, start, take, unsent, () => {});
    machine.pieces.adopt(before.pieces, before.heldFrom);
    machine.adoptIntervals(before);
    adoptEvents(machine, before, before.heldFrom);
  }
  for (const meter of folds.meters.values()) {
    const before = old.meters.get(meter.id);
    if (!before) continue;
    meter.emit(closedTo, start, take, unsent);
    meter.rows.adopt(before.rows, before.heldFrom);
    adoptEvents(meter, before, before.heldFrom);
    meter.forget(from);
    meter.renderedTo = from;
  }
  for (const [id, condition] of folds.conditions) {
    const before = old.conditions.get(id);
    condition.emit(closedTo, start, take, unsent.conditions);
    if (before) condition.rows.adopt(before.rows, before.heldFrom);
    condition.forget(from);
    condition.renderedTo = from;
  }
  for (const machine of folds.machines.values()) {
    machine.forget(from, from);
    machine.renderedTo = from;
  }
}

function adoptEvents(now: Pick<MachineFold, 'events'>, before: Pick<MachineFold, 'events'>, heldFrom: Instant): void {
  for (const events of now.events) {
    const was = before.events.find((e) => e.signal === events.signal);
    if (was) events.adopt(was, heldFrom);
  }
}

/** Folds in the place of the old ones with the same keys. */
export function adoptFolds(into: Folds, from: Folds): void {
  for (const [id, fold] of from.machines) into.machines.set(id, fold);
  for (const [id, fold] of from.meters) into.meters.set(id, fold);
  for (const [id, fold] of from.conditions) into.conditions.set(id, fold);
  for (const [id, meters] of from.metersOf) into.metersOf.set(id, meters);
  for (const [signal, sinks] of from.sinks) {
    const merged = (into.sinks.get(signal) ?? []).map((old) => {
      const fresh = sinks.find((sink) => sink.fold.key === old.fold.key);
      if (!fresh) return old;
      fresh.first = old.first;
      fresh.newest = old.newest;
      return fresh;
    });
    into.sinks.set(signal, merged);
  }
}
