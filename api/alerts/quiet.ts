import type { QuietHours, Weekday } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { addDays, clockLabel, localDate, weekdayOf } from '#shared/time/zone.ts';

/** Whether an instant lies in quiet hours, on the site's clock. Hours over midnight belong to the day that they begin on. */
export function isQuiet(zone: string, quiet: readonly QuietHours[], t: Instant): boolean {
  if (quiet.length === 0) return false;
  const date = localDate(zone, t);
  const clock = clockLabel(zone, t);
  const on = ({ days }: QuietHours, day: Weekday): boolean => days === null || days.includes(day);
  return quiet.some((hours) => {
    const from = hours.from ?? '00:00';
    const to = hours.to ?? '24:00';
    if (from < to) return on(hours, weekdayOf(date)) && clock >= from && clock < to;
    return (clock >= from && on(hours, weekdayOf(date))) || (clock < to && on(hours, weekdayOf(addDays(date, -1))));
  });
}
