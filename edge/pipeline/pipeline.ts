import type { Aggregator } from '#edge/aggregate/contract.ts';
import type { Counters } from '#edge/core/counters.ts';
import type { Findings } from '#edge/core/findings.ts';
import { nextWatermark } from '#edge/core/watermark.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import { createShiftFigures, neededFrom, type ShiftFigures } from './figures.ts';
import { type FactMemory, HISTORY_AFTER_MS } from './memory.ts';
import { createPresent, type Present } from './present.ts';

/*
 * Samples -> journal -> aggregator -> facts -> outbox.
 *
 * - A sample counts only once the journal has it. When the disk refuses, samples wait here, bounded, and it shows.
 * - Facts, the checkpoint behind them and the outbox rows are one transaction: after a crash either all of it happened or
 *   the journal gives the samples again.
 * - Event time advances behind the clock and behind the slowest connected source (core/watermark.ts).
 * - `hold` keeps samples back and stops time, while a demo's history is made; `release` lets them through in order.
 */

/** What the pipeline needs of the journal. */
export interface PipelineJournal {
  append(samples: readonly Sample[]): void;
  commit(commit: { readonly batch: FactBatch; readonly checkpoint: unknown }): void;
}

export interface PipelineDeps {
  readonly plant: Plant;
  readonly aggregator: Aggregator;
  readonly journal: PipelineJournal;
  readonly memory: FactMemory;
  readonly counters: Counters;
  readonly findings: Findings;
  /** Something was committed: the outbox has news. */
  onCommit(): void;
  /** Samples were counted: states may have changed. */
  onSamples(): void;
}

export interface Pipeline {
  readonly present: Present;
  readonly figures: ShiftFigures;
  readonly watermark: Instant;
  push(samples: readonly Sample[]): void;
  flush(now: Instant): void;
  advance(now: Instant, connectedContacts: readonly Instant[]): void;
  hold(): void;
  release(): void;
  /** Commits what is closed, whatever the clock says: before stopping. */
  close(now: Instant): void;
}

/** What is kept of a sample stream when the disk refuses: minutes, not hours. */
const MOST_WAITING = 500_000;
/** Facts are taken this often at most; a minute closes once a minute, late samples come whenever they like. */
const TAKE_EVERY_MS = 1000;
const FORGET_EVERY_MS = 10 * MINUTE;

export interface Checkpoint {
  readonly version: 1;
  readonly plantHash: string;
  readonly watermark: Instant;
  readonly aggregator: unknown;
}

export function createPipeline(deps: PipelineDeps, startAt: Instant): Pipeline {
  const { plant, aggregator, journal, memory, counters, findings } = deps;
  const present = createPresent(plant);
  const figures = createShiftFigures(plant, memory, aggregator);
  let waiting: Sample[] = [];
  let uncommitted: FactBatch[] = [];
  let held = false;
  let watermark = startAt;
  let takenAt = Number.NEGATIVE_INFINITY;
  let forgotAt = Number.NEGATIVE_INFINITY;
  let tracedTo = minuteOf(startAt);

  function flush(now: Instant): void {
    if (held || waiting.length === 0) return;
    const batch = waiting;
    try {
      journal.append(batch);
    } catch (error) {
      diskRefused(error, now);
      return;
    }
    waiting = [];
    counters.count('samples', batch.length);
    for (const sample of batch) {
      aggregator.ingest(sample);
      present.take(sample);
    }
    deps.onSamples();
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
    const batch = { ...emptyBatch(), ...changes, oee: trace(), history: [] as FactBatch['history'] };
    if (isEmpty(batch)) return;
    batch.history = memory.apply(batch, now);
    if (uncommitted.length > 0) counters.count('commits_repeated');
    uncommitted.push(batch);
  }

  /** One point per scope and whole minute; after a pause the minutes in between get none, because nothing was published. */
  function trace(): FactBatch['oee'] {
    const minute = minuteOf(watermark);
    if (minute <= tracedTo) return [];
    tracedTo = minute;
    return figures.points(minute);
  }

  function commit(now: Instant): void {
    while (uncommitted.length > 0) {
      const [batch] = uncommitted;
      if (!batch) return;
      try {
        journal.commit({ batch, checkpoint: checkpoint() });
      } catch (error) {
        diskRefused(error, now);
        return;
      }
      uncommitted = uncommitted.slice(1);
      findings.clear('journalRefused', 'journal');
      deps.onCommit();
    }
  }

  function checkpoint(): Checkpoint {
    return { version: 1, plantHash: plant.hash, watermark, aggregator: aggregator.snapshot() };
  }

  return {
    present,
    figures,
    get watermark() {
      return watermark;
    },
    push(samples) {
      waiting.push(...samples);
      const tooMany = waiting.length - MOST_WAITING;
      if (tooMany <= 0) return;
      waiting.splice(0, tooMany);
      counters.count('samples_dropped_journal_refused', tooMany);
    },
    flush,
    advance(now, connectedContacts) {
      if (held) return;
      flush(now);
      watermark = nextWatermark(watermark, now, connectedContacts);
      aggregator.advance(watermark);
      if (now - takenAt >= TAKE_EVERY_MS) {
        takenAt = now;
        take(now);
      }
      commit(now);
      if (now - forgotAt >= FORGET_EVERY_MS) {
        forgotAt = now;
        memory.forgetBefore(Math.min(neededFrom(plant, now), now - HISTORY_AFTER_MS) - MINUTE);
      }
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
    },
    close(now) {
      if (held) return;
      flush(now);
      take(now);
      commit(now);
    },
  };
}

function isEmpty(batch: FactBatch): boolean {
  return Object.values(batch).every((facts) => facts.length === 0);
}
