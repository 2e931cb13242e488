import type { Quality, Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import { baseOf, type FoldBase, sinksByFold, startFrom } from './base.ts';
import type { PackedEmitted } from './emitted.ts';
import type { PackedFindings } from './findings.ts';
import type { MachineFold } from './machine.ts';
import type { MeterFold } from './meter.ts';
import { finite, type HeldSamples } from './series.ts';
import type { Fold, Folds, SignalSink } from './sinks.ts';
import type { MachineSpan } from './spans.ts';

/*
 * What an aggregator needs to go on after a restart, as plain JSON.
 *
 * - Of each fold: what was in force where its held samples begin, and what it has emitted.
 * - The held samples themselves only where there is no journal to ask (`recall`): a checkpoint is written with every commit.
 * - Infinite instants are null.
 */
export interface Snapshot {
  readonly version: 1;
  readonly now: Instant | null;
  readonly takenTo: Instant | null;
  readonly take: number;
  /** By key. */
  readonly folds: Readonly<Record<string, PackedFold>>;
  readonly signals: readonly PackedSignal[];
  readonly ids: readonly string[];
  readonly findings: PackedFindings;
}

interface PackedFold {
  readonly base: FoldBase;
  readonly renderedTo: Instant | null;
  /** Of a machine. */
  readonly origin: Instant | null;
  /** Of a meter. */
  readonly coveredTo: Instant | null;
  /** By name: pieces, intervals, rows, and the counter events of each signal. */
  readonly emitted: Readonly<Record<string, PackedEmitted>>;
  readonly archive: readonly MachineSpan[];
}

/** One signal into one fold, with the held samples, or null: ask the journal. */
export interface PackedSignal {
  readonly signal: string;
  readonly fold: string;
  readonly first: Instant | null;
  readonly newest: Instant | null;
  readonly held: PackedSamples | null;
}

/** Columns; `delay` is received - t. */
interface PackedSamples {
  readonly t: readonly Instant[];
  readonly value: readonly (number | string | null)[];
  readonly quality: readonly number[];
  readonly delay: readonly number[];
}

export function packFolds(folds: Folds): Record<string, PackedFold> {
  const sinks = sinksByFold(folds);
  return Object.fromEntries(everyFold(folds).map((fold) => [fold.key, packFold(fold, sinks.get(fold.key) ?? [])]));
}

/** Into folds that have taken no sample yet. */
export function unpackFolds(folds: Folds, packed: Readonly<Record<string, PackedFold>>): void {
  const sinks = sinksByFold(folds);
  for (const fold of everyFold(folds)) {
    const was = packed[fold.key];
    if (was) unpackFold(fold, was, sinks.get(fold.key) ?? []);
  }
}

export function everyFold(folds: Folds): Fold[] {
  return [...folds.machines.values(), ...folds.meters.values(), ...folds.conditions.values()];
}

function packFold(fold: Fold, sinks: readonly SignalSink[]): PackedFold {
  return {
    base: baseOf(fold, sinks),
    renderedTo: finite(fold.renderedTo),
    origin: 'origin' in fold ? finite(fold.origin) : null,
    coveredTo: 'coveredTo' in fold ? finite(fold.coveredTo) : null,
    emitted: Object.fromEntries(emittedOf(fold).map(([name, emitted]) => [name, emitted.pack()])),
    archive: 'archive' in fold ? fold.archive.pack() : [],
  };
}

function unpackFold(fold: Fold, packed: PackedFold, sinks: readonly SignalSink[]): void {
  startFrom(fold, packed.base, sinks);
  fold.renderedTo = packed.renderedTo ?? Number.NEGATIVE_INFINITY;
  if ('origin' in fold) fold.origin = packed.origin ?? Number.POSITIVE_INFINITY;
  if ('coveredTo' in fold) fold.coveredTo = packed.coveredTo ?? Number.NEGATIVE_INFINITY;
  if ('archive' in fold) fold.archive.append(packed.archive);
  for (const [name, emitted] of emittedOf(fold)) {
    const was = packed.emitted[name];
    if (was) emitted.unpack(was);
  }
}

interface Packable {
  pack(): PackedEmitted;
  unpack(packed: PackedEmitted): void;
}

function emittedOf(fold: Fold): [string, Packable][] {
  const own: [string, Packable][] =
    'pieces' in fold
      ? [
          ['pieces', fold.pieces],
          ['intervals', fold.intervals],
        ]
      : [['rows', fold.rows]];
  const events = 'events' in fold ? eventsOf(fold) : [];
  return [...own, ...events];
}

function eventsOf(fold: MachineFold | MeterFold): [string, Packable][] {
  return fold.events.map((events) => [events.signal, events]);
}

export function packSignal(sink: SignalSink, withSamples: boolean): PackedSignal {
  const { signal, fold, first, newest, samples } = sink;
  const held = withSamples ? packSamples(samples) : null;
  return { signal, fold: fold.key, first: finite(first), newest: finite(newest), held };
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
