import { expect, it } from 'vitest';
import { zoneWhereItIs } from './site-zone.ts';

it.each([...Array(48).keys()].map((half) => half * 30 + 7))('finds a zone at minute %i of the UTC day', (minute) => {
  const now = new Date(Date.UTC(2026, 10, 23, 0, minute));
  for (const clock of ['07:30', '11:35', '22:10']) {
    const zone = zoneWhereItIs(clock, now);
    const local = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(now);
    const ahead = (minutesOf(local) - minutesOf(clock) + 1440) % 1440;
    expect(ahead, `${clock} ${zone} ${local}`).toBeLessThan(60);
  }
});

function minutesOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}
