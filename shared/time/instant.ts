/** Milliseconds since the Unix epoch, UTC. Durations come only from differences of instants, never from wall clocks. */
export type Instant = number;

/** Half-open [start, end). */
export interface Span {
  readonly start: Instant;
  readonly end: Instant;
}

export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** The whole minute that contains `t`. */
export function minuteOf(t: Instant): Instant {
  return Math.floor(t / MINUTE) * MINUTE;
}

/** Days since 1970, UTC. */
export function dayOf(t: Instant): number {
  return Math.floor(t / DAY);
}

/** The whole minute that a count stamped `t` belongs to: a delta belongs to the second before its timestamp. */
export function minuteEndingAt(t: Instant): Instant {
  return (Math.ceil(t / MINUTE) - 1) * MINUTE;
}

export function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

export function toIso(t: Instant): string {
  return new Date(t).toISOString();
}
