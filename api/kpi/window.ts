import { MAX_WINDOW_DAYS } from '#shared/contract/rest.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { shiftsOf } from '#shared/time/calendar.ts';
import { type Instant, MINUTE, minuteOf, SECOND, toIso } from '#shared/time/instant.ts';
import { addDays, localDate, localMidnight } from '#shared/time/zone.ts';
import type { LiveStore } from '../live/store.ts';
import { badRequest } from '../problem.ts';

/** A window as it was asked for. */
export interface AskedWindow {
  readonly from: Instant;
  readonly to: Instant;
  readonly asOf?: Instant;
}

const DEFAULT_DAYS = 14;
/** Live knowledge is a second or two behind the clock; more than this is missing data. */
const LAG_MS = 15 * SECOND;

/**
 * Reads `from` and `to`: whole minutes, at most MAX_WINDOW_DAYS apart; without them the last 14 days, from the start of a
 * production day. @throws Problem 400 that names the nearest whole minute.
 */
export function askedWindow(
  plant: Plant,
  lines: readonly Line[],
  query: { readonly from?: string | undefined; readonly to?: string | undefined; readonly asOf?: string | undefined },
  now: Instant,
): AskedWindow {
  const to = query.to === undefined ? now : wholeMinute('to', query.to);
  const from = query.from === undefined ? defaultFrom(plant, lines, to) : wholeMinute('from', query.from);
  if (from >= to) throw badRequest(`from (${toIso(from)}) must be before to (${toIso(to)})`);
  if (to - from > MAX_WINDOW_DAYS * 86_400_000) {
    throw badRequest(`one question may span ${MAX_WINDOW_DAYS} days at most; ask in parts`);
  }
  const asOf = query.asOf === undefined ? undefined : Date.parse(query.asOf);
  if (asOf === undefined) return { from, to };
  return { from, to: Math.min(to, asOf), asOf };
}

function wholeMinute(name: string, text: string): Instant {
  const t = Date.parse(text);
  if (t % MINUTE === 0) return t;
  const nearest = toIso(Math.round(t / MINUTE) * MINUTE);
  throw badRequest(`${name} must be a whole minute; the nearest to ${text} is ${nearest}`, { nearest });
}

/** Start of the first shift of the day 14 days back, so that no shift is cut; local midnight where there is none. */
function defaultFrom(plant: Plant, lines: readonly Line[], to: Instant): Instant {
  const zone = plant.site.timezone;
  const date = addDays(localDate(zone, to), -DEFAULT_DAYS);
  const starts = lines.flatMap((line) => {
    const calendar = plant.calendars.get(line.calendar);
    return calendar ? shiftsOf(calendar, zone, date).map((s) => s.start) : [];
  });
  return starts.length > 0 ? Math.min(...starts) : localMidnight(zone, date);
}

/**
 * Where a window ends for now: at the end of knowledge where that is a moment ago, else at the clock, so that missing data
 * shows as unknown and a passing second does not.
 */
export function endForNow(
  live: LiveStore,
  machines: readonly string[],
  meters: readonly string[],
  now: Instant,
): Instant {
  let end = now;
  for (const id of machines) {
    const { to } = live.machine(id).facts.known(now - MINUTE);
    if (to !== null && now - to < LAG_MS) end = Math.min(end, to);
  }
  if (machines.length > 0) return end;
  for (const id of meters) {
    const last = live
      .meter(id)
      .facts.known(minuteOf(now) - MINUTE)
      .at(-1)?.end;
    if (last !== undefined && now - last < LAG_MS) end = Math.min(end, last);
  }
  return end;
}
