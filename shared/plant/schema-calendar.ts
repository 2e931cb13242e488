import { z } from 'zod';
import { minutesOfDay } from '../time/zone.ts';
import type { BreakPattern, Calendar, CalendarException, ShiftPattern } from './model.ts';
import { date, endOfSpan, id, mapping, text, timeOfDay, weekdays } from './schema-basics.ts';

const breakPattern: z.ZodType<BreakPattern> = mapping({ start: timeOfDay, minutes: z.number().int().min(1).max(1440) });

const times = {
  id,
  name: text.optional(),
  start: timeOfDay,
  end: endOfSpan,
  breaks: z.array(breakPattern).optional(),
};

const shiftPattern: z.ZodType<ShiftPattern> = mapping({ ...times, days: weekdays }).transform((shift) => ({
  ...shift,
  name: shift.name ?? shift.id,
  breaks: shift.breaks ?? [],
}));

const exceptionShift = mapping(times);

const exception = mapping({
  date,
  closed: z.boolean().optional(),
  shift: exceptionShift.optional(),
  note: text.optional(),
}).refine((e) => e.closed === true || e.shift !== undefined, {
  error: 'changes nothing; say `closed: true`, or give the `shift` that runs on this date',
});

function twice<T>(items: readonly T[], key: (item: T) => string): number {
  return items.findIndex((item, i) => items.findIndex((other) => key(other) === key(item)) < i);
}

/** A shift of an exception without a name takes that of the pattern it replaces. Its breaks are those it gives. */
export const calendarSchema: z.ZodType<Calendar> = mapping({
  shifts: z.array(shiftPattern).optional(),
  exceptions: z.array(exception).optional(),
}).transform((given, ctx) => {
  const shifts = given.shifts ?? [];
  const exceptions = given.exceptions ?? [];
  const again = twice(shifts, (s) => s.id);
  if (again >= 0) {
    const message = `there are two shifts "${shifts[again]?.id}" in this calendar; ids are unique (give each weekday pattern its own)`;
    ctx.issues.push({ code: 'custom', input: given, path: ['shifts', again, 'id'], message });
  }
  const replacedTwice = twice(exceptions, (e) => `${e.date} ${e.shift ? `shift ${e.shift.id}` : 'closed'}`);
  if (replacedTwice >= 0) {
    const message = `says the same about ${exceptions[replacedTwice]?.date} again; keep one`;
    ctx.issues.push({ code: 'custom', input: given, path: ['exceptions', replacedTwice], message });
  }
  return {
    shifts,
    exceptions: exceptions.map((e): CalendarException => {
      const { shift } = e;
      const replaced = shifts.find((s) => s.id === shift?.id);
      return {
        date: e.date,
        closed: e.closed ?? false,
        shift: shift ? { ...shift, name: shift.name ?? replaced?.name ?? shift.id, breaks: shift.breaks ?? [] } : null,
        note: e.note ?? null,
      };
    }),
  };
});

/** Minutes of wall clock from start to end; an end at or before the start is on the next day. */
export function wallMinutes(shift: { readonly start: string; readonly end: string }): number {
  const start = minutesOfDay(shift.start) ?? 0;
  const end = minutesOfDay(shift.end) ?? 0;
  return end > start ? end - start : end - start + 1440;
}
