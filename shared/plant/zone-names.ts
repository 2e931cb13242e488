import { z } from 'zod';
import { isTimeZone } from '../time/zone.ts';
import { nearest } from './suggest.ts';

/** `; did you mean "Europe/London"?` for a zone that is misspelt or named by its city or abbreviation. */
function zoneHint(wrong: string): string {
  const zones = Intl.supportedValuesOf('timeZone');
  const city = wrong.replace(/\s+/g, '_').toLowerCase();
  const sameCity = zones.find((zone) => zone.toLowerCase().endsWith(`/${city}`));
  const near =
    sameCity ??
    nearest(wrong, zones) ??
    nearest(
      city,
      zones.map((zone) => zone.slice(zone.lastIndexOf('/') + 1)),
    );
  const whole = near !== null && !near.includes('/') ? (zones.find((zone) => zone.endsWith(`/${near}`)) ?? near) : near;
  return whole === null ? '; write one like "Europe/Berlin" or "UTC"' : `; did you mean "${whole}"?`;
}

/** IANA zone id in the spelling of the zone database. */
export const timezone = z.string().transform((value, ctx) => {
  if (isTimeZone(value)) {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value).timeZoneId;
  }
  const message = `is not a time zone of the IANA database: "${value}"${zoneHint(value)}`;
  ctx.issues.push({ code: 'custom', input: value, message });
  return z.NEVER;
});
