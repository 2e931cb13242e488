import { describe, expect, test } from 'vitest';
import type { Calendar, ShiftPattern, Versioned } from '../plant/model.ts';
import { scheduleSegments, shiftOn, shiftsBetween, sliceBounds } from './calendar.ts';
import { HOUR, MINUTE, toIso } from './instant.ts';

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const shift = (id: string, start: string, end: string, more: Partial<ShiftPattern> = {}): ShiftPattern => ({
  id,
  name: id,
  days: EVERY_DAY,
  start,
  end,
  breaks: [],
  ...more,
});
const always = (calendar: Partial<Calendar>): Versioned<Calendar> => [
  { validFrom: Number.NEGATIVE_INFINITY, value: { shifts: [], exceptions: [], ...calendar } },
];
const at = (iso: string) => Date.parse(iso);
const hours = (s: { start: number; end: number } | null) => (s ? (s.end - s.start) / HOUR : null);

describe('a night shift over summer time', () => {
  const night = always({ shifts: [shift('night', '22:00', '06:00', { breaks: [{ start: '01:30', minutes: 30 }] })] });
  test('is 7 h in spring, 9 h in autumn, 8 h else, and owned by its start', () => {
    expect(hours(shiftOn(night, 'Europe/London', 'night', '2026-03-28'))).toBe(7);
    expect(hours(shiftOn(night, 'Europe/London', 'night', '2026-10-24'))).toBe(9);
    expect(hours(shiftOn(night, 'Europe/London', 'night', '2026-10-25'))).toBe(8);
    expect(hours(shiftOn(night, 'America/Chicago', 'night', '2026-03-07'))).toBe(7);
    expect(hours(shiftOn(night, 'America/Chicago', 'night', '2026-10-31'))).toBe(9);
    expect(hours(shiftOn(night, 'Australia/Lord_Howe', 'night', '2026-10-03'))).toBe(7.5);
    expect(hours(shiftOn(night, 'Australia/Lord_Howe', 'night', '2026-04-04'))).toBe(8.5);
    expect(hours(shiftOn(night, 'Asia/Kolkata', 'night', '2026-03-28'))).toBe(8);
  });
  test('its break happens once and lasts elapsed minutes', () => {
    // 01:30 does not exist on 29 March: it begins at the change. On 25 October the first 01:30 counts.
    const spring = shiftOn(night, 'Europe/London', 'night', '2026-03-28');
    expect(spring?.breaks).toEqual([{ start: at('2026-03-29T01:00Z'), end: at('2026-03-29T01:30Z') }]);
    const autumn = shiftOn(night, 'Europe/London', 'night', '2026-10-24');
    expect(autumn?.breaks).toEqual([{ start: at('2026-10-25T00:30Z'), end: at('2026-10-25T01:00Z') }]);
  });
  test('months end in the middle of it', () => {
    const instance = shiftOn(night, 'UTC', 'night', '2026-01-31');
    expect([toIso(instance?.start ?? 0), toIso(instance?.end ?? 0)]).toEqual([
      '2026-01-31T22:00:00.000Z',
      '2026-02-01T06:00:00.000Z',
    ]);
  });
});

test('adjacent shifts share one instant, also at a time that does not exist', () => {
  const calendar = always({ shifts: [shift('a', '20:00', '01:30'), shift('b', '01:30', '07:00')] });
  for (const [zone, date, next] of [
    ['Europe/London', '2026-03-28', '2026-03-29'],
    ['Europe/London', '2026-10-24', '2026-10-25'],
  ] as const) {
    expect(shiftOn(calendar, zone, 'a', date)?.end).toBe(shiftOn(calendar, zone, 'b', next)?.start);
  }
});

test('24:00 ends a shift at midnight, and the same start and end are 24 hours', () => {
  const calendar = always({ shifts: [shift('late', '16:00', '24:00'), shift('guard', '06:00', '06:00')] });
  expect(hours(shiftOn(calendar, 'UTC', 'late', '2026-06-01'))).toBe(8);
  expect(hours(shiftOn(calendar, 'UTC', 'guard', '2026-06-01'))).toBe(24);
});

describe('exceptions', () => {
  const day = shift('day', '08:00', '16:00', {
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    breaks: [{ start: '12:00', minutes: 30 }],
  });
  const one = (id: string, start: string, end: string) => ({ id, name: id, start, end, breaks: [] });
  const calendar = always({
    shifts: [day],
    exceptions: [
      { date: '2026-12-25', closed: true, shift: null, note: null },
      { date: '2026-12-26', closed: false, shift: one('overtime', '08:00', '12:00'), note: null },
      { date: '2026-12-28', closed: false, shift: one('day', '10:00', '14:00'), note: null },
      { date: '2026-12-29', closed: true, shift: one('stocktaking', '09:00', '11:00'), note: null },
      { date: '2026-12-30', closed: false, shift: one('extra', '18:00', '20:00'), note: null },
    ],
  });
  const on = (date: string) =>
    shiftsBetween(calendar, 'UTC', at(`${date}T00:00Z`), at(`${date}T24:00Z`)).map(
      (s) => `${s.id} ${(s.end - s.start) / HOUR} ${s.breaks.length}`,
    );
  test('close a day, add a shift, replace one, or do both', () => {
    expect(on('2026-12-24')).toEqual(['day 8 1']);
    expect(on('2026-12-25')).toEqual([]);
    expect(on('2026-12-26')).toEqual(['overtime 4 0']);
    expect(on('2026-12-28')).toEqual(['day 4 0']);
    expect(on('2026-12-29')).toEqual(['stocktaking 2 0']);
    expect(on('2026-12-30')).toEqual(['day 8 1', 'extra 2 0']);
  });
});

test('the version in force at the start of the date decides', () => {
  const calendar: Versioned<Calendar> = [
    { validFrom: Number.NEGATIVE_INFINITY, value: { shifts: [shift('night', '22:00', '06:00')], exceptions: [] } },
    { validFrom: at('2026-06-08T00:00Z'), value: { shifts: [shift('night', '23:00', '05:00')], exceptions: [] } },
  ];
  expect(hours(shiftOn(calendar, 'UTC', 'night', '2026-06-07'))).toBe(8);
  expect(hours(shiftOn(calendar, 'UTC', 'night', '2026-06-08'))).toBe(6);
});

describe('segments', () => {
  test('overlapping shifts are a break only where both pause', () => {
    const calendar = always({
      shifts: [
        shift('early', '06:00', '14:30', { breaks: [{ start: '14:00', minutes: 20 }] }),
        shift('late', '14:00', '22:00', { breaks: [{ start: '14:10', minutes: 30 }] }),
      ],
    });
    const found = scheduleSegments(calendar, 'UTC', at('2026-06-01T13:00Z'), at('2026-06-01T15:00Z'));
    expect(
      found.map((s) => `${toIso(s.start).slice(11, 16)} ${s.kind} ${s.shifts.map((x) => x.id).join('+')}`),
    ).toEqual([
      '13:00 shift early',
      '14:00 shift early+late',
      '14:10 break early+late',
      '14:20 shift early+late',
      '14:30 break late',
      '14:40 shift late',
    ]);
  });
  test('overlapping breaks of one shift are one break', () => {
    const breaks = [
      { start: '08:10', minutes: 20 },
      { start: '08:00', minutes: 15 },
    ];
    const instance = shiftOn(always({ shifts: [shift('d', '06:00', '14:00', { breaks })] }), 'UTC', 'd', '2026-06-01');
    expect(instance?.breaks).toEqual([{ start: at('2026-06-01T08:00Z'), end: at('2026-06-01T08:30Z') }]);
  });
  test('are cut at local midnight, on and off shift', () => {
    const calendar = always({ shifts: [shift('night', '22:00', '06:00')] });
    const zone = 'Asia/Kolkata';
    const from = at('2026-06-01T17:00Z');
    expect(sliceBounds(calendar, zone, from, from + 3 * HOUR).map(toIso)).toEqual([
      '2026-06-01T17:00:00.000Z',
      '2026-06-01T18:30:00.000Z',
      '2026-06-01T20:00:00.000Z',
    ]);
    expect(scheduleSegments(always({}), zone, from, from + 3 * HOUR).map((s) => s.kind)).toEqual([
      'offShift',
      'offShift',
    ]);
  });
  test('an empty or backward window has none', () => {
    expect(scheduleSegments(always({}), 'UTC', MINUTE, MINUTE)).toEqual([]);
    expect(sliceBounds(always({}), 'UTC', MINUTE, 0)).toEqual([]);
  });
});
