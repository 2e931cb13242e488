import type { Calendar, CalendarException, Plant, Versioned } from '../plant/model.ts';
import type { Entry, EntryOf } from './entry.ts';

/*
 * The plant file with what people entered about shifts and targets.
 *
 * - Entries come effective and in the order in which they apply: of two about the same shift or instant the later counts.
 * - A target replaces that of the file; a machine without one has none to replace.
 * - An exception is of one line. Where lines share a calendar, that line gets a calendar of its own, `<calendar>@<line>`.
 * - The same entries give the same plant; without any it is the very same object.
 */
export function withPlanEntries(plant: Plant, effective: readonly Entry[]): Plant {
  const exceptions = effective.filter((e) => e.type === 'calendarException' && plant.lines.has(e.line));
  const targets = effective.filter((e) => e.type === 'target' && plant.machines.has(e.machine));
  if (exceptions.length === 0 && targets.length === 0) return plant;
  const lines = new Map(plant.lines);
  const calendars = new Map(plant.calendars);
  const machines = new Map(plant.machines);
  for (const e of exceptions as EntryOf<'calendarException'>[]) {
    const line = lines.get(e.line);
    const calendar = line && calendars.get(line.calendar);
    if (!line || !calendar) continue;
    const own = `${plant.lines.get(e.line)?.calendar}@${e.line}`;
    calendars.set(
      own,
      calendar.map(({ validFrom, value }) => ({ validFrom, value: withException(value, e) })),
    );
    lines.set(e.line, { ...line, calendar: own });
  }
  for (const e of targets as EntryOf<'target'>[]) {
    const machine = machines.get(e.machine);
    if (machine?.targetOee) machines.set(e.machine, { ...machine, targetOee: withTarget(machine.targetOee, e) });
  }
  const entered: PlantWithEntries = {
    ...plant,
    lines,
    calendars,
    machines,
    entered: [...exceptions, ...targets].map((e) => e.id).join(' '),
  };
  return entered;
}

interface PlantWithEntries extends Plant {
  readonly entered: string;
}

/** The ids of the entries that are in this plant, '' for the plant file alone: with its hash, what judgement rests on. */
export function enteredInto(plant: Plant): string {
  return 'entered' in plant && typeof plant.entered === 'string' ? plant.entered : '';
}

function withException(calendar: Calendar, { date, closed, shift }: EntryOf<'calendarException'>): Calendar {
  const pattern = calendar.shifts.find((s) => s.id === shift?.id);
  const made: CalendarException = {
    date,
    closed: closed ?? false,
    shift: shift
      ? { ...shift, name: shift.name ?? pattern?.name ?? shift.id, breaks: shift.breaks ?? pattern?.breaks ?? [] }
      : null,
    note: null,
  };
  // A day that is closed keeps no shift entered before; a shift entered after it runs all the same.
  const kept = calendar.exceptions.filter((x) => x.date !== date || (!made.closed && x.shift?.id !== shift?.id));
  return { ...calendar, exceptions: [...kept, made] };
}

/** A target that the plant file gives from a later date on still takes over then. */
function withTarget(targets: Versioned<number>, { at, targetOee }: EntryOf<'target'>): Versioned<number> {
  const others = targets.filter((v) => v.validFrom !== at);
  return [...others, { validFrom: at, value: targetOee }].sort((a, b) => a.validFrom - b.validFrom);
}
