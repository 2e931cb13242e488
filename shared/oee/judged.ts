import type { MachineState, TimeCategory } from '../state/state.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import type { Instant } from '../time/instant.ts';

/** A finding: never a silent repair. `id` is stable for the same cause, so that screens do not flicker. */
export interface Finding {
  readonly id: string;
  readonly code: string;
  /** Machine, line, meter or source id; null for the site. */
  readonly scope: string | null;
  readonly t: Instant | null;
  /** One sentence: what, and what to do. */
  readonly message: string;
}

/**
 * A piece after judgement: everything that screens, /kpi, reports and replay group and add. The spans of one machine are
 * contiguous, ordered and cover the asked window exactly; no span crosses a minute, an interval, a product, a shift, a
 * break, a local midnight or an entry's edge.
 */
export interface JudgedSpan {
  readonly start: Instant;
  readonly end: Instant;
  readonly minute: Instant;
  readonly intervalStart: Instant;
  /** Start of the non-running stretch that it belongs to; null while running. */
  readonly stretchStart: Instant | null;
  readonly state: MachineState;
  readonly category: TimeCategory;
  /** Effective reason id after entries. */
  readonly reason: string | null;
  readonly product: string;
  readonly order: string;
  readonly shift: ShiftInstance | null;
  /** 0..n counts; in categories outside PPT they are "unscheduled". Fractions only where `estimated`. */
  readonly totalCount: number;
  readonly goodCount: number;
  readonly rejectCount: number;
  readonly idealSecondsPerPiece: number | null;
  /** Counts and energy of a finer split were shared out by seconds. */
  readonly estimated: boolean;
  /** Its stretch had not ended, as far as the facts given reach. Absent is false. */
  readonly open?: boolean;
}

export type MutableSpan = { -readonly [K in keyof JudgedSpan]: JudgedSpan[K] };
