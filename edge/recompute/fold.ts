import { createAggregator } from '#edge/aggregate/aggregator.ts';
import type { Journal } from '#edge/journal/journal.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, type Instant, minuteOf } from '#shared/time/instant.ts';

/** Late samples of this age are still in memory; older ones are looked up in the journal. */
const HOT_SECONDS = 6 * 3600;

export interface FoldOptions {
  readonly plant: Plant;
  readonly journal: Journal;
  readonly rebind: (sample: Sample) => Sample;
  /** How far time had advanced: facts of minutes that end by then are made. */
  readonly to: Instant;
  readonly firstRevision: number;
  take(batch: FactBatch): void;
  /** How far it is, as an instant; throws to stop. */
  progress(t: Instant): void;
}

/** Every sample of the journal through a new aggregator, in the order of arrival. Its snapshot goes on from `to`. */
export function foldJournal({ plant, journal, rebind, to, firstRevision, take, progress }: FoldOptions): unknown {
  const aggregator = createAggregator(plant, {
    hotSeconds: HOT_SECONDS,
    firstRevision,
    recall: (signals, from, until) => journal.read(signals, from, until).map(rebind),
    recallSince: () => (journal.wasPruned() ? journal.oldest() : null),
  });
  let next = Number.NEGATIVE_INFINITY;
  for (const sample of journal.samples()) {
    const t = Math.min(sample.t, sample.received, to);
    // A count at a full hour belongs to the minute that ends there, so it is closed by what comes after it.
    if (t > next + HOUR) {
      aggregator.advance(next);
      take(aggregator.takeChanges());
      progress(t);
      next = minuteOf(t);
    }
    aggregator.ingest(rebind(sample));
  }
  aggregator.advance(to);
  take(aggregator.takeChanges());
  return aggregator.snapshot();
}
