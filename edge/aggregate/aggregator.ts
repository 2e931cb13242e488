import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, minuteOf } from '#shared/time/instant.ts';
import type { Aggregator, AggregatorOptions } from './contract.ts';
import { Findings } from './findings.ts';
import { SampleIds } from './sample-ids.ts';
import { buildFolds, type Folds, type SignalSink } from './sinks.ts';

const HOT_SECONDS = 20 * 60;
/** What is undecided (a pending counter step, a meter not read yet) is held for so long at most. */
const HELD_MOST_MS = 35 * 24 * 3_600_000;

/** A fresh aggregator: nothing is known yet. */
export function createAggregator(plant: Plant, options: AggregatorOptions = {}): Aggregator {
  return new StreamingAggregator(plant, options);
}

class StreamingAggregator implements Aggregator {
  readonly #folds: Folds;
  readonly #reports = new Findings();
  readonly #ids: SampleIds;
  readonly #hotMs: number;
  readonly #from: Instant;
  #now: Instant = Number.NEGATIVE_INFINITY;
  #take = 1;

  constructor(plant: Plant, options: AggregatorOptions) {
    const cuts = [...new Set(options.cuts ?? [])].sort((a, b) => a - b);
    this.#folds = buildFolds(plant, cuts, this.#reports);
    this.#hotMs = (options.hotSeconds ?? HOT_SECONDS) * 1000;
    this.#from = options.from ?? Number.NEGATIVE_INFINITY;
    this.#ids = new SampleIds(this.#hotMs);
  }

  ingest(sample: Sample): void {
    const { t, signal } = sample;
    if (!Number.isFinite(t)) {
      this.#reports.report('badTime', signal, 0, `${signal}: a sample has no usable time and is not used.`);
      return;
    }
    if (sample.id !== undefined && !this.#ids.isNew(sample.id)) {
      this.#reports.count('repeated');
      return;
    }
    const sinks = this.#folds.sinks.get(signal);
    if (!sinks) {
      const what = `${signal} is not a signal of the plant file; its samples are not used. Add it there, or stop sending it.`;
      this.#reports.report('unknownSignal', signal, t, what);
      return;
    }
    if (sample.quality === 'uncertain') {
      const what = `${signal} is marked uncertain by its source; its values are used, and what rests on them is provisional.`;
      this.#reports.report('uncertain', signal, t, what);
    }
    for (const sink of sinks) this.#put(sink, sample);
  }

  #put(sink: SignalSink, sample: Sample): void {
    if (sample.t >= sink.fold.heldFrom) sink.put(sample);
    else if (!this.#carryIn(sink, sample)) {
      const what = `${sink.signal}: a sample came so late that its minute is kept no more; it is stored and changes no fact.`;
      this.#reports.report('tooLate', sink.signal, sample.t, what);
      return;
    }
    if (sample.t > sink.newest) sink.newest = sample.t;
  }

  /**
   * The newest sample of a value that holds is what holds now, however old it is: a server reports on connecting that the
   * state has been the same for hours. It holds from the first minute that can still be changed.
   */
  #carryIn(sink: SignalSink, sample: Sample): boolean {
    const isNewest = sink.holds ? sample.t > sink.newest : sink.newest === Number.NEGATIVE_INFINITY;
    if (isNewest) sink.put({ ...sample, t: sink.fold.heldFrom });
    return isNewest;
  }

  advance(to: Instant): void {
    if (!(to > this.#now)) return;
    this.#now = to;
    for (const machine of this.#folds.machines.values()) machine.advance(to);
  }

  takeChanges() {
    const batch = emptyBatch();
    if (!Number.isFinite(this.#now)) return batch;
    this.#take += 1;
    const closedTo = minuteOf(this.#now);
    for (const machine of this.#folds.machines.values()) {
      const meters = this.#folds.metersOf.get(machine) ?? [];
      machine.emit(this.#now, this.#from, this.#take, batch, (minute) => {
        for (const meter of meters) meter.markMinute(minute);
      });
    }
    for (const meter of this.#folds.meters.values()) meter.emit(closedTo, this.#from, this.#take, batch);
    for (const condition of this.#folds.conditions) condition.emit(closedTo, this.#from, this.#take, batch.conditions);
    this.#forget();
    return batch;
  }

  #forget(): void {
    const hotFrom = minuteOf(this.#now - this.#hotMs);
    const oldest = minuteOf(this.#now - HELD_MOST_MS);
    for (const meter of this.#folds.meters.values()) meter.forget(meter.neededFrom(hotFrom, oldest));
    for (const machine of this.#folds.machines.values()) {
      const held = machine.neededFrom(hotFrom, oldest);
      const meters = this.#folds.metersOf.get(machine) ?? [];
      machine.forget(held, Math.min(held, ...meters.map((meter) => meter.heldFrom)));
    }
    for (const condition of this.#folds.conditions) condition.forget(hotFrom);
    this.#ids.forget(hotFrom);
  }

  openFacts(id: string) {
    const machine = this.#folds.machines.get(id);
    if (!machine || machine.origin >= this.#now) return { intervals: [], pieces: [] };
    const closedTo = Math.max(minuteOf(this.#now), machine.origin);
    const pieces = closedTo < this.#now ? machine.render(closedTo, this.#now, 0) : [];
    return { intervals: machine.intervalsSince(closedTo, this.#now, 0), pieces };
  }

  openMeterFacts(id: string) {
    const closedTo = minuteOf(this.#now);
    return closedTo < this.#now ? (this.#folds.meters.get(id)?.render(closedTo, this.#now, 0) ?? []) : [];
  }

  snapshot(): unknown {
    return {};
  }

  get findings() {
    return this.#reports.list();
  }

  get counters() {
    return this.#reports.counters;
  }
}

/** Continues from a snapshot. Not yet. */
export function restoreAggregator(plant: Plant, _snapshot: unknown, options: AggregatorOptions = {}): Aggregator {
  return createAggregator(plant, options);
}
