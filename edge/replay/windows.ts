import type { Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftOn } from '#shared/time/calendar.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Query } from './queries.ts';

/** Where a query looks, and where: each machine by the calendar of its own line. */
export interface Window {
  readonly from: Instant;
  /** Already cut at `asOf` where the window was still open then. */
  readonly to: Instant;
}

/** The window of a query for one machine (or any machine of a line); null where the shift does not run on that date. */
export function windowOf(plant: Plant, query: Query, lineId: string | null): Window | null {
  const asOf = query.asOf ?? Number.POSITIVE_INFINITY;
  const clip = (from: Instant, to: Instant) => ({ from, to: Math.max(from, Math.min(to, asOf)) });
  if ('from' in query) return clip(query.from, query.to);
  const shift = shiftIn(plant, lineId, query.shift, query.date);
  return shift && clip(shift.start, shift.end);
}

function shiftIn(plant: Plant, lineId: string | null, shift: string, date: string): ShiftInstance | null {
  const calendar = plant.calendars.get(plant.lines.get(lineId ?? '')?.calendar ?? '');
  return calendar ? shiftOn(calendar, plant.site.timezone, shift, date) : null;
}

/** The shifts that any version of a calendar knows, also those of single dates. */
export function shiftIds(plant: Plant, calendar: string): string[] {
  const ids = (plant.calendars.get(calendar) ?? []).flatMap(({ value }) => [
    ...value.shifts.map((s) => s.id),
    ...value.exceptions.flatMap((e) => e.shift?.id ?? []),
  ]);
  return [...new Set(ids)];
}

/** Lines whose calendars place a query. */
export function linesOf(plant: Plant, query: Query): string[] {
  if ('line' in query) return [query.line];
  if (!('machines' in query)) return [];
  return [...new Set(query.machines.flatMap((m) => plant.machines.get(m)?.line ?? []))];
}
