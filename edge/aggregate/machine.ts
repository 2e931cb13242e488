import type { MachinePiece, StateInterval } from '#shared/oee/facts.ts';
import type { CounterConfig, Machine, Plant } from '#shared/plant/model.ts';
import { ORDER_EVENT_MS } from '#shared/signal/referee.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState } from '#shared/state/state.ts';
import { type Instant, MINUTE, minuteEndingAt, minuteOf } from '#shared/time/instant.ts';
import { CounterEvents } from './counter-events.ts';
import { CounterSeries } from './counter-series.ts';
import { DerivedWatch } from './derived-watch.ts';
import type { BatchDraft } from './draft.ts';
import { Emitted } from './emitted.ts';
import { intervalsOf, voidInterval } from './intervals.ts';
import { type MachineCounters, pieceKey, piecesOf, voidPiece } from './pieces.ts';
import { qualityCode } from './series.ts';
import type { NumberSample } from './sinks.ts';
import { SpanArchive } from './span-archive.ts';
import { cutSpans, type MachineSpan, unknownSpans } from './spans.ts';
import { type StateFeed, stateFeedOf, stepsOf } from './state-feed.ts';
import { type ChangedSpan, StepSeries } from './step-series.ts';
import { Stretches } from './stretches.ts';

export type CounterName = 'total' | 'good' | 'reject' | 'cycles';

/**
 * One machine: its timelines, and its pieces and intervals rendered from them.
 *
 * - Every sample goes into its timeline; what it changes is noted as dirty minutes; `emit` renders those anew and sends
 *   what differs. In order, a sample touches only the open minute, which nobody has rendered yet.
 * - Samples are held from `heldFrom` on; a minute before it cannot be rendered and never changes again.
 */
export class MachineFold {
  readonly id: string;
  readonly key: string;
  readonly config: Machine;
  readonly product: StepSeries<string> | null;
  readonly order: StepSeries<string> | null;
  readonly reason: StepSeries<string | null> | null;
  readonly state: StateFeed;
  readonly counters: MachineCounters;
  readonly stretches: Stretches;
  readonly pieces = new Emitted<MachinePiece>(pieceKey, (minute, key) => voidPiece(this.id, minute, key));
  readonly intervals = new Emitted<StateInterval>(
    () => '',
    (start) => voidInterval(this.id, start),
  );
  readonly events: readonly CounterEvents[];
  readonly archive = new SpanArchive();
  /** Start of the minute of the earliest sample; infinite while there is none. */
  origin: Instant = Number.POSITIVE_INFINITY;
  heldFrom: Instant = Number.NEGATIVE_INFINITY;
  /** Minutes before it have been rendered at least once. */
  renderedTo: Instant = Number.NEGATIVE_INFINITY;
  /** A minute whose derived count is below zero; the aggregator reports it and sets it back to null. */
  negativeAt: Instant | null = null;
  readonly #watch: DerivedWatch;
  readonly #plant: Plant;
  readonly #cuts: readonly Instant[];
  readonly #dirty = new Set<Instant>();
  #recountFrom: Instant = Number.POSITIVE_INFINITY;
  /** Intervals that end before it are as they were sent. */
  #intervalsFrom: Instant = Number.NEGATIVE_INFINITY;

  constructor(plant: Plant, config: Machine, cuts: readonly Instant[]) {
    this.#plant = plant;
    this.id = config.id;
    this.key = `machine:${config.id}`;
    this.config = config;
    this.#cuts = cuts;
    this.product = config.product && new StepSeries('', { keep: true });
    this.order = config.order && new StepSeries('', { keep: true });
    this.reason = config.reason && new StepSeries<string | null>(null, { keep: true });
    this.stretches = new Stretches(config.reason?.hold ?? 'stop');
    this.counters = {
      total: this.#counter(config.total),
      good: this.#counter(config.good),
      reject: this.#counter(config.reject),
      cycles: this.#counter(config.cycles),
    };
    this.#watch = new DerivedWatch(this.counters);
    this.state = stateFeedOf(plant, config, this.counters);
    this.events = COUNTER_NAMES.flatMap((name) => {
      const series = this.counters[name];
      return series ? [new CounterEvents(`${config.id}.${name}`, series)] : [];
    });
  }

  #counter(config: CounterConfig | null): CounterSeries | null {
    if (!config) return null;
    return new CounterSeries(
      config.kind,
      config,
      (_, t) => {
        this.#recountFrom = Math.min(this.#recountFrom, t);
        this.#markCount(t);
      },
      (t) => this.#orderEventNear(t),
    );
  }

  // ---- samples in

  takeState(sample: Sample): void {
    if (this.state.from !== 'signal') return;
    const value = isMachineState(sample.value) ? sample.value : 'unknown';
    const changed = this.state.series.set(sample.t, value, qualityCode(sample.quality), sample.received);
    this.#reach(sample.t);
    if (changed) this.#restate(changed.from);
  }

  takePower(sample: NumberSample): void {
    if (this.state.from !== 'power') return;
    const from = this.state.series.read(sample.t, sample.value, qualityCode(sample.quality), sample.received);
    this.#reach(sample.t);
    if (from !== null) this.#restate(from);
  }

  takeReason(sample: Sample): void {
    const value = sample.value === null || sample.value === '' ? null : String(sample.value);
    this.reason?.set(sample.t, value, qualityCode(sample.quality), sample.received);
    this.#reach(sample.t);
    if (this.reason?.touched) this.#restate(sample.t);
  }

  takeProduct(sample: Sample): void {
    this.#takeOrderEvent(this.product, sample);
  }

  takeOrder(sample: Sample): void {
    this.#takeOrderEvent(this.order, sample);
  }

  takeCount(name: CounterName, sample: NumberSample): void {
    const series = this.counters[name];
    if (!series) return;
    // What the first sample of a delta counter counts was made before it.
    this.#reach(this.config[name]?.kind === 'delta' ? sample.t - 1 : sample.t);
    if (!series.read(sample.t, sample.value, qualityCode(sample.quality), sample.received)) return;
    this.#recount(sample.t);
  }

  #takeOrderEvent(series: StepSeries<string> | null, sample: Sample): void {
    if (!series) return;
    const value = sample.value === null ? '' : String(sample.value);
    const changed = series.set(sample.t, value, qualityCode(sample.quality), sample.received);
    this.#reach(sample.t);
    if (!changed) return;
    this.#markSpan(changed.from, changed.to);
    this.#judgeAgain(changed);
  }

  /** A change of product or order came or went at both ends of the span. */
  #judgeAgain(changed: ChangedSpan): void {
    for (const name of COUNTER_NAMES) {
      this.counters[name]?.orderEventsChanged(changed.from, changed.from);
      if (Number.isFinite(changed.to)) this.counters[name]?.orderEventsChanged(changed.to, changed.to);
    }
    this.#recount(Number.POSITIVE_INFINITY);
  }

  #orderEventNear(t: Instant): boolean {
    const [from, to] = [t - ORDER_EVENT_MS, t + ORDER_EVENT_MS];
    return (this.product?.changesIn(from, to) ?? false) || (this.order?.changesIn(from, to) ?? false);
  }

  #recount(t: Instant): void {
    const from = Math.min(t, this.#recountFrom);
    this.#recountFrom = Number.POSITIVE_INFINITY;
    if (this.state.from !== 'counts' || from === Number.POSITIVE_INFINITY) return;
    const changed = this.state.series.rederive(from);
    if (changed !== null) this.#restate(changed);
  }

  // ---- what changes where

  #restate(from: Instant): void {
    this.stretches.rebuild(from, stepsOf(this.state), this.reason ?? NO_REASONS);
    this.#intervalsFrom = Math.min(this.#intervalsFrom, from);
    this.#markSpan(from, Number.POSITIVE_INFINITY);
  }

  #reach(t: Instant): void {
    const minute = minuteOf(t);
    if (minute >= this.origin) return;
    const before = this.origin;
    this.origin = Math.max(minute, this.heldFrom);
    this.#intervalsFrom = Number.NEGATIVE_INFINITY;
    // The first interval begins with the origin, and its pieces say so.
    const { begin } = this.stretches;
    const first = begin.find((t) => Number.isFinite(t)) ?? Number.POSITIVE_INFINITY;
    this.#markSpan(this.origin, Number.isFinite(before) ? Math.max(before, first) : before);
  }

  #markSpan(from: Instant, to: Instant): void {
    if (from >= this.renderedTo) return;
    const start = Math.max(minuteOf(from), this.origin, this.heldFrom);
    for (let minute = start; minute < Math.min(to, this.renderedTo); minute += MINUTE) this.#dirty.add(minute);
  }

  #markCount(t: Instant): void {
    const minute = minuteEndingAt(t);
    if (minute >= this.renderedTo) return;
    // A step stays pending for longer than anything is held only where a counter fell silent: its row stays as it is.
    if (minute >= Math.max(this.heldFrom, this.origin)) this.#dirty.add(minute);
  }

  // ---- how far back

  /** Earliest instant whose facts a count at `t` may change. */
  reachOfCount(name: CounterName, t: Instant): Instant {
    // A count belongs to the second before it; one that is pending may be judged anew.
    const judged = this.counters[name]?.pendingBefore(t) ?? t;
    if (this.state.from !== 'counts') return judged - 1;
    return Math.min(judged - 1, this.state.series.reach(judged), this.state.series.reach(t));
  }

  reachOfPower(t: Instant): Instant {
    return this.state.from === 'power' ? Math.min(t, this.state.series.undecidedBefore(t) ?? t) : t;
  }

  // ---- time

  /** The last readings hold until `to`. */
  advance(to: Instant): void {
    if (this.state.from !== 'power' && this.state.from !== 'counts') return;
    const from = this.state.series.advance(to);
    if (from !== null) this.#restate(from);
  }

  // ---- facts out

  /** The spans of [from, to), which lies in one minute; unknown before the first sample, and where it was forgotten. */
  spansOf(from: Instant, to: Instant): MachineSpan[] {
    if (from < this.origin) {
      const known = this.origin < to ? this.spansOf(this.origin, to) : [];
      return [...unknownSpans(from, Math.min(to, this.origin), this.#cuts), ...known];
    }
    if (from < this.heldFrom) return this.archive.spans(from, to, this.#cuts);
    return cutSpans(this, from, to, this.#cuts, this.origin);
  }

  render(minute: Instant, to: Instant, revision: number): MachinePiece[] {
    const spans = this.spansOf(minute, Math.min(minute + MINUTE, to));
    return piecesOf(this.id, minute, spans, this.counters, this.#piecesPerCycle, this.#doubtful, revision);
  }

  readonly #piecesPerCycle = (product: string): number => this.#plant.products.get(product)?.activeCavities ?? 1;

  readonly #doubtful = (start: Instant, end: Instant): boolean =>
    this.state.from === 'signal' && this.state.series.uncertainIn(start, end);

  /** Renders closed minutes that are new or dirty; `onSpans` hears of minutes whose pieces changed. */
  emit(to: Instant, from: Instant, take: number, out: BatchDraft, onSpans: (minute: Instant) => void): void {
    const closedTo = minuteOf(to);
    const closedBefore = this.renderedTo;
    const minutes = [...this.#dirty].filter((m) => m >= from);
    this.#dirty.clear();
    const first = Math.max(this.renderedTo, this.origin, from);
    if (Number.isFinite(first)) for (let m = first; m < closedTo; m += MINUTE) minutes.push(m);
    this.renderedTo = Math.max(this.renderedTo, closedTo);
    if (minutes.length > 1) minutes.sort(ascending);
    for (const minute of minutes) {
      const rows = this.render(minute, Number.POSITIVE_INFINITY, 1);
      if (this.pieces.replace(minute, rows, take, out.pieces)) onSpans(minute);
      if (minute >= closedBefore) this.negativeAt = this.#watch.note(minute, rows) ?? this.negativeAt;
    }
    this.#emitIntervals(to, take, out);
    for (const events of this.events) events.emit(closedTo, take, out.counterEvents);
  }

  /** Intervals that began in closed minutes; those that go on at `to` have no end yet. */
  #emitIntervals(to: Instant, take: number, out: BatchDraft): void {
    const closedTo = minuteOf(to);
    // One that ends at the very instant may have gone on until now.
    const changed = this.intervalsSince(this.#intervalsFrom - 1, to, 1);
    const first = changed[0]?.start ?? Number.NEGATIVE_INFINITY;
    const now = new Set<Instant>();
    for (const interval of changed) {
      if (interval.start >= closedTo) break;
      now.add(interval.start);
      this.intervals.replace(interval.start, [interval], take, out.intervals);
    }
    for (const start of this.intervals.groups()) {
      if (start >= first && !now.has(start)) this.intervals.replace(start, [], take, out.intervals);
    }
    this.#intervalsFrom = closedTo;
  }

  /** Takes over which intervals an earlier life of this machine really sent. */
  adoptIntervals(before: MachineFold): void {
    this.intervals.adopt(before.intervals, before.heldFrom);
    this.#intervalsFrom = Number.NEGATIVE_INFINITY;
  }

  /** Intervals that are still going on at `from` or begin later. */
  intervalsSince(from: Instant, to: Instant, revision: number): StateInterval[] {
    if (this.origin >= to) return [];
    return intervalsOf(this.id, this.stretches, this.origin, from, to, revision);
  }

  // ---- forgetting

  /** The earliest instant that is still undecided or in the hot window. */
  neededFrom(hotFrom: Instant, oldest: Instant): Instant {
    let from = hotFrom;
    if (this.state.from === 'power')
      from = Math.min(from, minuteOf(this.state.series.undecidedBefore(hotFrom) ?? from));
    if (this.state.from === 'counts') from = Math.min(from, minuteOf(this.state.series.reach(hotFrom)));
    for (const name of COUNTER_NAMES) {
      // A step at that very instant belongs to the minute before it.
      const at = hotFrom + 1;
      if (this.counters[name]?.pendingBefore(at)) from = Math.min(from, minuteOf(this.reachOfCount(name, at)));
    }
    return Math.max(from, oldest);
  }

  /** Forgets samples before `from`, keeping spans from `spansFrom` on for meters that have yet to be read. */
  forget(from: Instant, spansFrom: Instant): void {
    if (from > this.heldFrom) {
      if (spansFrom < from) this.#archiveTo(from, spansFrom);
      this.stretches.forget(from);
      if (this.state.from !== 'none') this.state.series.forget(from);
      this.reason?.forget(from);
      this.product?.forget(from - ORDER_EVENT_MS);
      this.order?.forget(from - ORDER_EVENT_MS);
      for (const name of COUNTER_NAMES) this.counters[name]?.forget(from);
      this.pieces.forget(from);
      for (const events of this.events) events.forget();
      this.heldFrom = from;
      this.#forgetIntervals();
    }
    this.archive.forget(spansFrom);
  }

  #archiveTo(from: Instant, spansFrom: Instant): void {
    const start = Math.max(this.heldFrom, this.origin, spansFrom);
    if (start < from) this.archive.append(cutSpans(this, start, from, [], this.origin));
  }

  #forgetIntervals(): void {
    const oldest = this.stretches.begin[0] as Instant;
    this.intervals.forget(Number.isFinite(oldest) ? oldest : this.origin);
  }
}

export const COUNTER_NAMES = ['total', 'good', 'reject', 'cycles'] as const;

const NO_REASONS = { t: [], force: [] };

function ascending(a: number, b: number): number {
  return a - b;
}
