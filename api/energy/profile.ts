import type { ProfileAnswer } from '#shared/contract/energy-answers.ts';
import type { DemandBlock } from '#shared/energy/demand.ts';
import { loadDuration } from '#shared/energy/enpi.ts';
import { tariffSpans } from '#shared/energy/scope.ts';
import { bandSegments } from '#shared/energy/tariff.ts';
import type { Plant } from '#shared/plant/model.ts';
import { shiftsOf } from '#shared/time/calendar.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { addDays, clockLabel, localDate, localMidnight } from '#shared/time/zone.ts';
import { lineOfScope } from '../kpi/energy-question.ts';
import { badRequest } from '../problem.ts';
import type { Scope } from '../scope.ts';
import { type EnergyDeps, type EnergyWindow, loadMeter, settledLoad } from './load.ts';
import { limitOf } from './overview.ts';

/** More blocks than any screen has pixels for; a longer time is asked in parts. */
const MAX_BLOCKS = 40_000;
const DURATION_POINTS = 200;

/** Every settlement block of a window, by production day: demand against what is agreed, the heat map, the load duration. */
export async function loadProfile(
  plant: Plant,
  { kpi }: EnergyDeps,
  scope: Scope,
  window: EnergyWindow,
): Promise<ProfileAnswer | null> {
  const meter = loadMeter(plant, scope, window.from);
  if (meter === null) return null;
  const { blocks, windowMinutes, zone } = await settledLoad(plant, kpi, meter, window);
  if (blocks.length > MAX_BLOCKS) {
    throw badRequest(
      `that is ${blocks.length} blocks of ${windowMinutes} minutes, more than ${MAX_BLOCKS}; ask for a shorter time`,
    );
  }
  const days = new Map<string, { start: Instant; blocks: DemandBlock[] }>();
  const dayOf = productionDays(plant, scope, window);
  for (const block of blocks) {
    const { date, start } = dayOf(block.start);
    const day = days.get(date);
    if (day) day.blocks.push(block);
    else days.set(date, { start, blocks: [block] });
  }
  const bandOf = bandsOver(plant, meter, window);
  return {
    scope: scope.text,
    meter,
    meterName: plant.meters.get(meter)?.name ?? meter,
    window: { start: toIso(window.from), end: toIso(window.to) },
    windowMinutes,
    limitKw: limitOf(plant, meter, window.to - 1).limitKw,
    days: [...days].map(([date, day]) => ({
      date,
      label: dayLabel(plant, date),
      start: toIso(day.start),
      blocks: day.blocks.map((block) => ({
        start: toIso(block.start),
        label: clockLabel(zone, block.start),
        // A block that is hardly measured has no mean power that anybody should read.
        kW: block.coveredSeconds > 0 ? block.kW : null,
        kVA: block.coveredSeconds > 0 ? block.kVA : null,
        complete: block.complete,
        band: bandOf(block.start),
      })),
    })),
    duration: thinned(loadDuration(blocks).map(({ share, kW }) => [share, kW] as [number, number])),
  };
}

/** The production day of an instant: from the first shift of a date to the first of the next; without shifts the local day. */
function productionDays(
  plant: Plant,
  scope: Scope,
  { from, to }: EnergyWindow,
): (t: Instant) => { readonly date: string; readonly start: Instant } {
  const zone = plant.site.timezone;
  const line = lineOfScope(plant, scope);
  const calendar = line ? plant.calendars.get(line.calendar) : undefined;
  const starts: { date: string; start: Instant }[] = [];
  const clockOf = new Map<string, string>();
  for (let date = addDays(localDate(zone, from), -1); ; date = addDays(date, 1)) {
    const midnight = localMidnight(zone, date);
    if (midnight >= to) break;
    const first = calendar ? Math.min(...shiftsOf(calendar, zone, date).map((shift) => shift.start)) : midnight;
    if (Number.isFinite(first)) clockOf.set('', clockLabel(zone, first));
    starts.push({ date, start: first });
  }
  // A day without a shift begins when the others do, so that its row of a heat map lines up.
  const usual = clockOf.get('') ?? '00:00';
  const [hours = 0, minutes = 0] = usual.split(':').map(Number);
  const sorted = starts
    .map(({ date, start }) => ({
      date,
      start: Number.isFinite(start) ? start : localMidnight(zone, date) + (hours * 60 + minutes) * 60_000,
    }))
    .sort((a, b) => a.start - b.start);
  let k = 0;
  return (t) => {
    if ((sorted[k]?.start ?? 0) > t) k = 0;
    while ((sorted[k + 1]?.start ?? Number.POSITIVE_INFINITY) <= t) k += 1;
    return sorted[k] ?? { date: localDate(zone, t), start: t };
  };
}

function bandsOver(plant: Plant, meter: string, { from, to }: EnergyWindow): (t: Instant) => string {
  const segments = tariffSpans(plant, meter, from, to).flatMap(({ start, end, tariff }) =>
    tariff ? bandSegments(tariff, start, end) : [],
  );
  let k = 0;
  return (t) => {
    while ((segments[k]?.end ?? Number.POSITIVE_INFINITY) <= t) k += 1;
    const segment = segments[k];
    return segment && segment.start <= t ? segment.band : '';
  };
}

/** 'Mon 2', and with the month on the first of one. */
function dayLabel(plant: Plant, date: string): string {
  const format = new Intl.DateTimeFormat(plant.site.locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  const parts = format.formatToParts(Date.parse(`${date}T12:00:00Z`));
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? '';
  return `${part('weekday')} ${part('day')} ${part('month')}`;
}

/** At most DURATION_POINTS points, the ends kept. */
function thinned(points: readonly [number, number][]): [number, number][] {
  if (points.length <= DURATION_POINTS) return [...points];
  const step = (points.length - 1) / (DURATION_POINTS - 1);
  return Array.from({ length: DURATION_POINTS }, (_, i) => points[Math.round(i * step)] as [number, number]);
}
