import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { isClockOffset, type Sample } from '#shared/signal/sample.ts';
import { type Instant, minuteOf } from '#shared/time/instant.ts';
import { baseOf, sinksByFold } from './base.ts';
import { BaseLog } from './base-log.ts';
import type { Aggregator, AggregatorFinding, AggregatorOptions } from './contract.ts';
import type { BatchDraft } from './draft.ts';
import { Findings } from './findings.ts';
import type { MachineFold } from './machine.ts';
import { adoptFolds, clusterOf, rebuild } from './recover.ts';
import { SampleIds } from './sample-ids.ts';
import { finite } from './series.ts';
import { buildFolds, type Folds, type SignalSink } from './sinks.ts';
import {
  everyFold,
  heldSamples,
  type PackedSignal,
  packFolds,
  packSignal,
  type Snapshot,
  unpackFolds,
} from './snapshot.ts';

const HOT_SECONDS = 20 * 60;
/** Forgetting moves whole columns, so it is done so many times in the length of the hot window. */
const FORGETS = 4;
/** A base is kept for late samples each three hot windows: an hour, by default. */
const BASE_EVERY_HOT = 3;
/** A pending counter step holds its machine's samples for so long at most; the journal is asked if it is decided later. */
const UNDECIDED_MOST_MS = 2 * 3_600_000;
/** A meter that has yet to be read holds what its machines did for so long at most. */
const UNREAD_MOST_MS = 35 * 24 * 3_600_000;

/** A fresh aggregator: nothing is known yet. */
export function createAggregator(plant: Plant, options: AggregatorOptions = {}): Aggregator {
  return new StreamingAggregator(plant, options);
}

/**
 * Goes on where the aggregator stood that made `snapshot`. With `recall` the held samples are asked back from the journal,
 * which may give more than the snapshot knew: those count as new. Machines, meters and signals that the plant no longer has
 * are left out; new ones begin afresh. Throws an Error with a sentence where the snapshot is not one of this version.
 */
export function restoreAggregator(plant: Plant, snapshot: unknown, options: AggregatorOptions = {}): Aggregator {
  if (!isSnapshot(snapshot)) {
    throw new Error('this is not a snapshot of the aggregator, or one of another version; begin without it');
  }
  const aggregator = new StreamingAggregator(plant, options);
  aggregator.restore(snapshot);
  return aggregator;
}

function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'signals' in value;
}

class StreamingAggregator implements Aggregator {
  readonly #plant: Plant;
  readonly #cuts: readonly Instant[];
  readonly #folds: Folds;
  readonly #reports = new Findings();
  readonly #ids: SampleIds;
  readonly #hotMs: number;
  readonly #from: Instant;
  readonly #recall: AggregatorOptions['recall'];
  readonly #heldSince: () => Instant | null;
  /** Samples from before the hot window, until the next take asks the journal. */
  readonly #bases: BaseLog;
  #late: LateSample[] = [];
  #arrivals = 0;
  #now: Instant = Number.NEGATIVE_INFINITY;
  /** How far time had come at the last take. */
  #takenTo: Instant = Number.NEGATIVE_INFINITY;
  #take: number;
  #forgotAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(plant: Plant, options: AggregatorOptions) {
    this.#plant = plant;
    this.#cuts = [...new Set(options.cuts ?? [])].sort((a, b) => a - b);
    this.#folds = buildFolds(plant, this.#cuts, this.#reports);
    this.#hotMs = (options.hotSeconds ?? HOT_SECONDS) * 1000;
    this.#from = options.from ?? Number.NEGATIVE_INFINITY;
    this.#recall = options.recall;
    // The next take is one higher.
    this.#take = Math.max(1, (options.firstRevision ?? 2) - 1);
    this.#heldSince = options.recallSince ?? (() => null);
    this.#ids = new SampleIds(this.#hotMs);
    this.#bases = new BaseLog(BASE_EVERY_HOT * this.#hotMs);
  }

  ingest(sample: Sample): void {
    const { t, signal } = sample;
    const sinks = this.#folds.sinks.get(signal);
    if (!sinks) {
      if (isClockOffset(signal)) return;
      const what = `${signal} is not a signal of the plant file; its samples are not used. Add it there, or stop sending it.`;
      this.#reports.report('unknownSignal', signal, Number.isFinite(t) ? t : 0, what);
      return;
    }
    if (!Number.isFinite(t) || !Number.isFinite(sample.received)) {
      this.#reports.report('badTime', signal, 0, `${signal}: a sample without a usable time is not used.`);
      return;
    }
    if (sample.id !== undefined && !this.#ids.isNew(sample.id)) {
      this.#reports.count('repeated');
      return;
    }
    if (sample.quality === 'uncertain') {
      const what = `${signal} is marked uncertain by its source; its values are used, and what rests on them is provisional.`;
      this.#reports.report('uncertain', signal, t, what);
    }
    this.#arrivals += 1;
    for (const sink of sinks) {
      if (t > sink.newest && t - sink.marginMs >= sink.fold.heldFrom) put(sink, sample);
      else if (reachOf(sink, t) >= sink.fold.heldFrom) put(sink, sample);
      else if (this.#recall) this.#late.push({ sink, sample, arrival: this.#arrivals });
      else this.#tooLate(sink, sample);
    }
  }

  /**
   * The newest sample of a value that holds is what holds now, however old it is: a server reports on connecting that the
   * state has been the same for hours. It holds from the first minute that can still be changed. The newest reading of what
   * grows counts too, where only what it says about an older one comes too late. Any other changes nothing.
   */
  #tooLate(sink: SignalSink, sample: Sample): void {
    const isNewest = sample.t > sink.newest && (sink.holds || sample.t >= sink.fold.heldFrom);
    if (isNewest || sink.newest === Number.NEGATIVE_INFINITY) {
      sink.put({ ...sample, t: Math.max(sample.t, sink.fold.heldFrom) });
      sink.newest = sample.t;
      return;
    }
    const what = `${sink.signal}: a sample came so late that its minute is kept no more; it is stored and changes no fact. Check the clock and the buffer of its source.`;
    this.#reports.report('tooLate', sink.signal, sample.t, what);
  }

  /** Builds again what late samples concern, as far as the journal reaches. */
  #recover(): void {
    while (this.#late.length > 0) {
      const cluster = clusterOf(this.#folds, this.#late[0]?.sink.fold);
      const mine = this.#late.filter(({ sink }) => cluster.has(sink.fold.key));
      this.#late = this.#late.filter(({ sink }) => !cluster.has(sink.fold.key));
      const samples = new Map(mine.map(({ arrival, sample }) => [arrival, sample]));
      this.#rebuildUntilReached(cluster, mine, [...samples.values()]);
      for (const sample of samples.values()) {
        // A signal that goes two ways may have been in time for one of them, which was built again without it.
        for (const sink of this.#folds.sinks.get(sample.signal) ?? []) {
          if (!cluster.has(sink.fold.key)) continue;
          if (reachOf(sink, sample.t) >= sink.fold.heldFrom) put(sink, sample);
          else this.#tooLate(sink, sample);
        }
      }
    }
    for (const machine of this.#folds.machines.values()) machine.advance(this.#now);
  }

  /** A reading far from its neighbours reaches further back than itself, which shows only when those are there. */
  #rebuildUntilReached(cluster: ReadonlySet<string>, mine: readonly LateSample[], late: readonly Sample[]): void {
    for (let tries = 0; tries < 4; tries += 1) {
      const reach = Math.min(...mine.map(({ sink, sample }) => reachOf(this.#sinkNow(sink), sample.t)));
      const heldFrom = Math.max(...mine.map(({ sink }) => this.#sinkNow(sink).fold.heldFrom));
      if (reach >= heldFrom || !this.#recall) return;
      const folds = rebuild(this.#folds, cluster, minuteOf(reach), late, {
        plant: this.#plant,
        cuts: this.#cuts,
        recall: this.#recall,
        bases: this.#bases,
        heldSince: this.#heldSince() ?? Number.NEGATIVE_INFINITY,
        takenTo: this.#takenTo,
        from: this.#from,
        take: this.#take,
      });
      if (!folds) return;
      adoptFolds(this.#folds, folds);
      for (const fold of everyFold(folds)) this.#bases.dropAfter(fold.key, fold.heldFrom);
      this.#reports.count('rebuilt');
    }
  }

  #sinkNow(sink: SignalSink): SignalSink {
    return this.#folds.sinks.get(sink.signal)?.find((s) => s.fold.key === sink.fold.key) ?? sink;
  }

  advance(to: Instant): void {
    if (!(to > this.#now)) return;
    this.#now = to;
    for (const machine of this.#folds.machines.values()) machine.advance(to);
  }

  takeChanges(): FactBatch {
    const batch = emptyBatch();
    if (!Number.isFinite(this.#now)) return batch;
    this.#take += 1;
    if (this.#late.length > 0) this.#recover();
    this.#emit(batch);
    this.#takenTo = this.#now;
    this.#forget();
    return batch;
  }

  #emit(batch: BatchDraft): void {
    const { machines, meters, conditions, metersOf } = this.#folds;
    const closedTo = minuteOf(this.#now);
    for (const machine of machines.values()) {
      const fedBy = metersOf.get(machine.id) ?? [];
      machine.emit(this.#now, this.#from, this.#take, batch, (minute) => {
        for (const meter of fedBy) meter.markMinute(minute);
      });
      if (machine.negativeAt !== null) this.#reportNegative(machine);
    }
    for (const meter of meters.values()) meter.emit(closedTo, this.#from, this.#take, batch);
    for (const condition of conditions.values()) condition.emit(closedTo, this.#from, this.#take, batch.conditions);
  }

  #reportNegative(machine: MachineFold): void {
    const what = `${machine.id}: its counters say that more pieces were good, or rejected, than were made; what is derived from them is below zero. Check which counter counts what.`;
    this.#reports.report('negativeCount', machine.id, machine.negativeAt ?? 0, what);
    machine.negativeAt = null;
  }

  #forget(): void {
    if (this.#now < this.#forgotAt + this.#hotMs / FORGETS) return;
    this.#forgotAt = this.#now;
    const { machines, meters, conditions, metersOf } = this.#folds;
    const hotFrom = minuteOf(this.#now - this.#hotMs);
    const undecided = minuteOf(this.#now - Math.max(this.#hotMs, UNDECIDED_MOST_MS));
    const unread = minuteOf(this.#now - UNREAD_MOST_MS);
    const needed = new Map([...machines.values()].map((m) => [m, m.neededFrom(hotFrom, undecided)]));
    for (const meter of meters.values()) {
      // A machine's pieces that may still change cut the meter's.
      const cutting = meter.fed.map((machine) => needed.get(machine) ?? hotFrom);
      meter.forget(Math.min(meter.neededFrom(hotFrom, unread), ...cutting));
    }
    for (const [machine, held] of needed) {
      const fedBy = metersOf.get(machine.id) ?? [];
      machine.forget(held, Math.min(held, ...fedBy.map((meter) => meter.heldFrom)));
    }
    for (const condition of conditions.values()) condition.forget(hotFrom);
    this.#ids.forget(hotFrom);
    if (this.#recall && this.#bases.isDue(this.#now)) this.#keepBases();
  }

  #keepBases(): void {
    const sinks = sinksByFold(this.#folds);
    for (const fold of everyFold(this.#folds)) this.#bases.add(fold.key, baseOf(fold, sinks.get(fold.key) ?? []));
  }

  openFacts(id: string) {
    const machine = this.#folds.machines.get(id);
    if (!machine || machine.origin >= this.#now) return { intervals: [], pieces: [] };
    const closedTo = minuteOf(this.#now);
    const start = Math.max(closedTo, machine.origin);
    const pieces = start < this.#now ? machine.render(start, this.#now, 0) : [];
    return { intervals: machine.intervalsSince(closedTo, this.#now, 0), pieces };
  }

  openMeterFacts(id: string) {
    const closedTo = minuteOf(this.#now);
    return closedTo < this.#now ? (this.#folds.meters.get(id)?.render(closedTo, this.#now, 0) ?? []) : [];
  }

  snapshot(): Snapshot {
    const withSamples = !this.#recall;
    return {
      version: 1,
      now: finite(this.#now),
      takenTo: finite(this.#takenTo),
      take: this.#take,
      folds: packFolds(this.#folds),
      signals: [...this.#folds.sinks.values()].flat().map((sink) => packSignal(sink, withSamples)),
      ids: withSamples ? this.#ids.pack() : [],
      findings: this.#reports.pack(),
    };
  }

  restore(snapshot: Snapshot): void {
    unpackFolds(this.#folds, snapshot.folds);
    this.#reports.unpack(snapshot.findings);
    this.#ids.unpack(snapshot.ids);
    this.#take = Math.max(snapshot.take, this.#take);
    this.#takenTo = snapshot.takenTo ?? Number.NEGATIVE_INFINITY;
    for (const [key, { base }] of Object.entries(snapshot.folds)) this.#bases.add(key, base);
    this.#restoreSamples(snapshot);
    if (snapshot.now !== null) this.advance(snapshot.now);
  }

  #restoreSamples({ signals, folds }: Snapshot): void {
    const sinceOf = ({ signal, fold }: PackedSignal) => folds[fold]?.base.since[signal] ?? -Number.MAX_SAFE_INTEGER;
    const asked = signals.filter((packed) => packed.held === null && this.#folds.sinks.has(packed.signal));
    const from = Math.min(...asked.map(sinceOf));
    const names = [...new Set(asked.map((packed) => packed.signal))];
    const recalled = (names.length > 0 && this.#recall?.(names, from, Number.MAX_SAFE_INTEGER)) || [];
    const bySignal = Map.groupBy(recalled, (sample) => sample.signal);
    for (const packed of signals) {
      const sink = this.#folds.sinks.get(packed.signal)?.find((s) => s.fold.key === packed.fold);
      if (!sink) continue;
      sink.first = packed.first ?? Number.POSITIVE_INFINITY;
      sink.newest = packed.newest ?? Number.NEGATIVE_INFINITY;
      const since = sinceOf(packed);
      for (const sample of packed.held ? heldSamples(packed) : (bySignal.get(packed.signal) ?? [])) {
        if (sample.id !== undefined) this.#ids.isNew(sample.id);
        if (sample.t >= since) put(sink, sample);
      }
    }
  }

  get findings(): readonly AggregatorFinding[] {
    return this.#reports.list();
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#reports.counters;
  }
}

interface LateSample {
  readonly sink: SignalSink;
  readonly sample: Sample;
  /** Tells one arrival from another, even of the same sample. */
  readonly arrival: number;
}

/** Earliest instant that the sample may change; at least its own. */
function reachOf(sink: SignalSink, t: Instant): Instant {
  return Math.min(t, sink.reach(t, t > sink.newest));
}

function put(sink: SignalSink, sample: Sample): void {
  sink.put(sample);
  if (sample.t > sink.newest) sink.newest = sample.t;
  if (sample.t < sink.first) sink.first = sample.t;
}
