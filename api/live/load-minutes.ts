import type { LoadMinute } from '#shared/energy/load-forecast.ts';
import { metersBehind, metersBelow } from '#shared/energy/scope.ts';
import type { MeterPiece } from '#shared/oee/facts.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { shiftsBetween } from '#shared/time/calendar.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';

/*
 * Meter facts as the loads that a forecast learns from: per minute each meter's own part, with what its machines did.
 *
 * - Only whole minutes with every second read; a meter that missed some of a minute is missing in it.
 * - The top meter's own part is its reading less the meters below, where all of them have the minute.
 */
export type PhaseOf = (machine: string | null, t: Instant) => string;

/** What the calendar says of a machine's line; of a load without machines, of the first line. */
export function phasesOf(plant: Plant): PhaseOf {
  const days = new Map<
    string,
    { start: Instant; end: Instant; breaks: readonly { start: Instant; end: Instant }[] }[]
  >();
  const first = plant.lines.values().next().value;
  return (machine, t) => {
    const line = machine === null ? first : plant.lines.get(plant.machines.get(machine)?.line ?? '');
    const calendar = line && plant.calendars.get(line.calendar);
    if (!line || !calendar) return '';
    const day = Math.floor(t / DAY);
    const key = `${line.calendar} ${day}`;
    let shifts = days.get(key);
    if (!shifts) {
      if (days.size > 200) days.clear();
      shifts = [...shiftsBetween(calendar, plant.site.timezone, day * DAY, (day + 1) * DAY)];
      days.set(key, shifts);
    }
    const shift = shifts.find((s) => s.start <= t && t < s.end);
    if (!shift) return 'off';
    return shift.breaks.some((pause) => pause.start <= t && t < pause.end) ? 'break' : 'shift';
  };
}

/** Loads of every minute of the pieces, in order; `top` and every meter behind it. */
export function loadMinutes(
  plant: Plant,
  top: string,
  pieces: Iterable<MeterPiece>,
  phaseOf: PhaseOf,
): { readonly minute: Instant; readonly loads: readonly LoadMinute[] }[] {
  const meters = metersBehind(plant, top);
  const minutes = new Map<Instant, Map<string, { wh: number; seconds: number; states: Map<string, string> }>>();
  for (const piece of pieces) {
    if (piece.void) continue;
    let own = minutes.get(piece.minute);
    if (!own) {
      own = new Map();
      minutes.set(piece.minute, own);
    }
    const row = own.get(piece.meter) ?? { wh: 0, seconds: 0, states: new Map<string, string>() };
    own.set(piece.meter, row);
    if (piece.machine === '') {
      row.wh += piece.energyWh;
      row.seconds += piece.coveredSeconds;
    } else row.states.set(piece.machine, piece.state);
  }
  const found: { minute: Instant; loads: LoadMinute[] }[] = [];
  for (const minute of [...minutes.keys()].sort((a, b) => a - b)) {
    const rows = minutes.get(minute);
    const whOf = (id: string): number | null => {
      const row = rows?.get(id);
      return row && row.seconds >= 59.99 ? row.wh : null;
    };
    const loads: LoadMinute[] = [];
    for (const id of meters) {
      const parts = [id, ...metersBelow(plant, id)].map(whOf);
      if (parts.some((wh) => wh === null)) continue;
      const [whole = 0, ...below] = parts.map((wh) => wh ?? 0);
      const wh = below.reduce((left, part) => left - part, whole);
      loads.push({ ...describe(plant, id, minute, phaseOf, rows?.get(id)?.states), kW: (wh * 60) / 1000 });
    }
    found.push({ minute, loads });
  }
  return found;
}

/** What a meter's machines do, as the class of its load. */
export function describe(
  plant: Plant,
  meter: string,
  t: Instant,
  phaseOf: PhaseOf,
  states: ReadonlyMap<string, string> | undefined,
): { readonly id: string; readonly doing: string; readonly phase: string } {
  const fed = valueAt(plant.meters.get(meter)?.feeds ?? [{ validFrom: 0, value: [] }], t);
  const doing = fed.map(({ machine }) => states?.get(machine) ?? 'unknown').join('+');
  return { id: meter, doing, phase: phaseOf(fed[0]?.machine ?? null, t) };
}
