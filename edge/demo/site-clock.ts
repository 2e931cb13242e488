import type { Instant } from '#shared/time/instant.ts';
import { HOUR } from '#shared/time/instant.ts';

/*
 * Wall clock of the simulated site. Offsets of all zones change at whole UTC quarter hours, so one look-up per quarter
 * hour is exact; a look-up per simulated second would cost more than the simulation.
 */
export interface SiteClock {
  /** Moves the clock; the fields below then tell the local time of `t`. */
  set(t: Instant): void;
  /** 0 = Monday ... 6 = Sunday. */
  weekday: number;
  secondOfDay: number;
  /** Days since 1970-01-01, local. */
  dayNumber: number;
}

const DAY_SECONDS = 86_400;
const QUARTER = HOUR / 4;

export function createSiteClock(timezone: string): SiteClock {
  let quarter = Number.NaN;
  let offsetMs = 0;
  const clock: SiteClock = {
    weekday: 0,
    secondOfDay: 0,
    dayNumber: 0,
    set(t) {
      const q = Math.floor(t / QUARTER);
      if (q !== quarter) {
        quarter = q;
        const zoned = Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(timezone);
        offsetMs = zoned.offsetNanoseconds / 1e6;
      }
      const localSeconds = Math.floor((t + offsetMs) / 1000);
      clock.dayNumber = Math.floor(localSeconds / DAY_SECONDS);
      clock.secondOfDay = localSeconds - clock.dayNumber * DAY_SECONDS;
      // 1970-01-01 was a Thursday.
      clock.weekday = (clock.dayNumber + 3) % 7;
    },
  };
  return clock;
}
