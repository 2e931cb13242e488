import type { Entry } from '#shared/ledger/entry.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import { type EffectiveEntries, watchEntries } from '../ledger/effective.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LiveStore } from '../live/store.ts';
import type { Counters } from '../metrics/counters.ts';
import { createSliceCache } from './cache.ts';
import { createEnergySlices, type EnergySlice, type EnergySlices } from './energy-slices.ts';
import { STORED_ENERGY } from './energy-stored.ts';
import { createFactReader, type FactReader } from './facts.ts';
import { createWindowJudge, type WindowJudge } from './judged-window.ts';
import { createKpiSlices, type KpiSlices, type SliceFigures, STORED_FIGURES } from './kpi-slices.ts';
import { createRevisionWatch } from './revision-watch.ts';
import { createStoredSlices } from './stored-slices.ts';
import type { SumStore } from './sum-store.ts';
import { ALWAYS, touchedBy } from './touched.ts';

/*
 * Figures of past and present, and when what was worked out before no longer holds: a fact or an entry throws away the
 * slices whose judgement it can touch, and no others; another plant file, or a gap in the messages, throws all away. Facts
 * that no message told of are found by the historian's count of its writes.
 */
export interface KpiService {
  readonly facts: FactReader;
  readonly windows: WindowJudge;
  readonly kpi: KpiSlices;
  readonly energy: EnergySlices;
  readonly entries: EffectiveEntries;
  /** Called when kept slices were thrown away, with the time that changed. */
  onInvalidated(listener: (span: Span) => void): void;
  /** Called when facts of days that are over were written and nobody had told. */
  onRewritten(listener: (span: Span) => void): void;
  /** Looks for facts that were written and not told of; called every few seconds. */
  look(): Promise<void>;
  /** False while an edge writes the past: figures of it are for now only. */
  readonly settled: boolean;
  readonly keptSlices: number;
  reset(): void;
}

export function createKpiService(
  /** The plant in force at `asOf`; the current one without it. */
  plant: (asOf?: Instant) => Plant,
  live: LiveStore,
  historian: HistorianLink,
  ledger: Ledger,
  clock: () => Instant,
  counters: Counters,
  /** Where sums outlive the process; null: they do not. */
  sums: SumStore | null = null,
): KpiService {
  const entries = watchEntries(ledger);
  const facts = createFactReader(historian, live);
  const windows = createWindowJudge(plant, facts, entries);
  const kpiCache = createSliceCache<SliceFigures>(() => watch.settled);
  const energyCache = createSliceCache<EnergySlice>(() => watch.settled);
  const onDisk = sums && { store: sums, plant, historian, live, entries, counters };
  const stored = onDisk && createStoredSlices(STORED_FIGURES, onDisk);
  const storedEnergy = onDisk && createStoredSlices(STORED_ENERGY, onDisk);
  const listeners: ((span: Span) => void)[] = [];
  const rewriteListeners: ((span: Span) => void)[] = [];

  const drop = (owners: readonly string[], from: Instant, to: Instant): void => {
    let gone = 0;
    for (const owner of owners) gone += cacheOf(owner).drop(owner, from, to);
    if (gone === 0) return;
    counters.count('slices_dropped', '', gone);
    for (const listener of listeners) listener({ start: from, end: to });
  };
  const cacheOf = (owner: string) => (owner.startsWith('meter:') ? energyCache : kpiCache);
  const meterOwners = (): string[] => [...plant().meters.keys()].map((id) => `meter:${id}`);
  const machineOwners = (machine: string): string[] => [
    `machine:${machine}`,
    `line:${plant().machines.get(machine)?.line}`,
    ...meterOwners(),
  ];
  const reset = (): void => {
    kpiCache.clear();
    energyCache.clear();
    for (const listener of listeners) listener(ALWAYS);
  };

  live.on((change) => {
    if (change.kind === 'facts') factsChanged(machineOwners(change.machine), change.from, change.to);
    else if (change.kind === 'meterFacts') factsChanged(meterOwners(), change.from, change.to);
    else if (change.kind === 'gap') reset();
  });
  const watch = createRevisionWatch({
    subjects: () => [...plant().machines.keys(), ...plant().meters.keys()],
    historian,
    live,
    clock,
    onFirst: reset,
    onChanged(subjects, { start, end }, isOver) {
      counters.count('rewrites_found', '', subjects.length);
      const owners = subjects.flatMap((id) => (plant().machines.has(id) ? machineOwners(id) : meterOwners()));
      drop([...new Set(owners)], start, end);
      if (isOver) for (const listener of rewriteListeners) listener({ start, end });
    },
  });
  historian.onConnect(() => {
    reset();
    void watch.look();
  });
  ledger.onAppend(dropEntry);

  function factsChanged(owners: readonly string[], from: Instant, to: Instant): void {
    // What memory holds is at hand; what is older is read from the historian, which may be behind the message.
    if (live.heldFrom === null || from < live.heldFrom) {
      for (const owner of owners) cacheOf(owner).unsettle(owner, from, to, clock());
    }
    drop(owners, from, to);
  }

  function dropEntry(entry: Entry): void {
    if (entry.type === 'void') {
      const voided = ledger.entries().find((e) => e.id === entry.entry);
      if (voided && voided.seq < entry.seq) dropEntry(voided);
      return;
    }
    const touched = touchedBy(entry);
    const subject = subjectOf(entry);
    const isOfMachine = subject !== null && plant().machines.has(subject);
    drop(isOfMachine ? machineOwners(subject) : meterOwners(), touched.start, touched.end);
  }

  return {
    facts,
    windows,
    entries,
    kpi: createKpiSlices(plant, windows, kpiCache, clock, counters, stored),
    energy: createEnergySlices(plant, windows, facts, entries, energyCache, clock, counters, storedEnergy),
    onInvalidated: (listener) => void listeners.push(listener),
    onRewritten: (listener) => void rewriteListeners.push(listener),
    look: watch.look,
    get settled() {
      return watch.settled;
    },
    get keptSlices() {
      return kpiCache.size + energyCache.size;
    },
    reset,
  };
}
