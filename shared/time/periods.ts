import { type Instant, MINUTE, type Span } from './instant.ts';
import { addDays, clockLabel, localDate, localMidnight, nextOffsetChange, weekdayOf } from './zone.ts';

/*
 * Local days, weeks, months and clock-aligned intervals. A day has 23, 24 or 25 hours, a week 167 to 169: lengths come
 * from the instants, never from a constant.
 */

/** The local day that contains `t`. */
export function dayBounds(zone: string, t: Instant): Span {
  const date = localDate(zone, t);
  return { start: localMidnight(zone, date), end: localMidnight(zone, addDays(date, 1)) };
}

const DAYS_SINCE_MONDAY = { mon: 0, tue: 1, wed: 2, thu: 3, fri: 4, sat: 5, sun: 6 } as const;

/** The ISO week (Monday to Sunday) that contains `t`. */
export function weekBounds(zone: string, t: Instant): Span {
  const date = localDate(zone, t);
  const monday = addDays(date, -DAYS_SINCE_MONDAY[weekdayOf(date)]);
  return { start: localMidnight(zone, monday), end: localMidnight(zone, addDays(monday, 7)) };
}

/** The local month that contains `t`. */
export function monthBounds(zone: string, t: Instant): Span {
  const first = `${localDate(zone, t).slice(0, -2)}01`;
  const next = `${addDays(first, 31).slice(0, -2)}01`;
  return { start: localMidnight(zone, first), end: localMidnight(zone, next) };
}

/**
 * The clock-aligned block of `minutes` that contains `t`: blocks are counted from 00:00 on the wall clock, so they are
 * right in +05:30 zones, and a change of offset ends one (an hour that is lived twice is two blocks).
 */
export function intervalBounds(zone: string, t: Instant, minutes: number): Span {
  if (!(minutes > 0 && Number.isInteger(minutes))) {
    throw new RangeError(`an interval of ${minutes} minutes cannot be; give a whole number of minutes above 0`);
  }
  const day = dayBounds(zone, t);
  const label = clockLabel(zone, t);
  const clockMinutes = Number(label.slice(0, 2)) * 60 + Number(label.slice(3, 5));
  const into = t - Math.floor(t / MINUTE) * MINUTE + (clockMinutes % minutes) * MINUTE;
  const start = t - into;
  const end = Math.min(start + minutes * MINUTE, day.end, nextOffsetChange(zone, t) ?? Number.POSITIVE_INFINITY);
  const change = nextOffsetChange(zone, start - 1);
  return { start: Math.max(start, day.start, change !== null && change <= t ? change : start), end };
}

export type BucketUnit = 'hour' | 'day' | 'week' | 'month' | 'interval';

/**
 * [from, to) as consecutive local periods, the first and the last clipped to it. `minutes` is the length of an
 * `interval` (15 by default).
 */
export function buckets(zone: string, from: Instant, to: Instant, unit: BucketUnit, minutes = 15): Span[] {
  const boundsOf = {
    hour: (t: Instant) => intervalBounds(zone, t, 60),
    day: (t: Instant) => dayBounds(zone, t),
    week: (t: Instant) => weekBounds(zone, t),
    month: (t: Instant) => monthBounds(zone, t),
    interval: (t: Instant) => intervalBounds(zone, t, minutes),
  }[unit];
  const found: Span[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(boundsOf(start).end, to);
    found.push({ start, end });
    start = end;
  }
  return found;
}
