import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, toIso } from './instant.ts';
import { buckets, dayBounds, intervalBounds, monthBounds, weekBounds } from './periods.ts';
import { clockLabel, localDate, utcOffsetMinutes } from './zone.ts';

const at = (iso: string) => Date.parse(iso);
const hours = ({ start, end }: { start: number; end: number }) => (end - start) / HOUR;

describe('days, weeks and months', () => {
  test('have the hours that the clock gives them', () => {
    expect(hours(dayBounds('Europe/London', at('2026-03-29T12:00Z')))).toBe(23);
    expect(hours(dayBounds('Europe/London', at('2026-10-25T12:00Z')))).toBe(25);
    expect(hours(dayBounds('Australia/Lord_Howe', at('2026-10-04T00:00Z')))).toBe(23.5);
    expect(hours(weekBounds('America/Chicago', at('2026-03-08T12:00Z')))).toBe(167);
    expect(hours(weekBounds('America/Chicago', at('2026-11-01T12:00Z')))).toBe(169);
    expect(hours(monthBounds('Europe/Berlin', at('2026-03-15T12:00Z')))).toBe(31 * 24 - 1);
    expect(hours(monthBounds('Pacific/Apia', at('2011-12-05T12:00Z')))).toBe(30 * 24);
  });
  test('begin where they should', () => {
    expect(toIso(weekBounds('Europe/Berlin', at('2026-06-07T20:00Z')).start)).toBe('2026-05-31T22:00:00.000Z');
    expect(toIso(monthBounds('UTC', at('2028-02-29T23:59Z')).end)).toBe('2028-03-01T00:00:00.000Z');
    expect(toIso(monthBounds('UTC', at('2026-12-31T00:00Z')).end)).toBe('2027-01-01T00:00:00.000Z');
  });
});

describe('intervals', () => {
  test('are aligned to the local clock', () => {
    expect(toIso(intervalBounds('Asia/Kolkata', at('2026-06-01T10:00Z'), 60).start)).toBe('2026-06-01T09:30:00.000Z');
    expect(toIso(intervalBounds('Asia/Kathmandu', at('2026-06-01T10:10Z'), 30).start)).toBe('2026-06-01T09:45:00.000Z');
  });
  test('a day has 46, 48 or 50 half hours and 92 or 100 quarter hours', () => {
    const count = (zone: string, t: number, minutes: number) => {
      const { start, end } = dayBounds(zone, t);
      return buckets(zone, start, end, 'interval', minutes).length;
    };
    expect(count('Europe/London', at('2026-03-29T12:00Z'), 30)).toBe(46);
    expect(count('Europe/London', at('2026-06-01T12:00Z'), 30)).toBe(48);
    expect(count('Europe/London', at('2026-10-25T12:00Z'), 30)).toBe(50);
    expect(count('America/Chicago', at('2026-03-08T12:00Z'), 15)).toBe(92);
    expect(count('America/Chicago', at('2026-11-01T12:00Z'), 15)).toBe(100);
  });
  test('a change of half an hour ends an hour', () => {
    const zone = 'Australia/Lord_Howe';
    const found = buckets(zone, at('2026-04-04T14:00Z'), at('2026-04-04T16:30Z'), 'hour');
    expect(found.map((b) => `${clockLabel(zone, b.start)} ${(b.end - b.start) / MINUTE}`)).toEqual([
      '01:00 60',
      '01:30 30',
      '02:00 60',
    ]);
  });
  test('must be whole minutes', () => {
    expect(() => intervalBounds('UTC', 0, 0)).toThrow('whole number of minutes');
  });
});

test('buckets cover the window, each within one period', () => {
  const zones = fc.constantFrom(
    'Europe/London',
    'America/Chicago',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Pacific/Apia',
    'UTC',
  );
  const units = fc.constantFrom('hour', 'day', 'week', 'month', 'interval' as const) as fc.Arbitrary<
    'hour' | 'day' | 'week' | 'month' | 'interval'
  >;
  const starts = fc.oneof(
    fc.integer({ min: at('2011-12-20T00:00Z') / 1000, max: at('2012-01-10T00:00Z') / 1000 }),
    fc.integer({ min: at('2026-01-01T00:00Z') / 1000, max: at('2027-01-01T00:00Z') / 1000 }),
  );
  fc.assert(
    fc.property(zones, units, starts, fc.integer({ min: 1, max: 60 * 24 * 40 }), (zone, unit, second, length) => {
      const from = second * 1000;
      const to = from + length * MINUTE;
      const found = buckets(zone, from, to, unit, 30);
      expect(found[0]!.start).toBe(from);
      expect(found.at(-1)!.end).toBe(to);
      found.forEach((b, i) => {
        expect(b.start).toBeLessThan(b.end);
        if (i > 0) expect(b.start).toBe(found[i - 1]!.end);
        const [a, z] = [localDate(zone, b.start), localDate(zone, b.end - 1)];
        if (unit === 'day') expect(a).toBe(z);
        if (unit === 'month') expect(a.slice(0, 7)).toBe(z.slice(0, 7));
        if (unit === 'hour' || unit === 'interval') {
          expect(utcOffsetMinutes(zone, b.start)).toBe(utcOffsetMinutes(zone, b.end - 1));
          const minutes = unit === 'hour' ? 60 : 30;
          const block = (t: number) => Math.floor((t / MINUTE + utcOffsetMinutes(zone, t)) / minutes);
          expect(block(b.start)).toBe(block(b.end - 1));
          if (i > 0)
            expect(
              block(b.start) !== block(b.start - 1) ||
                utcOffsetMinutes(zone, b.start) !== utcOffsetMinutes(zone, b.start - 1),
            ).toBe(true);
        }
      });
    }),
    { numRuns: 150 },
  );
}, 60_000);
