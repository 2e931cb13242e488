import { createAggregator, restoreAggregator } from '#edge/aggregate/aggregator.ts';
import type { Aggregator, AggregatorOptions } from '#edge/aggregate/contract.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/** What a commit keeps beside the facts, enough to go on after a restart. */
export interface Checkpoint {
  readonly version: 1;
  /** How far time had advanced. */
  readonly watermark: Instant;
  readonly aggregator: unknown;
}

export interface Resumed {
  readonly aggregator: Aggregator;
  /** Null: there is nothing to go on with. */
  readonly watermark: Instant | null;
  /** Why the checkpoint could not be used, as a sentence. */
  readonly problem: string | null;
}

/** What resuming needs of the journal. */
export interface ReplayableJournal {
  checkpoint(): unknown;
  replay(): Iterable<Sample>;
}

/**
 * The aggregator as it was at the checkpoint, and then every sample that the journal got after it. Samples that the
 * checkpoint already holds change nothing. A checkpoint that cannot be read costs the open minutes, never the start.
 */
export function resumeAggregator(plant: Plant, journal: ReplayableJournal, options: AggregatorOptions): Resumed {
  const kept = journal.checkpoint();
  let aggregator: Aggregator | null = null;
  let problem: string | null = null;
  if (isCheckpoint(kept)) {
    try {
      aggregator = restoreAggregator(plant, kept.aggregator, options);
    } catch (error) {
      problem = `the checkpoint cannot be read (${error instanceof Error ? error.message : error}); open minutes begin anew`;
    }
  } else if (kept !== null) problem = 'the checkpoint is of another version; open minutes begin anew';
  const resumed = aggregator ?? createAggregator(plant, options);
  for (const sample of journal.replay()) resumed.ingest(sample);
  return { aggregator: resumed, watermark: aggregator && isCheckpoint(kept) ? kept.watermark : null, problem };
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  return 'version' in value && value.version === 1 && 'watermark' in value && typeof value.watermark === 'number';
}
