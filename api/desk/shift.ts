import type { DeskShift } from '#shared/contract/desk.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { DAY, type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import { shiftsOfLine } from '../kpi/bounds.ts';
import { badRequest, notFound } from '../problem.ts';
import { requireScope, type Scope } from '../scope.ts';

/** One shift of one line, and the part of the line that is asked about. */
export interface AskedShift {
  readonly scope: Scope;
  readonly line: Line;
  readonly shift: ShiftInstance;
  /** The last ones that have begun, newest first. */
  readonly shifts: readonly ShiftInstance[];
}

const OFFERED_DAYS = 7;
const MOST_OFFERED = 21;

/** @throws Problem for a scope that is neither a line nor a machine, and for a shift that there was not. */
export function askedShift(
  plant: Plant,
  query: { readonly scope: string; readonly shift?: string | undefined; readonly date?: string | undefined },
  now: Instant,
): AskedShift {
  const scope = requireScope(plant, query.scope);
  const line = plant.lines.get(scope.lines[0] ?? '');
  if (!line || (scope.kind !== 'line' && scope.kind !== 'machine')) {
    throw badRequest(`${query.scope} has no shifts of its own; ask a line or a machine`);
  }
  const shifts = shiftsOfLine(plant, line, now - OFFERED_DAYS * DAY, now + 1)
    .filter((s) => s.start <= now)
    .reverse()
    .slice(0, MOST_OFFERED);
  if (query.shift === undefined && query.date === undefined) {
    const newest = shifts[0];
    if (!newest) throw notFound(`${query.scope} had no shift in the last ${OFFERED_DAYS} days`);
    return { scope, line, shift: newest, shifts };
  }
  if (query.shift === undefined || query.date === undefined)
    throw badRequest('give shift and date together, or neither');
  const found = shiftOn(plant, line.id, query.shift, query.date);
  if (!found || found.start > now) throw notFound(`${query.scope} had no shift ${query.shift} on ${query.date}`);
  return { scope, line, shift: found, shifts };
}

/** The shift of a line with this id on this production date, as `plant` has it; null where there is none. */
export function shiftOn(plant: Plant, lineId: string, id: string, date: string): ShiftInstance | null {
  const line = plant.lines.get(lineId);
  if (!line) return null;
  const noon = Date.parse(`${date}T12:00:00Z`);
  const near = shiftsOfLine(plant, line, noon - 2 * DAY, noon + 2 * DAY);
  return near.find((s) => s.id === id && s.productionDate === date) ?? null;
}

export function shiftAnswer(plant: Plant, shift: ShiftInstance, now: Instant): DeskShift {
  const { timezone, locale } = plant.site;
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
  return {
    id: shift.id,
    name: shift.name,
    date: shift.productionDate,
    dateLabel: day.format(Date.parse(`${shift.productionDate}T12:00:00Z`)),
    start: toIso(shift.start),
    end: toIso(shift.end),
    startLabel: clockLabel(timezone, shift.start),
    endLabel: clockLabel(timezone, shift.end),
    running: shift.start <= now && now < shift.end,
  };
}
