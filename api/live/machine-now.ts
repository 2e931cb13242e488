import type { Look } from '#shared/contract/socket.ts';
import { firstEndingAfter } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lookOf } from '#shared/oee/look.ts';
import { type Stop, stopsOf } from '#shared/oee/stops.ts';
import type { Line, Machine, Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftsBetween } from '#shared/time/calendar.ts';
import { HOUR, type Instant } from '#shared/time/instant.ts';

/** What the views of one machine are made from: judged once per change, read by its own view, its line's and its site's. */
export interface MachineNow {
  readonly machine: Machine;
  readonly line: Line;
  /** The running shift of its line. */
  readonly shift: ShiftInstance | null;
  /** Contiguous, from two hours before the shift (without one: the last two to three hours) to the end of knowledge. */
  readonly spans: readonly JudgedSpan[];
  /** Those of the running shift. */
  readonly shiftSpans: readonly JudgedSpan[];
  /** Stops of the running shift. */
  readonly stops: readonly Stop[];
  /** The span in which knowledge ends. */
  readonly last: JudgedSpan | null;
  readonly look: Look;
  readonly powerKw: number | null;
}

/** The shift in progress on a line; of overlapping ones the one that began last. */
export function runningShift(plant: Plant, line: Line, now: Instant): ShiftInstance | null {
  const calendar = plant.calendars.get(line.calendar);
  if (!calendar) return null;
  return shiftsBetween(calendar, plant.site.timezone, now, now + 1).at(-1) ?? null;
}

/** How much before the shift is shown, and held. */
export const LOOK_BACK_MS = 2 * HOUR;

/** From when a line's machines are judged; it moves only at shift changes, or once an hour where there is no shift. */
export function judgedFrom(shift: ShiftInstance | null, now: Instant): Instant {
  return shift ? shift.start - LOOK_BACK_MS : Math.floor(now / HOUR) * HOUR - LOOK_BACK_MS;
}

export function machineNow(
  plant: Plant,
  machine: Machine,
  line: Line,
  shift: ShiftInstance | null,
  spans: readonly JudgedSpan[],
  powerW: number | null,
): MachineNow {
  const shiftSpans = shift ? spans.slice(firstEndingAfter(spans, shift.start)) : [];
  const last = spans.at(-1) ?? null;
  return {
    machine,
    line,
    shift,
    spans,
    shiftSpans,
    stops: stopsOf(shiftSpans, plant),
    last,
    look: last ? lookOf(last) : 'unknown',
    powerKw: powerW === null ? null : powerW / 1000,
  };
}
