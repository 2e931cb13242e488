import { createAggregator, restoreAggregator } from '#edge/aggregate/aggregator.ts';
import type { Aggregator, AggregatorOptions } from '#edge/aggregate/contract.ts';
import type { ReplacedFact } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';

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
  read(signals: readonly string[], from: Instant, to: Instant): readonly Sample[];
  sentBetween(from: Instant, to: Instant): Iterable<Pick<ReplacedFact, 'kind' | 'fact'>>;
  sentBefore(kind: 'interval', owner: string, t: Instant): Pick<ReplacedFact, 'fact'> | null;
  highestRevision(): number;
}

/** Facts sent longer ago than this tell nothing about where time stood. */
const LOOK_BACK_MS = 24 * HOUR;
/** Samples from before the open minutes that are read again: pending counter steps and late samples rest on them. */
const LEAD_MS = HOUR;

/**
 * The aggregator as it was at the checkpoint, and then every sample that the journal got after it. Samples that the
 * checkpoint already holds change nothing. Where the checkpoint cannot be read, the samples before the open minutes are
 * read again instead: their facts were sent and are not sent again. No revision is lower than one that was sent.
 */
export function resumeAggregator(
  plant: Plant,
  journal: ReplayableJournal,
  options: AggregatorOptions,
  now: Instant,
): Resumed {
  const kept = journal.checkpoint();
  const from: AggregatorOptions = {
    ...options,
    firstRevision: Math.max(options.firstRevision ?? 2, journal.highestRevision() + 1),
  };
  let problem: string | null = null;
  if (isCheckpoint(kept)) {
    try {
      const aggregator = restoreAggregator(plant, kept.aggregator, from);
      for (const sample of journal.replay()) aggregator.ingest(sample);
      return { aggregator, watermark: kept.watermark, problem: null };
    } catch (error) {
      problem = `the checkpoint cannot be read (${error instanceof Error ? error.message : error}); open minutes are made again`;
    }
  } else if (kept !== null) problem = 'the checkpoint is of another version; open minutes are made again';
  const aggregator = createAggregator(plant, from);
  const sentTo = sentUntil(journal, now);
  if (sentTo === null) {
    for (const sample of journal.replay()) aggregator.ingest(sample);
    return { aggregator, watermark: null, problem };
  }
  for (const sample of heldAt(plant, journal, sentTo)) aggregator.ingest(sample);
  aggregator.advance(sentTo);
  aggregator.takeChanges();
  for (const sample of journal.replay()) aggregator.ingest(sample);
  return { aggregator, watermark: sentTo, problem: problem ?? 'there is no checkpoint; open minutes are made again' };
}

/** What the checkpoint rested on: without what came after it. The value in force where it begins is taken from there on. */
function* heldAt(plant: Plant, journal: ReplayableJournal, sentTo: Instant): Generator<Sample> {
  const isLater = new Set([...journal.replay()].map(identityOf));
  for (const { signal, owner, kind } of signalsOf(plant)) {
    const interval = journal.sentBefore('interval', owner, sentTo);
    const began = interval && 'start' in interval.fact ? interval.fact.start : sentTo;
    const since = Math.min(sentTo, began) - LEAD_MS;
    for (const sample of journal.read([signal], since, Number.MAX_SAFE_INTEGER)) {
      if (isLater.has(identityOf(sample))) continue;
      // Energy is spread between readings, wherever they are.
      yield kind === 'register' || sample.t >= since ? sample : { ...sample, t: since };
    }
  }
}

function identityOf({ signal, t, received, value }: Sample): string {
  return `${signal} ${t} ${received} ${value}`;
}

/** End of the last minute of which facts were sent lately; null where there was none. */
function sentUntil(journal: ReplayableJournal, now: Instant): Instant | null {
  let last: Instant | null = null;
  for (const { kind, fact } of journal.sentBetween(now - LOOK_BACK_MS, now)) {
    if ((kind === 'piece' || kind === 'meterPiece') && 'minute' in fact)
      last = Math.max(last ?? 0, fact.minute + MINUTE);
  }
  return last;
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  return 'version' in value && value.version === 1 && 'watermark' in value && typeof value.watermark === 'number';
}
