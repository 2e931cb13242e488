import { shiftsBetween } from '../time/calendar.ts';
import { HOUR, MINUTE } from '../time/instant.ts';
import { localDate, localMidnight, minutesOfDay } from '../time/zone.ts';
import type { Doubting } from './doubts.ts';
import type { PlantDraft } from './draft.ts';
import type { Calendar, Plant, ShiftPattern } from './model.ts';
import type { Path } from './problem.ts';
import { wallMinutes } from './schema-calendar.ts';

/** A longer pause between shifts is a night off, not a slip of the pen. */
const LONGEST_SLIP = HOUR;
/** A Monday, in a zone without summer time: the pattern itself, not one week's clock. */
const WEEK_START = Date.UTC(2024, 0, 1);
const WEEK = 7 * 24 * HOUR;

export function doubtCalendars(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const used = new Set(draft.lines.map(({ value }) => value.calendar));
  for (const { path, value } of draft.calendars) {
    if (!used.has(value.id)) doubt('calendarUnused', path, `no line uses calendar "${value.id}"`);
    const { timezone } = plant.site;
    value.versions.forEach(({ validFrom, value: calendar }, i) => {
      if (i > 0 && validFrom !== localMidnight(timezone, localDate(timezone, validFrom))) {
        doubt(
          'calendarVersionMidDay',
          path,
          `a version of calendar "${value.id}" begins in the middle of a day; it applies to shifts from the next day on`,
        );
      }
      doubtSeams(calendar, path, doubt);
      for (const shift of calendar.shifts) doubtBreaks(shift, path, doubt);
      for (const { shift, date } of calendar.exceptions) {
        if (!shift) continue;
        doubtBreaks(shift, path, doubt);
        const replaced = calendar.shifts.find((s) => s.id === shift.id);
        if (replaced && replaced.breaks.length > 0 && shift.breaks.length === 0) {
          doubt(
            'breaksReplaced',
            path,
            `on ${date} shift "${shift.id}" is replaced by one without breaks; give it breaks if it has them`,
          );
        }
      }
    });
  }
}

/** Overlaps and short gaps between the shifts of an ordinary week. */
function doubtSeams(calendar: Calendar, path: Path, doubt: Doubting): void {
  const week = shiftsBetween(
    [{ validFrom: Number.NEGATIVE_INFINITY, value: { shifts: calendar.shifts, exceptions: [] } }],
    'UTC',
    WEEK_START,
    WEEK_START + WEEK,
  );
  const told = new Set<string>();
  week.forEach((shift, i) => {
    const next = week[i + 1];
    if (!next) return;
    const minutes = Math.abs(next.start - shift.end) / MINUTE;
    const pair = `${shift.id} ${next.id}`;
    if (told.has(pair)) return;
    if (next.start < shift.end) {
      told.add(pair);
      doubt(
        'shiftsOverlap',
        path,
        `shifts "${shift.id}" and "${next.id}" overlap by ${minutes} min; each minute of a day counts once, in the shift's own figures twice`,
      );
    } else if (next.start > shift.end && next.start - shift.end < LONGEST_SLIP) {
      told.add(pair);
      doubt(
        'shiftsGap',
        path,
        `between shifts "${shift.id}" and "${next.id}" are ${minutes} min that belong to no shift`,
      );
    }
  });
}

function doubtBreaks(shift: Omit<ShiftPattern, 'days'>, path: Path, doubt: Doubting): void {
  const length = wallMinutes(shift);
  for (const pause of shift.breaks) {
    const into = ((minutesOfDay(pause.start) ?? 0) - (minutesOfDay(shift.start) ?? 0) + 1440) % 1440;
    if (into >= length) {
      doubt(
        'breakOutsideShift',
        path,
        `the break at ${pause.start} lies outside shift "${shift.id}" (${shift.start} to ${shift.end}) and never happens`,
      );
    } else if (into + pause.minutes > length) {
      doubt(
        'breakOutsideShift',
        path,
        `the break at ${pause.start} reaches beyond the end of shift "${shift.id}" and is cut there`,
      );
    }
  }
}
