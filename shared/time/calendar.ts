import { type Calendar, type CalendarException, type ShiftPattern, type Versioned, valueAt } from '../plant/model.ts';
import { type Instant, MINUTE, type Span } from './instant.ts';
import { addDays, localDate, localMidnight, minutesOfDay, wallToInstant, weekdayOf } from './zone.ts';

/*
 * Shift calendars on the clock (RULES section 5).
 *
 * - A shift runs from wall clock to wall clock and is owned by the date on which it starts; its length is whatever the
 *   clock makes of it (7 or 9 h over a change of summer time).
 * - A break starts at a wall clock time, happens once, and lasts elapsed minutes. It is clipped to its shift.
 * - The version of a calendar is the one in force at the local midnight that begins the shift's date, so an edit that is
 *   valid from Monday never changes Sunday's night shift.
 * - Where shifts overlap (a handover), time is a break only if every shift that covers it has its break then: as long as
 *   one crew is due at the machine, its seconds are planned.
 */

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

/** A stretch of a calendar that no boundary cuts. */
export interface ScheduleSegment extends Span {
  readonly kind: 'shift' | 'break' | 'offShift';
  /** The shifts that cover it, in order of start; empty when off shift. */
  readonly shifts: readonly ShiftInstance[];
}

type ShiftTimes = Omit<ShiftPattern, 'days'>;

function breakSpans(shift: ShiftTimes, zone: string, date: string, span: Span): Span[] {
  const shiftStart = minutesOfDay(shift.start) ?? 0;
  const found: Span[] = [];
  for (const pause of shift.breaks) {
    const onNextDay = (minutesOfDay(pause.start) ?? 0) < shiftStart;
    const at = wallToInstant(zone, onNextDay ? addDays(date, 1) : date, pause.start);
    const start = Math.max(at, span.start);
    const end = Math.min(at + pause.minutes * MINUTE, span.end);
    if (start < end) found.push({ start, end });
  }
  found.sort((a, b) => a.start - b.start);
  const merged: Span[] = [];
  for (const pause of found) {
    const last = merged.at(-1);
    if (last && pause.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, pause.end) };
    } else merged.push(pause);
  }
  return merged;
}

/** Null where nothing of the shift exists on that date (its whole wall clock span was skipped). */
function instanceOf(shift: ShiftTimes, zone: string, date: string): ShiftInstance | null {
  const overMidnight = (minutesOfDay(shift.end) ?? 0) <= (minutesOfDay(shift.start) ?? 0);
  const start = wallToInstant(zone, date, shift.start);
  const end = wallToInstant(zone, overMidnight ? addDays(date, 1) : date, shift.end);
  if (end <= start) return null;
  const breaks = breakSpans(shift, zone, date, { start, end });
  return { id: shift.id, name: shift.name, productionDate: date, start, end, breaks };
}

/** The shifts that a date's exceptions leave: `closed` takes away the pattern's, then each `shift` is added or replaces its namesake. */
function patternOn(calendar: Calendar, date: string): ShiftTimes[] {
  const weekday = weekdayOf(date);
  const exceptions: readonly CalendarException[] = calendar.exceptions.filter((e) => e.date === date);
  const byId = new Map<string, ShiftTimes>();
  if (!exceptions.some((e) => e.closed)) {
    for (const shift of calendar.shifts) if (shift.days.includes(weekday)) byId.set(shift.id, shift);
  }
  for (const { shift } of exceptions) if (shift) byId.set(shift.id, shift);
  return [...byId.values()];
}

/** Days remembered per calendar and zone; a plant that looks at more than this at once starts over. */
const REMEMBERED_DAYS = 4000;
const remembered = new WeakMap<Versioned<Calendar>, Map<string, Map<string, readonly ShiftInstance[]>>>();

/** The shifts that a production date owns, by start. */
export function shiftsOf(calendar: Versioned<Calendar>, zone: string, date: string): readonly ShiftInstance[] {
  let byZone = remembered.get(calendar);
  if (!byZone) {
    byZone = new Map();
    remembered.set(calendar, byZone);
  }
  let byDate = byZone.get(zone);
  if (!byDate || byDate.size > REMEMBERED_DAYS) {
    byDate = new Map();
    byZone.set(zone, byDate);
  }
  const known = byDate.get(date);
  if (known) return known;
  const shifts: ShiftInstance[] = [];
  for (const pattern of patternOn(valueAt(calendar, localMidnight(zone, date)), date)) {
    const instance = instanceOf(pattern, zone, date);
    if (instance) shifts.push(instance);
  }
  shifts.sort((a, b) => a.start - b.start || a.end - b.end);
  byDate.set(date, shifts);
  return shifts;
}

/** The shift with this id that starts on `productionDate` (YYYY-MM-DD); null where there is none. */
export function shiftOn(
  calendar: Versioned<Calendar>,
  zone: string,
  shiftId: string,
  productionDate: string,
): ShiftInstance | null {
  return shiftsOf(calendar, zone, productionDate).find((s) => s.id === shiftId) ?? null;
}

/** All shifts that overlap [from, to), whole, by start. */
export function shiftsBetween(
  calendar: Versioned<Calendar>,
  zone: string,
  from: Instant,
  to: Instant,
): readonly ShiftInstance[] {
  if (!(from < to)) return [];
  const found: ShiftInstance[] = [];
  const last = localDate(zone, to - 1);
  // A shift ends on the day after its start at the latest.
  for (let date = addDays(localDate(zone, from), -1); ; date = addDays(date, 1)) {
    for (const shift of shiftsOf(calendar, zone, date)) if (shift.start < to && shift.end > from) found.push(shift);
    if (date === last) break;
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

function boundsOf(shifts: readonly ShiftInstance[], zone: string, from: Instant, to: Instant): Instant[] {
  const bounds = new Set<Instant>([from, to]);
  const add = (t: Instant) => {
    if (t > from && t < to) bounds.add(t);
  };
  for (const shift of shifts) {
    add(shift.start);
    add(shift.end);
    for (const pause of shift.breaks) {
      add(pause.start);
      add(pause.end);
    }
  }
  for (let date = addDays(localDate(zone, from), 1); ; date = addDays(date, 1)) {
    const midnight = localMidnight(zone, date);
    if (midnight >= to) break;
    add(midnight);
  }
  return [...bounds].sort((a, b) => a - b);
}

/** Where the calendar cuts [from, to): `from`, every shift and break boundary and local midnight inside, `to`. */
export function sliceBounds(calendar: Versioned<Calendar>, zone: string, from: Instant, to: Instant): Instant[] {
  return from < to ? boundsOf(shiftsBetween(calendar, zone, from, to), zone, from, to) : [];
}

/** [from, to) cut at every shift and break boundary and local midnight: contiguous, in order, covering it exactly. */
export function scheduleSegments(
  calendar: Versioned<Calendar>,
  zone: string,
  from: Instant,
  to: Instant,
): ScheduleSegment[] {
  if (!(from < to)) return [];
  const shifts = shiftsBetween(calendar, zone, from, to);
  const bounds = boundsOf(shifts, zone, from, to);
  const segments: ScheduleSegment[] = [];
  let covering: readonly ShiftInstance[] = [];
  let next = 0;
  for (let i = 0; i + 1 < bounds.length; i += 1) {
    const start = bounds[i] as Instant;
    const end = bounds[i + 1] as Instant;
    if (covering.some((s) => s.end <= start)) covering = covering.filter((s) => s.end > start);
    for (let shift = shifts[next]; shift && shift.start <= start; next += 1, shift = shifts[next]) {
      covering = [...covering, shift];
    }
    const pausing = covering.every((s) => s.breaks.some((b) => b.start <= start && start < b.end));
    const kind = covering.length === 0 ? 'offShift' : pausing ? 'break' : 'shift';
    segments.push({ start, end, kind, shifts: covering });
  }
  return segments;
}
