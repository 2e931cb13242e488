import type { PeriodAnswer } from '#shared/contract/energy-answers.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftsBetween, shiftsOf } from '#shared/time/calendar.ts';
import { DAY, type Instant, toIso } from '#shared/time/instant.ts';
import { monthBounds, weekBounds } from '#shared/time/periods.ts';
import { addDays, clockLabel, localDate, localMidnight } from '#shared/time/zone.ts';
import { lineOfScope } from '../kpi/energy-question.ts';
import { badRequest } from '../problem.ts';
import type { Scope } from '../scope.ts';

/*
 * The periods that a page leafs through, with their names: the browser does no calendar arithmetic.
 *
 * - A production day runs from the start of its first shift to that of the next day; without shifts it is the local day.
 * - Weeks and months are of production days.
 */
type Unit = PeriodAnswer['unit'];

export interface PeriodQuestion {
  readonly unit: Unit;
  readonly at: Instant;
  /** Local dates, both included; of `dates` alone. */
  readonly first: string | null;
  readonly last: string | null;
  readonly now: Instant;
}

export function periodOf(plant: Plant, scope: Scope, question: PeriodQuestion): PeriodAnswer {
  const line = lineOfScope(plant, scope);
  const { unit, at, now } = question;
  if (unit === 'dates') return datesPeriod(plant, line, question);
  if (unit === 'shift') return shiftPeriod(plant, line, at, now);
  const zone = plant.site.timezone;
  const date = productionDate(plant, line, at);
  const noon = localMidnight(zone, date) + DAY / 2;
  const bounds = unit === 'week' ? weekBounds(zone, noon) : unit === 'month' ? monthBounds(zone, noon) : null;
  const first = bounds ? localDate(zone, bounds.start) : date;
  const after = bounds ? localDate(zone, bounds.end) : addDays(date, 1);
  const [from, to] = [dayStart(plant, line, first), dayStart(plant, line, after)];
  return answer(unit, from, to, labelOf(plant, unit, first, addDays(after, -1)), now, {
    first,
    last: addDays(after, -1),
  });
}

function shiftPeriod(plant: Plant, line: Line | null, at: Instant, now: Instant): PeriodAnswer {
  const calendar = line && plant.calendars.get(line.calendar);
  const around = calendar ? shiftsBetween(calendar, plant.site.timezone, at - 14 * DAY, at + 14 * DAY) : [];
  const begun = around.filter((shift) => shift.start <= at && shift.start <= now);
  const shift: ShiftInstance | undefined = begun.findLast((one) => one.end > at) ?? begun.at(-1) ?? around[0];
  if (!shift) return dayPeriod(plant, line, at, now);
  const dayWords = dateLabel(plant, shift.productionDate);
  const label = `${shift.name} shift, ${dayWords}`;
  const found = answer('shift', shift.start, shift.end, label, now, null);
  const index = around.indexOf(shift);
  const [before, next] = [around[index - 1], around[index + 1]];
  return {
    ...found,
    previousAt: before ? toIso(before.start) : found.previousAt,
    nextAt: next && next.start <= now ? toIso(next.start) : null,
    shift: { name: shift.name, date: shift.productionDate, dateLabel: dayWords },
  };
}

/** A plant without shifts leafs through days. */
function dayPeriod(plant: Plant, line: Line | null, at: Instant, now: Instant): PeriodAnswer {
  const date = productionDate(plant, line, at);
  const [from, to] = [dayStart(plant, line, date), dayStart(plant, line, addDays(date, 1))];
  return answer('day', from, to, labelOf(plant, 'day', date, date), now, { first: date, last: date });
}

function datesPeriod(plant: Plant, line: Line | null, { first, last, at, now }: PeriodQuestion): PeriodAnswer {
  const today = productionDate(plant, line, at);
  const [a, b] = [first ?? addDays(today, -6), last ?? today];
  if (a > b) throw badRequest(`first (${a}) must not be after last (${b})`);
  const [from, to] = [dayStart(plant, line, a), dayStart(plant, line, addDays(b, 1))];
  return answer('dates', from, to, labelOf(plant, 'dates', a, b), now, { first: a, last: b });
}

function answer(
  unit: Unit,
  from: Instant,
  to: Instant,
  label: string,
  now: Instant,
  dates: { readonly first: string; readonly last: string } | null,
): PeriodAnswer {
  return {
    unit,
    from: toIso(from),
    to: toIso(to),
    label,
    first: dates?.first ?? null,
    last: dates?.last ?? null,
    isCurrent: from <= now && now < to,
    previousAt: toIso(from - 1),
    nextAt: to <= now ? toIso(to) : null,
    shift: null,
  };
}

/** Start of a production day: of its first shift, or when the days around it start. */
function dayStart(plant: Plant, line: Line | null, date: string): Instant {
  const zone = plant.site.timezone;
  const calendar = line && plant.calendars.get(line.calendar);
  const midnight = localMidnight(zone, date);
  if (!calendar) return midnight;
  for (const near of [0, -1, 1, -2, 2, -3, 3]) {
    const other = addDays(date, near);
    const starts = shiftsOf(calendar, zone, other).map((shift) => shift.start);
    if (starts.length > 0) return midnight + (Math.min(...starts) - localMidnight(zone, other));
  }
  return midnight;
}

function productionDate(plant: Plant, line: Line | null, t: Instant): string {
  const date = localDate(plant.site.timezone, t);
  return t < dayStart(plant, line, date) ? addDays(date, -1) : date;
}

export function dateLabel(plant: Plant, date: string): string {
  return named(plant, date, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
}

function labelOf(plant: Plant, unit: Unit, first: string, last: string): string {
  if (unit === 'month') return named(plant, first, { month: 'long', year: 'numeric' });
  if (first === last) return named(plant, first, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const end = named(plant, last, { day: 'numeric', month: 'long', year: 'numeric' });
  const sameMonth = first.slice(0, 7) === last.slice(0, 7);
  const start = named(plant, first, sameMonth ? { day: 'numeric' } : { day: 'numeric', month: 'long' });
  return `${start} to ${end}`;
}

/** Made once for each locale and shape: a year's report names thousands of days. */
const formats = new Map<string, Intl.DateTimeFormat>();

function named(plant: Plant, date: string, options: Intl.DateTimeFormatOptions): string {
  const { locale } = plant.site;
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    formats.set(key, format);
  }
  return format.format(Date.parse(`${date}T12:00:00Z`));
}

/** The name of a group of an answer: `Mon 2 Nov Early`, `Mon 2 Nov`, `14:00`. */
export function groupLabel(
  plant: Plant,
  period: string | null,
  group: { readonly start: Instant; readonly date: string | null; readonly name: string | null },
): string {
  const zone = plant.site.timezone;
  if (period === null) return '';
  if (period === 'hour' || period === 'interval') return clockLabel(zone, group.start);
  if (period === 'month') return named(plant, localDate(zone, group.start), { month: 'long', year: 'numeric' });
  const date = dateLabel(plant, group.date ?? localDate(zone, group.start));
  return group.name === null ? date : `${date} ${group.name}`;
}
