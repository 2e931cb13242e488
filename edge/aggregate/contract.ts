import type { FactBatch, MachinePiece, MeterPiece, StateInterval } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * The streaming aggregator: samples in any order -> facts. No clock: time is an argument.
 *
 * - The same set of samples gives the same facts, in whatever order and however often they arrive.
 * - A minute is closed once `advance` has passed its end; a late sample opens it again, and only the facts it touches are
 *   sent again, with a higher revision (void rows for keys that are gone).
 * - Memory grows with machines and open stretches, not with time: samples older than the hot window are forgotten here and
 *   asked back from the journal through `recall`.
 */
export interface Aggregator {
  /** Never throws for bad data: it becomes a quality, a finding, a counter. */
  ingest(sample: Sample): void;
  /** States hold until `to`; minutes that end at or before it are closed. */
  advance(to: Instant): void;
  /** Facts of closed minutes that changed since the last call (`oee` and `history` are filled by the caller's layers). */
  takeChanges(): FactBatch;
  /** Facts of the minutes not yet closed, same shapes, without side effects. */
  openFacts(machine: string): { intervals: StateInterval[]; pieces: MachinePiece[] };
  openMeterFacts(meter: string): MeterPiece[];
  /** Plain JSON, enough to continue after a restart. */
  snapshot(): unknown;
  readonly findings: readonly AggregatorFinding[];
  /** How often each finding occurred, and how many repeats were ignored (`repeated`), by code. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface AggregatorFinding {
  readonly code: string;
  readonly signal: string;
  readonly t: Instant;
  readonly message: string;
}

export interface AggregatorOptions {
  /** Extra instants at which pieces are cut (replay: bounds of queries and entries, so it is exact at any instant). */
  readonly cuts?: readonly Instant[];
  /**
   * Samples of these signals with t in [from, to), and of each the last one before `from` and the last one before it that is
   * not bad, from the journal; of one instant in the order of arrival. Everything ingested must be in it; more may be.
   */
  readonly recall?: (signals: readonly string[], from: Instant, to: Instant) => readonly Sample[];
  /** Oldest sample that `recall` still gives; null or absent: it has everything that was ever ingested. */
  readonly recallSince?: () => Instant | null;
  /** Rewrites have at least this revision: above every one that was ever sent. Default 2. */
  readonly firstRevision?: number;
  /** Length of the hot window; default 20 minutes. */
  readonly hotSeconds?: number;
  /** Minutes before it are folded but not emitted (replay: the start of the earliest query). */
  readonly from?: Instant;
}
