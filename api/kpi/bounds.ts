import type { Period } from '#shared/contract/rest.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftsBetween, sliceBounds } from '#shared/time/calendar.ts';
import { HOUR, type Instant, type Span } from '#shared/time/instant.ts';
import { type BucketUnit, buckets, dayBounds } from '#shared/time/periods.ts';

export const DAY_MS = 86_400_000;

/** A span of time that an answer groups by, with the slices that it is made of. */
export interface Group extends Span {
  /** Shift id, or `offShift` for a gap between shifts; null where the period is not a shift. */
  readonly shift: string | null;
  readonly name: string | null;
  /** Production date, where there is one. */
  readonly date: string | null;
  /** Which slices belong to it; each is counted once. */
  readonly has: (slice: Span) => boolean;
}

/** Slices of [from, to): cut at every shift and break boundary and local midnight of the lines' calendars, and at `extra`. */
export function slicesOf(
  plant: Plant,
  lines: readonly Line[],
  from: Instant,
  to: Instant,
  extra: readonly Instant[] = [],
): Span[] {
  if (!(from < to)) return [];
  const cuts = new Set<Instant>([from, to]);
  const zone = plant.site.timezone;
  const calendars = new Set(lines.map((line) => line.calendar));
  for (const id of calendars) {
    const calendar = plant.calendars.get(id);
    if (calendar) for (const t of sliceBounds(calendar, zone, from, to)) cuts.add(t);
  }
  if (calendars.size === 0) {
    for (let day = dayBounds(zone, from); day.end < to; day = dayBounds(zone, day.end)) cuts.add(day.end);
  }
  for (const t of extra) if (t > from && t < to) cuts.add(t);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => ({ start: sorted[i] ?? end, end }));
}

/** Shifts of a line that overlap [from, to). */
export function shiftsOfLine(plant: Plant, line: Line, from: Instant, to: Instant): readonly ShiftInstance[] {
  const calendar = plant.calendars.get(line.calendar);
  return calendar ? shiftsBetween(calendar, plant.site.timezone, from, to) : [];
}

const UNIT: Partial<Record<Period, BucketUnit>> = { hour: 'hour', day: 'day', week: 'week', month: 'month' };

/** The groups of a period over [from, to), clipped to it. `shifts` are those of the scope, in order. */
export function groupsOf(
  plant: Plant,
  period: Period | null,
  shifts: readonly ShiftInstance[],
  from: Instant,
  to: Instant,
): Group[] {
  if (period === null) return [span(from, to)];
  const unit = UNIT[period];
  if (unit) return buckets(plant.site.timezone, from, to, unit).map((b) => span(b.start, b.end));
  if (period === 'productionDay') return productionDays(shifts, from, to);
  const groups: Group[] = [];
  let covered = from;
  const gap = (end: Instant): void => {
    if (end > covered) groups.push({ ...span(covered, end), shift: 'offShift', name: 'Off shift', date: null });
  };
  for (const shift of shifts) {
    gap(Math.min(shift.start, to));
    const { id, name, productionDate } = shift;
    const clipped = span(Math.max(shift.start, from), Math.min(shift.end, to));
    groups.push({ ...clipped, shift: id, name, date: productionDate });
    covered = Math.max(covered, shift.end);
  }
  gap(to);
  return groups;
}

function span(start: Instant, end: Instant): Group {
  return { start, end, shift: null, name: null, date: null, has: (s) => s.start >= start && s.end <= end };
}

/** A production day is the union of the shifts that began on its date, each second once. */
function productionDays(shifts: readonly ShiftInstance[], from: Instant, to: Instant): Group[] {
  const byDate = new Map<string, ShiftInstance[]>();
  for (const shift of shifts) {
    const list = byDate.get(shift.productionDate);
    if (list) list.push(shift);
    else byDate.set(shift.productionDate, [shift]);
  }
  return [...byDate].map(([date, own]) => ({
    start: Math.max(from, Math.min(...own.map((s) => s.start))),
    end: Math.min(to, Math.max(...own.map((s) => s.end))),
    shift: null,
    name: null,
    date,
    has: (slice: Span) => own.some((s) => slice.start >= s.start && slice.end <= s.end),
  }));
}

/** Local hours of [from, to), for answers that are cut finer than the calendar does. */
export function hourCuts(plant: Plant, from: Instant, to: Instant): Instant[] {
  return to - from < HOUR / 60 ? [] : buckets(plant.site.timezone, from, to, 'hour').map((b) => b.start);
}
