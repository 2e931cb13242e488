import { HOUR, type Instant } from './instant.ts';

/*
 * Wall clocks of IANA zones, exact and cheap.
 *
 * - A zone is a row of offset segments [start, end), read once each from the zone database and kept. Everything else is
 *   arithmetic on them, so that a call costs well under a microsecond.
 * - A wall time that does not exist is the instant of the change; one that happens twice is its first occurrence. So wall
 *   times map to instants in order, and two shifts that share a boundary share its instant.
 * - The day D of a zone is [localMidnight(D), localMidnight(D + 1)); `localDate` names the day that contains an instant.
 */

/** A stretch of time with one UTC offset. */
interface OffsetSegment {
  readonly start: Instant;
  readonly end: Instant;
  readonly offsetMs: number;
}

const DAY = 24 * HOUR;
/** More than any offset from UTC that a zone ever had. */
const WIDEST_OFFSET = 26 * HOUR;

const zones = new Map<string, OffsetSegment[]>();

/** True where `zone` is a zone that this runtime knows. */
export function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    // An offset is accepted there too, and has no daylight saving: it is not what a site means by its zone.
    return !/^[+-]/.test(zone);
  } catch {
    return false;
  }
}

function readSegment(zone: string, t: Instant): OffsetSegment {
  const at = Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(zone);
  const next = at.getTimeZoneTransition('next');
  // The transition before the next one; asked from a moment later, because "previous" excludes its own instant.
  const previous = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    start: previous ? previous.epochMilliseconds : Number.NEGATIVE_INFINITY,
    end: next ? next.epochMilliseconds : Number.POSITIVE_INFINITY,
    offsetMs: at.offsetNanoseconds / 1e6,
  };
}

/** The segment that contains `t`. Known segments of a zone are kept, the one used last in front. */
function segmentAt(zone: string, t: Instant): OffsetSegment {
  let known = zones.get(zone);
  if (!known) {
    known = [];
    zones.set(zone, known);
  }
  for (let i = 0; i < known.length; i += 1) {
    const segment = known[i];
    if (segment && t >= segment.start && t < segment.end) {
      if (i > 0) {
        known[i] = known[0] as OffsetSegment;
        known[0] = segment;
      }
      return segment;
    }
  }
  const segment = readSegment(zone, t);
  known.unshift(segment);
  return segment;
}

/** Days and dates go to and fro; few are asked for often, and both ways cost more than all else that is asked of a calendar. */
const MOST_KNOWN = 1000;
const dates = new Map<number, string>();
const days = new Map<string, number>();

/** `YYYY-MM-DD` of a count of days since 1970-01-01. */
function dateOfDay(day: number): string {
  const known = dates.get(day);
  if (known !== undefined) return known;
  const iso = new Date(day * DAY).toISOString();
  const date = iso.slice(0, iso.indexOf('T'));
  if (dates.size >= MOST_KNOWN) dates.clear();
  dates.set(day, date);
  return date;
}

function dayOfDate(date: string): number {
  const known = days.get(date);
  if (known !== undefined) return known;
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new RangeError(`"${date}" is not a date; write YYYY-MM-DD`);
  if (days.size >= MOST_KNOWN) days.clear();
  days.set(date, ms / DAY);
  return ms / DAY;
}

/** The calendar date `count` days after `date`. */
export function addDays(date: string, count: number): string {
  return dateOfDay(dayOfDate(date) + count);
}

const WEEKDAYS = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const;

/** Day of the week of a calendar date. */
export function weekdayOf(date: string): (typeof WEEKDAYS)[number] {
  return WEEKDAYS[((dayOfDate(date) % 7) + 7) % 7] as (typeof WEEKDAYS)[number];
}

/** First instant at which the wall clock of `zone` has reached `wallMs` (a wall time written as if it were UTC). */
function instantOfWall(zone: string, wallMs: number): Instant {
  let segment = segmentAt(zone, wallMs - WIDEST_OFFSET);
  while (wallMs >= segment.end + segment.offsetMs) segment = segmentAt(zone, segment.end);
  return Math.max(wallMs - segment.offsetMs, segment.start);
}

/** Start of the local day `date` (YYYY-MM-DD). A date that a zone skipped starts and ends at the change. */
export function localMidnight(zone: string, date: string): Instant {
  return instantOfWall(zone, dayOfDate(date) * DAY);
}

/**
 * The instant at which the wall clock shows `time` (`HH:MM`, `24:00` = the end of the day) on `date`. Not existing: the
 * instant of the change; ambiguous: the first occurrence. Throws RangeError for text that is no date or time.
 */
export function wallToInstant(zone: string, date: string, time: string): Instant {
  const minutes = minutesOfDay(time);
  if (minutes === null) throw new RangeError(`"${time}" is not a time of day; write HH:MM, 00:00 to 24:00`);
  return instantOfWall(zone, dayOfDate(date) * DAY + minutes * 60_000);
}

/** Minutes since midnight of `HH:MM` (00:00 to 24:00), null where the text is none. */
export function minutesOfDay(time: string): number | null {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time);
  if (!match) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= 1440 ? minutes : null;
}

/** The local day (YYYY-MM-DD) that contains `t`. */
export function localDate(zone: string, t: Instant): string {
  const segment = segmentAt(zone, t);
  const day = Math.floor((t + segment.offsetMs) / DAY);
  // Where clocks went back over midnight, the wall shows the old date again although the new day has begun.
  if (t - segment.start < DAY && instantOfWall(zone, (day + 1) * DAY) <= t) return dateOfDay(day + 1);
  return dateOfDay(day);
}

/** Wall clock at `t` as `HH:MM`. */
export function clockLabel(zone: string, t: Instant): string {
  const iso = new Date(t + segmentAt(zone, t).offsetMs).toISOString();
  const at = iso.indexOf('T');
  return iso.slice(at + 1, at + 6);
}

/** What the wall clock adds to UTC at `t`, minutes (345 in Kathmandu, -210 in St. John's in winter). */
export function utcOffsetMinutes(zone: string, t: Instant): number {
  return segmentAt(zone, t).offsetMs / 60_000;
}

/** The next instant after `t` at which the offset changes; null where none is known. */
export function nextOffsetChange(zone: string, t: Instant): Instant | null {
  const { end } = segmentAt(zone, t);
  return end === Number.POSITIVE_INFINITY ? null : end;
}
