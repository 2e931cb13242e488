const MINUTES_PER_DAY = 24 * 60;

/**
 * A zone of fixed offset in which it is between `clock` ("07:30") and an hour later, now. A plant put there is at that point
 * of its day whenever a test runs: breaks and shift changes stay out of its way.
 */
export function zoneWhereItIs(clock: string, now: Date): string {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  const utc = now.getUTCHours() * 60 + now.getUTCMinutes();
  let hours = Math.ceil((hour * 60 + minute - utc) / 60);
  // Zones reach from 12 hours behind UTC to 14 ahead.
  if (hours < -12) hours += MINUTES_PER_DAY / 60;
  if (hours > 14) hours -= MINUTES_PER_DAY / 60;
  // POSIX signs: Etc/GMT-3 is three hours ahead of UTC.
  return hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}
