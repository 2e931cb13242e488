import type { Instant, Span } from '../time/instant.ts';
import { buckets, dayBounds, intervalBounds, monthBounds } from '../time/periods.ts';
import { clockLabel, localDate, nextOffsetChange, utcOffsetMinutes } from '../time/zone.ts';

/*
 * The settlement clock: the wall clock of a tariff's zone.
 *
 * - Between two changes of the zone's offset, wall clock = instant + offset, so bands are integer arithmetic on spans of
 *   one offset. A wall time that a change skips never happens; one that happens twice counts both times.
 * - Blocks are those of `intervalBounds`: 46 or 50 half hours on the days of change.
 */

/** A stretch of one UTC offset. */
export interface OffsetSpan extends Span {
  readonly offsetMs: number;
}

/** Contiguous spans of one offset that cover [from, to). */
export function offsetSpans(zone: string, from: Instant, to: Instant): OffsetSpan[] {
  const spans: OffsetSpan[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(nextOffsetChange(zone, start) ?? to, to);
    spans.push({ start, end, offsetMs: utcOffsetMinutes(zone, start) * 60_000 });
    start = end;
  }
  return spans;
}

/** The settlement blocks that touch [from, to), whole, in order. */
export function settlementBlocks(zone: string, windowMinutes: number, from: Instant, to: Instant): Span[] {
  const blocks: Span[] = [];
  for (let at = from; at < to; ) {
    const block = intervalBounds(zone, at, windowMinutes);
    blocks.push(block);
    at = block.end;
  }
  return blocks;
}

/**
 * Length of [from, to) in local days: whole days count 1, be they 23 or 25 hours long, and the days at the edges their
 * share, so that the days of two adjoining periods add up.
 */
export function localDays(zone: string, from: Instant, to: Instant): number {
  if (to <= from) return 0;
  const first = dayBounds(zone, from);
  if (to <= first.end) return (to - from) / (first.end - first.start);
  const last = dayBounds(zone, to);
  const between = daysBetween(localDate(zone, first.end), localDate(zone, last.start));
  return (first.end - from) / (first.end - first.start) + between + (to - last.start) / (last.end - last.start);
}

/** Length of [from, to) in local calendar months; the months at the edges count their share by days. */
export function localMonths(zone: string, from: Instant, to: Instant): number {
  let months = 0;
  for (const month of buckets(zone, from, to, 'month')) {
    const whole = monthBounds(zone, month.start);
    months += localDays(zone, month.start, month.end) / localDays(zone, whole.start, whole.end);
  }
  return months;
}

function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days;
}

/** The same time of the same day of the month, `months` earlier (the month's last day where that day does not exist). */
export function monthsBefore(zone: string, t: Instant, months: number): Instant {
  return Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(zone).subtract({ months }).epochMilliseconds;
}

/** An instant as the zone's wall clock shows it: 2026-01-14 17:45. */
export function wallLabel(zone: string, t: Instant): string {
  return `${localDate(zone, t)} ${clockLabel(zone, t)}`;
}
