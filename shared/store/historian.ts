import type {
  ConditionMinute,
  CounterEvent,
  FactBatch,
  MachinePiece,
  MeterPiece,
  OeePoint,
  StateInterval,
} from '../oee/facts.ts';
import type { Instant } from '../time/instant.ts';

/*
 * The historian keeps facts. One interface, two engines (sqlite, influx), one conformance suite.
 *
 * - `write` is idempotent: the same batch twice is the same as once; a fact with a lower revision never replaces a higher one.
 * - Void facts are stored and never returned.
 * - Rows come back ordered by time, then by key. Both bounds of time are given in every query: [from, to).
 * - `asOf` returns rows as they were known then (from the history of replaced rows).
 */
export interface HistorianWriter {
  write(batch: FactBatch): Promise<void>;
  /**
   * Takes out some of the minutes before an instant; resolves with whether more are left. Absent where the server does so by
   * itself.
   */
  prune?(before: Instant): Promise<boolean>;
  close(): Promise<void>;
}

export interface FactQuery {
  readonly from: Instant;
  readonly to: Instant;
  readonly asOf?: Instant;
}

export interface HistorianReader {
  /** Pieces whose minute lies in [from, to). */
  pieces(machines: readonly string[], query: FactQuery): Promise<MachinePiece[]>;
  /**
   * Intervals that overlap [from, to), and, for each machine, those before and after it that belong to the same
   * non-running stretches, so that a stop's length never depends on the window.
   */
  intervals(machines: readonly string[], query: FactQuery): Promise<StateInterval[]>;
  /** Rows of the meter itself and of each machine it feeds, minute in [from, to). */
  meterPieces(meters: readonly string[], query: FactQuery): Promise<MeterPiece[]>;
  conditions(machines: readonly string[], query: FactQuery): Promise<ConditionMinute[]>;
  counterEvents(query: FactQuery): Promise<CounterEvent[]>;
  oeePoints(scopes: readonly string[], query: FactQuery): Promise<OeePoint[]>;
  /**
   * A number for each machine or meter and UTC day (days since 1970) in [from, to] that rises whenever facts that touch the day are
   * written; no entry where none were. Null, or no such function, where the engine does not keep count.
   */
  factRevisions?(machines: readonly string[], from: Instant, to: Instant): Promise<FactRevisions | null>;
  /** First and last minute with a piece or meter piece; null when empty. */
  extent(): Promise<{ readonly from: Instant; readonly to: Instant } | null>;
  /** Minutes before it may be gone for good, and what was judged from them cannot be judged again; null: none are. */
  prunedBefore(): Promise<Instant | null>;
  /** How full it is; bytes are null where the engine does not tell. */
  fill(): Promise<{ readonly bytes: number | null; readonly oldestMinute: Instant | null }>;
  engine(): Promise<{ readonly engine: 'sqlite' | 'influxdb'; readonly version: string }>;
  close(): Promise<void>;
}

/** By machine, then by UTC day. */
export type FactRevisions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Thrown by engines. `retryable`: the same call may succeed later (server away, busy); otherwise a person must act. */
export class HistorianError extends Error {
  readonly code: 'unreachable' | 'refused' | 'rejected' | 'badUrl' | 'locked';
  readonly retryable: boolean;
  constructor(code: HistorianError['code'], message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'HistorianError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
