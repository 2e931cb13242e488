import type { Instant, Span } from './instant.ts';

/** One shift as it really ran on the clock. Owned by the date on which it starts, also over midnight and month end. */
export interface ShiftInstance extends Span {
  readonly id: string;
  readonly name: string;
  /** Local date YYYY-MM-DD of its start. */
  readonly productionDate: string;
  readonly start: Instant;
  readonly end: Instant;
  /** Clipped to the shift, ordered, not overlapping. */
  readonly breaks: readonly Span[];
}
