import type { MachineState } from '../state/state.ts';
import type { Instant } from '../time/instant.ts';

/*
 * Facts: what was measured and never depends on an opinion. They are additive, keyed, and idempotent: a fact with the
 * same key replaces the older one (higher `revision` wins), and one with `void: true` says that its key is gone.
 *
 * - A state interval is a maximal span of one state and one reason code of one machine. Key: machine, start.
 * - A piece is what a machine did in one minute within one state interval on one product and order.
 *   Key: machine, minute, state, product, order, slot (slot = its rank by time among pieces of the minute that share the rest).
 *   The pieces of a minute are contiguous and cover it exactly, save the minute that is still open.
 * - A meter piece is what a meter did in one minute, whole (`machine` ''), and again cut along the pieces of each machine
 *   that it feeds, before shares. Key: meter, machine, minute, state, product, order, slot.
 */

/** Fields that every fact carries. */
export interface FactHeader {
  /** Rises with every rewrite of the same key. */
  readonly revision: number;
  /** The key existed and exists no more; every number is 0. */
  readonly void?: boolean;
}

export interface StateInterval extends FactHeader {
  readonly machine: string;
  readonly start: Instant;
  /** `null` while the interval is open. A vanished interval is void, with end = start. */
  readonly end: Instant | null;
  readonly state: MachineState;
  /** Mapped reason id as the PLC gave it, `null` without one. Entries are applied later. */
  readonly reason: string | null;
}

export interface PieceKey {
  /** Start of the whole minute. */
  readonly minute: Instant;
  readonly state: MachineState;
  /** '' where unknown. */
  readonly product: string;
  /** '' where unknown. */
  readonly order: string;
  readonly slot: number;
}

export interface MachinePiece extends FactHeader, PieceKey {
  readonly machine: string;
  /** Start of the state interval that this piece lies in. */
  readonly intervalStart: Instant;
  /** The piece is [start, end), inside the minute. */
  readonly start: Instant;
  readonly end: Instant;
  /** Pieces counted in (start, end], after the counter referee, in counts of the machine (not x piecesPerCount). */
  readonly totalCount: number;
  readonly goodCount: number;
  readonly rejectCount: number;
  /** Rests on a reading or a state that was `uncertain`, or on a provisional verdict about a counter step. */
  readonly provisional?: boolean;
}

export interface MeterPiece extends FactHeader, PieceKey {
  readonly meter: string;
  /** The fed machine whose pieces cut this one, or '' for the row of the meter itself (state 'unknown', product and order ''). */
  readonly machine: string;
  readonly intervalStart: Instant;
  readonly start: Instant;
  readonly end: Instant;
  /** Active energy imported, Wh, primary side (scale applied). */
  readonly energyWh: number;
  readonly exportWh: number;
  readonly varh: number;
  /** Seconds of [start, end) that readings cover. The rest is missing, never zero. */
  readonly coveredSeconds: number;
  /** Some of it was split finer than the readings are apart (gap > 60 s). */
  readonly estimated?: boolean;
}

export interface ConditionMinute extends FactHeader {
  readonly machine: string;
  readonly condition: string;
  readonly minute: Instant;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly last: number;
  readonly coveredSeconds: number;
}

export type CounterVerdict =
  | 'rollover'
  | 'reset'
  | 'resetAtOrder'
  | 'jitter'
  | 'glitch'
  | 'preset'
  | 'pendingReset'
  | 'pendingJump'
  | 'exchange';

/** A counter or register step that is not a plausible increase. Key: signal, t. People can overrule `counted` by an entry. */
export interface CounterEvent extends FactHeader {
  readonly signal: string;
  readonly t: Instant;
  readonly raw: number;
  readonly previousT: Instant;
  readonly previousRaw: number;
  readonly verdict: CounterVerdict;
  /** Pieces (counters) or raw register units booked for this step. */
  readonly counted: number;
}

/** The edge's own trace, shift to date, once a minute: never rewritten. Ratios are for other tools; ours come from sums. */
export interface OeePoint {
  /** `machine:ID` or `line:ID`. */
  readonly scope: string;
  readonly t: Instant;
  readonly shift: string;
  readonly date: string;
  readonly availability: number | null;
  readonly performance: number | null;
  readonly quality: number | null;
  readonly oee: number | null;
  readonly plannedProductionSeconds: number;
  readonly runSeconds: number;
  readonly idealSeconds: number;
  readonly idealGoodSeconds: number;
  readonly totalCount: number;
  readonly goodCount: number;
  readonly rejectCount: number;
}

/** What the edge commits at once and sends to every sink, whole. */
export interface FactBatch {
  readonly intervals: readonly StateInterval[];
  readonly pieces: readonly MachinePiece[];
  readonly meterPieces: readonly MeterPiece[];
  readonly conditions: readonly ConditionMinute[];
  readonly counterEvents: readonly CounterEvent[];
  readonly oee: readonly OeePoint[];
  /** Rows replaced although their minute was older than 15 minutes, for `asOf`. */
  readonly history: readonly ReplacedFact[];
}

/** A fact as it stood before it was rewritten. */
export interface ReplacedFact {
  readonly kind: 'interval' | 'piece' | 'meterPiece' | 'condition' | 'counterEvent';
  readonly fact: StateInterval | MachinePiece | MeterPiece | ConditionMinute | CounterEvent;
  readonly knownFrom: Instant;
  readonly knownTo: Instant;
}

export function emptyBatch(): { -readonly [K in keyof FactBatch]: FactBatch[K][number][] } {
  return { intervals: [], pieces: [], meterPieces: [], conditions: [], counterEvents: [], oee: [], history: [] };
}
