import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, toIso } from './instant.ts';
import {
  addDays,
  clockLabel,
  isTimeZone,
  localDate,
  localMidnight,
  minutesOfDay,
  nextOffsetChange,
  utcOffsetMinutes,
  wallToInstant,
  weekdayOf,
} from './zone.ts';

const wall = (zone: string, date: string, time: string) => toIso(wallToInstant(zone, date, time));

describe('wall times', () => {
  test('a wall time that summer time skips is the instant of the change', () => {
    expect(wall('Europe/London', '2026-03-29', '01:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(wall('Europe/Berlin', '2026-03-29', '02:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(wall('America/Chicago', '2026-03-08', '02:59')).toBe('2026-03-08T08:00:00.000Z');
    expect(wall('Australia/Lord_Howe', '2026-10-04', '02:15')).toBe('2026-10-03T15:30:00.000Z');
  });
  test('a wall time that happens twice is its first occurrence', () => {
    expect(wall('Europe/London', '2026-10-25', '01:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(wall('America/Chicago', '2026-11-01', '01:00')).toBe('2026-11-01T06:00:00.000Z');
    expect(wall('Australia/Lord_Howe', '2026-04-05', '01:45')).toBe('2026-04-04T14:45:00.000Z');
  });
  test('around a change the clock is as usual', () => {
    expect(wall('Europe/London', '2026-03-29', '00:59')).toBe('2026-03-29T00:59:00.000Z');
    expect(wall('Europe/London', '2026-03-29', '02:00')).toBe('2026-03-29T01:00:00.000Z');
    expect(wall('Europe/London', '2026-10-25', '02:00')).toBe('2026-10-25T02:00:00.000Z');
    expect(wall('Asia/Kolkata', '2026-01-01', '06:00')).toBe('2026-01-01T00:30:00.000Z');
  });
  test('24:00 is the next midnight', () => {
    expect(wall('Europe/London', '2026-03-28', '24:00')).toBe('2026-03-29T00:00:00.000Z');
    expect(wallToInstant('America/Chicago', '2026-10-31', '24:00')).toBe(
      localMidnight('America/Chicago', '2026-11-01'),
    );
  });
  test('the day that Samoa skipped has no length', () => {
    expect(wall('Pacific/Apia', '2011-12-30', '10:00')).toBe('2011-12-30T10:00:00.000Z');
    expect(localMidnight('Pacific/Apia', '2011-12-30')).toBe(localMidnight('Pacific/Apia', '2011-12-31'));
    expect(localDate('Pacific/Apia', Date.parse('2011-12-30T09:59:59Z'))).toBe('2011-12-29');
    expect(localDate('Pacific/Apia', Date.parse('2011-12-30T10:00:00Z'))).toBe('2011-12-31');
  });
  test('where clocks go back over midnight, the new day goes on', () => {
    // St. John's, 1995-10-29 00:01 -> 1995-10-28 23:01.
    const zone = 'America/St_Johns';
    const change = nextOffsetChange(zone, Date.parse('1995-10-28T12:00:00Z')) ?? 0;
    expect(clockLabel(zone, change)).toBe('23:01');
    expect(localDate(zone, change - 90_000)).toBe('1995-10-28');
    for (const after of [-MINUTE, 0, 30 * MINUTE, 2 * HOUR]) expect(localDate(zone, change + after)).toBe('1995-10-29');
  });
  test('text that is no date or time is refused', () => {
    expect(() => wallToInstant('UTC', '2026-01-01', '25:00')).toThrow('not a time of day');
    expect(() => wallToInstant('UTC', 'tomorrow', '06:00')).toThrow('not a date');
  });
});

test('days and times of day', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
  expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
  expect(weekdayOf('2026-06-01')).toBe('mon');
  expect(weekdayOf('1969-12-31')).toBe('wed');
  expect([minutesOfDay('00:00'), minutesOfDay('24:00'), minutesOfDay('24:01'), minutesOfDay('6:00')]).toEqual([
    0,
    1440,
    null,
    null,
  ]);
});

test('zones', () => {
  expect(isTimeZone('Europe/London')).toBe(true);
  expect(isTimeZone('Europe/Lodnon')).toBe(false);
  expect(isTimeZone('+01:00')).toBe(false);
  expect(nextOffsetChange('UTC', 0)).toBe(null);
  expect(utcOffsetMinutes('Asia/Kathmandu', Date.parse('2026-01-01T00:00:00Z'))).toBe(345);
});

const ZONES = [
  'Europe/London',
  'America/Chicago',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'UTC',
  'America/Havana',
  'Africa/Casablanca',
];

test('agrees with Temporal at any instant from 1970 to 2037', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: Date.UTC(2037, 0, 1) }), (zone, t) => {
      const there = Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(zone);
      expect(localDate(zone, t)).toBe(there.toPlainDate().toString());
      expect(clockLabel(zone, t)).toBe(there.toPlainTime().toString().slice(0, 5));
      expect(utcOffsetMinutes(zone, t)).toBe(there.offsetNanoseconds / 6e10);
      expect(nextOffsetChange(zone, t)).toBe(there.getTimeZoneTransition('next')?.epochMilliseconds ?? null);
      expect(localMidnight(zone, there.toPlainDate().toString())).toBe(there.startOfDay().epochMilliseconds);
    }),
    { numRuns: 1500 },
  );
}, 60_000);

test('wall times map to instants in order', () => {
  const at = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 1439 }));
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), at, at, (zone, a, b) => {
      const [[dayA, minuteA], [dayB, minuteB]] = a[0] * 1440 + a[1] <= b[0] * 1440 + b[1] ? [a, b] : [b, a];
      const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
      const first = wallToInstant(zone, addDays('2026-01-01', dayA), clock(minuteA));
      expect(first).toBeLessThanOrEqual(wallToInstant(zone, addDays('2026-01-01', dayB), clock(minuteB)));
    }),
    { numRuns: 500 },
  );
});
