import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Calendar, ShiftPattern, Versioned, Weekday } from '../plant/model.ts';
import { scheduleSegments, shiftsBetween, sliceBounds } from './calendar.ts';
import { HOUR, MINUTE } from './instant.ts';

/*
 * Holds the calendar against a model that walks the clock minute by minute: a wall time is reached in the first minute whose
 * wall clock shows it or a later one. It shares nothing with the product but the shapes.
 */

const DAYS: Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Around each of these a zone changes its clock (or never does). */
const PLACES = [
  ['Europe/London', '2026-03-29'],
  ['Europe/London', '2026-10-25'],
  ['America/Chicago', '2026-03-08'],
  ['America/Chicago', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Pacific/Apia', '2011-12-30'],
  ['Asia/Kolkata', '2026-06-01'],
  ['UTC', '2028-02-29'],
] as const;

const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
const datePlus = (date: string, days: number) => Temporal.PlainDate.from(date).add({ days }).toString();

interface Minute {
  readonly t: number;
  readonly wall: string;
}

const walks = new Map<string, Minute[]>();
/** Every minute of 11 days around a date, with its wall clock as sortable text. */
function walk(zone: string, date: string): Minute[] {
  const key = `${zone} ${date}`;
  const known = walks.get(key);
  if (known) return known;
  const first = Date.parse(`${date}T00:00Z`) - 5 * 24 * HOUR;
  const minutes = Array.from({ length: 11 * 1440 }, (_, i) => {
    const t = first + i * MINUTE;
    return {
      t,
      wall: Temporal.Instant.fromEpochMilliseconds(t)
        .toZonedDateTimeISO(zone)
        .toPlainDateTime()
        .toString()
        .slice(0, 16),
    };
  });
  walks.set(key, minutes);
  return minutes;
}

/** '2026-03-28T24:00' -> the next day's 00:00. */
function reached(minutes: Minute[], date: string, time: string): number {
  const wall = time === '24:00' ? `${datePlus(date, 1)}T00:00` : `${date}T${time}`;
  const found = minutes.find((m) => m.wall >= wall);
  if (!found) throw new Error(`the walk does not reach ${wall}`);
  return found.t;
}

interface Stretch {
  id: string;
  start: number;
  end: number;
  breaks: { start: number; end: number }[];
}

function modelShifts(versions: Versioned<Calendar>, minutes: Minute[], date: string): Stretch[] {
  const found: Stretch[] = [];
  for (let offset = -3; offset <= 2; offset += 1) {
    const day = datePlus(date, offset);
    const midnight = reached(minutes, day, '00:00');
    const calendar = [...versions].reverse().find((v) => v.validFrom <= midnight)!.value;
    const weekday = DAYS[new Date(`${day}T00:00Z`).getUTCDay()]!;
    const changes = calendar.exceptions.filter((e) => e.date === day);
    let shifts: Omit<ShiftPattern, 'days'>[] = calendar.shifts.filter((s) => s.days.includes(weekday));
    if (changes.some((c) => c.closed)) shifts = [];
    for (const change of changes) {
      if (change.shift) shifts = [...shifts.filter((s) => s.id !== change.shift!.id), change.shift];
    }
    for (const shift of shifts) {
      const start = reached(minutes, day, shift.start);
      const end = reached(minutes, shift.end > shift.start ? day : datePlus(day, 1), shift.end);
      if (start >= end) continue;
      const breaks = shift.breaks.map((b) => {
        const from = reached(minutes, b.start < shift.start ? datePlus(day, 1) : day, b.start);
        return { start: from, end: from + b.minutes * MINUTE };
      });
      found.push({ id: shift.id, start, end, breaks });
    }
  }
  return found;
}

const quarter = fc.integer({ min: 0, max: 95 }).map((q) => clock(q * 15));
const breakPattern = fc.record({ start: quarter, minutes: fc.integer({ min: 1, max: 90 }) });
const times = (id: string) =>
  fc.record({
    id: fc.constant(id),
    name: fc.constant(id),
    start: quarter,
    end: fc.oneof(quarter, fc.constant('24:00')),
    breaks: fc.array(breakPattern, { maxLength: 2 }),
  });
const pattern = (id: string) =>
  fc.tuple(times(id), fc.subarray(DAYS, { minLength: 3 })).map(([t, days]) => ({ ...t, days }));
const exception = (date: string) =>
  fc.record({
    date: fc.integer({ min: -2, max: 2 }).map((d) => datePlus(date, d)),
    closed: fc.boolean(),
    shift: fc.option(times('a'), { nil: null }),
    note: fc.constant(null),
  });
const calendar = (date: string) =>
  fc.record({
    shifts: fc.tuple(pattern('a'), pattern('b'), pattern('c')).chain((all) => fc.subarray(all)),
    exceptions: fc.array(exception(date), { maxLength: 2 }),
  });

test.each(PLACES)(
  '%s around %s: the calendar is what the clock shows, minute by minute',
  (zone, date) => {
    const minutes = walk(zone, date);
    const windows = fc.tuple(fc.integer({ min: 4 * 1440, max: 6 * 1440 }), fc.integer({ min: 1, max: 1440 }));
    const versions = fc
      .tuple(calendar(date), fc.option(calendar(date), { nil: null }))
      .map(
        ([first, second]): Versioned<Calendar> => [
          { validFrom: Number.NEGATIVE_INFINITY, value: first },
          ...(second ? [{ validFrom: reached(minutes, date, '00:00'), value: second }] : []),
        ],
      );
    fc.assert(
      fc.property(versions, windows, (calendars, [first, length]) => {
        const shifts = modelShifts(calendars, minutes, date);
        const inside = minutes.slice(first, first + length);
        const from = inside[0]!.t;
        const to = inside.at(-1)!.t + MINUTE;
        const segments = scheduleSegments(calendars, zone, from, to);

        expect(segments[0]!.start).toBe(from);
        expect(segments.at(-1)!.end).toBe(to);
        segments.forEach((s, i) => {
          expect(s.start).toBeLessThan(s.end);
          if (i > 0) expect(s.start).toBe(segments[i - 1]!.end);
        });
        expect(sliceBounds(calendars, zone, from, to)).toEqual([...segments.map((s) => s.start), to]);

        let index = 0;
        for (const [i, { t, wall }] of inside.entries()) {
          if (t >= segments[index]!.end) index += 1;
          const segment = segments[index]!;
          const covering = shifts.filter((s) => s.start <= t && t < s.end);
          const pausing = covering.every((s) => s.breaks.some((b) => b.start <= t && t < b.end));
          const kind = covering.length === 0 ? 'offShift' : pausing ? 'break' : 'shift';
          expect([wall, segment.kind]).toEqual([wall, kind]);
          expect(segment.shifts.map((s) => s.id).sort()).toEqual(covering.map((s) => s.id).sort());
          const newDay = i > 0 && wall.slice(0, 10) !== inside[i - 1]!.wall.slice(0, 10);
          if (newDay) expect(segment.start).toBe(t);
        }

        const whole = shifts.filter((s) => s.start < to && s.end > from).map((s) => `${s.id} ${s.start} ${s.end}`);
        expect(
          shiftsBetween(calendars, zone, from, to)
            .map((s) => `${s.id} ${s.start} ${s.end}`)
            .sort(),
        ).toEqual(whole.sort());
      }),
      { numRuns: 25 },
    );
  },
  60_000,
);
