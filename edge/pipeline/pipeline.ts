import type { Aggregator } from '#edge/aggregate/contract.ts';
import type { Counters } from '#edge/core/counters.ts';
import type { Findings } from '#edge/core/findings.ts';
import { nextWatermark } from '#edge/core/watermark.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import type { Checkpoint } from './checkpoint.ts';
import { createShiftFigures, neededFrom, type ShiftFigures } from './figures.ts';
import type { FactMemory, SentFact } from './memory.ts';
import { createPresent, type Present } from './present.ts';

/*
 * Samples -> journal -> aggregator -> facts -> outbox.
 *
 * - A sample counts only once the journal has it. When the disk refuses, samples wait here, bounded, and it shows.
 * - Facts, the checkpoint behind them and the outbox rows are one transaction: after a crash either all of it happened or
 *   the journal gives the samples again.
 * - Event time advances behind the clock and behind the slowest connected source (core/watermark.ts).
 */

/** What the pipeline needs of the journal. */
export interface PipelineJournal {
  append(samples: readonly Sample[], released: readonly number[]): void;
  commit(commit: {
    readonly batch: FactBatch;
    readonly checkpoint: unknown;
    readonly at: Instant;
    readonly sent: readonly SentFact[];
  }): void;
}

export interface PipelineDeps {
  readonly plant: Plant;
  readonly aggregator: Aggregator;
  readonly journal: PipelineJournal;
  readonly memory: FactMemory;
  readonly counters: Counters;
  readonly findings: Findings;
  /** Machines and meters that this edge owns. */
  readonly owns: (owner: string) => boolean;
  /** Something was committed: the outbox has news. */
  onCommit(): void;
  /** Samples were counted: states may have changed. */
  onSamples(samples: readonly Sample[]): void;
  /** All that was pushed so far is in the journal. */
  onKept?: () => void;
}

export interface Pipeline {
  readonly present: Present;
  readonly figures: ShiftFigures;
  readonly watermark: Instant;
  /** `released`: numbers of held readings that the journal lets go of along with these samples. */
  push(samples: readonly Sample[], released?: readonly number[]): void;
  flush(now: Instant): void;
  advance(now: Instant, connectedContacts: readonly Instant[]): void;
  /** Commits what is closed, whatever the clock says: before stopping. */
  close(now: Instant): void;
}

/** What is kept of a sample stream when the disk refuses: minutes, not hours. */
const MOST_WAITING = 500_000;
/** Facts are taken when a minute has closed, and between for intervals and late samples; each time costs a checkpoint. */
const TAKE_EVERY_MS = 10_000;
const FORGET_EVERY_MS = 10 * MINUTE;
/** What is older is asked of the journal. */
const KEPT_MS = 4 * HOUR;

/** Time goes on from `startAt`; `before` is the pipeline of the plant file that this one replaces. */
export function createPipeline(deps: PipelineDeps, startAt: Instant, before: Pipeline | null = null): Pipeline {
  const { plant, aggregator, journal, memory, counters, findings } = deps;
  const present = createPresent(plant, before?.present);
  const figures = createShiftFigures(plant, memory, aggregator, deps.owns);
  for (const machine of plant.machines.keys()) {
    figures.upsert({ intervals: memory.intervals(machine, 0), pieces: memory.pieces(machine, 0) });
  }
  let waiting: Sample[] = [];
  let releasing: number[] = [];
  /** Taken from the aggregator, refused by the disk so far. */
  let uncommitted: Taken | null = null;
  let watermark = startAt;
  let takenAt = Number.NEGATIVE_INFINITY;
  let takenTo = Number.NEGATIVE_INFINITY;
  let forgotAt = Number.NEGATIVE_INFINITY;
  let tracedTo = minuteOf(startAt);

  function flush(now: Instant): void {
    if (waiting.length === 0 && releasing.length === 0) {
      deps.onKept?.();
      return;
    }
    const batch = waiting;
    try {
      journal.append(batch, releasing);
    } catch (error) {
      diskRefused(error, now);
      return;
    }
    waiting = [];
    releasing = [];
    deps.onKept?.();
    counters.count('samples', batch.length);
    for (const sample of batch) {
      aggregator.ingest(sample);
      present.take(sample);
    }
    deps.onSamples(batch);
  }

  function diskRefused(error: unknown, now: Instant): void {
    const why = error instanceof Error ? error.message : String(error);
    counters.count('journal_refused');
    findings.add(
      'journalRefused',
      'journal',
      `the journal cannot be written (${why}); free the disk, facts wait meanwhile`,
      now,
    );
  }

  function take(now: Instant): void {
    const changes = aggregator.takeChanges();
    const batch = { ...emptyBatch(), ...changes, oee: [] as FactBatch['oee'], history: [] as FactBatch['history'] };
    const { history, sent } = memory.apply(batch, now);
    batch.history = history;
    figures.upsert(batch);
    // After the facts of the minute that just closed: they are part of its point.
    batch.oee = trace();
    if (isEmpty(batch)) return;
    uncommitted = uncommitted
      ? { batch: joined(uncommitted.batch, batch), sent: [...uncommitted.sent, ...sent] }
      : { batch, sent };
  }

  /** One point per scope and whole minute; after a pause the minutes in between get none, because nothing was published. */
  function trace(): FactBatch['oee'] {
    const minute = minuteOf(watermark);
    if (minute <= tracedTo) return [];
    tracedTo = minute;
    return figures.points(minute);
  }

  function commit(now: Instant): void {
    if (!uncommitted) return;
    try {
      journal.commit({ ...uncommitted, checkpoint: checkpoint(), at: now });
    } catch (error) {
      diskRefused(error, now);
      return;
    }
    uncommitted = null;
    findings.clear('journalRefused', 'journal');
    deps.onCommit();
  }

  function checkpoint(): Checkpoint {
    return { version: 1, watermark, aggregator: aggregator.snapshot() };
  }

  return {
    present,
    figures,
    get watermark() {
      return watermark;
    },
    push(samples, released = []) {
      waiting.push(...samples);
      releasing.push(...released);
      const tooMany = waiting.length - MOST_WAITING;
      if (tooMany <= 0) return;
      waiting.splice(0, tooMany);
      counters.count('samples_dropped_journal_refused', tooMany);
    },
    flush,
    advance(now, connectedContacts) {
      flush(now);
      watermark = nextWatermark(watermark, now, connectedContacts);
      aggregator.advance(watermark);
      // What the disk refused is tried again with all that came since: a checkpoint may hold no late sample that has yet to
      // reach its facts, as the journal would not give it again.
      if (uncommitted || now - takenAt >= TAKE_EVERY_MS || minuteOf(watermark) > takenTo) {
        takenAt = now;
        takenTo = minuteOf(watermark);
        take(now);
      }
      commit(now);
      if (now - forgotAt >= FORGET_EVERY_MS) {
        forgotAt = now;
        const oldest = rememberedFrom(plant, now);
        memory.forgetBefore(oldest);
        figures.forget(oldest);
      }
    },
    close(now) {
      flush(now);
      take(now);
      commit(now);
    },
  };
}

/** Facts from then on are in memory: those of the running shifts, and those that late samples replace most often. */
export function rememberedFrom(plant: Plant, now: Instant): Instant {
  return Math.min(neededFrom(plant, now), now - KEPT_MS) - MINUTE;
}

interface Taken {
  readonly batch: FactBatch;
  readonly sent: readonly SentFact[];
}

function isEmpty(batch: FactBatch): boolean {
  return Object.values(batch).every((facts) => facts.length === 0);
}

function joined(first: FactBatch, second: FactBatch): FactBatch {
  return {
    intervals: [...first.intervals, ...second.intervals],
    pieces: [...first.pieces, ...second.pieces],
    meterPieces: [...first.meterPieces, ...second.meterPieces],
    conditions: [...first.conditions, ...second.conditions],
    counterEvents: [...first.counterEvents, ...second.counterEvents],
    oee: [...first.oee, ...second.oee],
    history: [...first.history, ...second.history],
  };
}
