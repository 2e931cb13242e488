import type { Plant, ReportConfig } from '#shared/plant/model.ts';
import { shiftsBetween } from '#shared/time/calendar.ts';
import { DAY, type Instant, MINUTE, type Span } from '#shared/time/instant.ts';
import { type BucketUnit, buckets } from '#shared/time/periods.ts';
import { lineOfScope } from '../kpi/energy-question.ts';
import { scopeOf } from '../scope.ts';

/** A period's report waits until late data of the ordinary kind are in. */
export const SETTLED_MS = 16 * MINUTE;
/** How many missed periods are made up for, after the api was away. */
const MOST_MISSED = 31;
const LOOK_BACK: Readonly<Record<ReportConfig['every'], number>> = {
  shift: 8 * DAY,
  day: 33 * DAY,
  week: 36 * DAY,
  month: 100 * DAY,
};

/**
 * Periods of a schedule that are over, settled and not made yet, oldest first. `lastEnd`: end of the last one that was made;
 * without one, only the newest.
 */
export function duePeriods(plant: Plant, config: ReportConfig, lastEnd: Instant | null, now: Instant): Span[] {
  const until = now - SETTLED_MS;
  const from = Math.max(lastEnd ?? 0, until - LOOK_BACK[config.every]);
  const over = periodsOf(plant, config, from, until).filter(({ end }) => end <= until);
  if (lastEnd === null) return over.slice(-1);
  return over.filter(({ start, end }) => end > lastEnd && start >= lastEnd - DAY).slice(-MOST_MISSED);
}

function periodsOf(plant: Plant, { every, scope: text }: ReportConfig, from: Instant, to: Instant): Span[] {
  const zone = plant.site.timezone;
  if (from >= to) return [];
  if (every === 'shift') {
    const scope = scopeOf(plant, text);
    const line = scope && lineOfScope(plant, scope);
    const calendar = line && plant.calendars.get(line.calendar);
    return calendar ? shiftsBetween(calendar, zone, from, to).map(({ start, end }) => ({ start, end })) : [];
  }
  const unit: BucketUnit = every;
  const margin = LONGEST[every];
  // Buckets are clipped to what is asked: the first and the last of a wider question may be parts.
  return buckets(zone, from - margin, to + margin, unit)
    .slice(1, -1)
    .filter(({ end }) => end > from && end <= to);
}

const LONGEST = { day: 2 * DAY, week: 8 * DAY, month: 32 * DAY } as const;
