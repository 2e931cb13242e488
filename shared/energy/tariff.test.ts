import { describe, expect, it } from 'vitest';
import type { TariffBand } from '../plant/model.ts';
import { bandAt, bandSegments, segmentCursor, wallClockOf, windowMatches } from './tariff.ts';
import { testTariff } from './testing.ts';

const at = (text: string) => Date.parse(text);
const always = { days: null, months: null, from: null, to: null };
const band = (name: string, rate: number, more: Partial<TariffBand> = {}): TariffBand => ({
  ...always,
  name,
  rate,
  ...more,
});
const HOUR = 3_600_000;

const shown = (segments: ReturnType<typeof bandSegments>) =>
  segments.map((s) => [
    new Date(s.start).toISOString().slice(5, 16),
    new Date(s.end).toISOString().slice(5, 16),
    s.band,
    s.rate,
  ]);

describe('a window', () => {
  const clock = (hours: number, weekday: 'fri' | 'sat' = 'fri', month = 1) => ({
    weekday,
    month,
    timeMs: hours * HOUR,
  });

  it('is half-open, and may reach over midnight', () => {
    const day = { ...always, from: '07:30', to: '19:00' };
    expect([7.49, 7.5, 18.99, 19].map((h) => windowMatches(day, clock(h)))).toEqual([false, true, true, false]);
    const night = { ...always, from: '22:00', to: '06:00' };
    expect([5.99, 6, 21.99, 22].map((h) => windowMatches(night, clock(h)))).toEqual([true, false, false, true]);
  });

  it('is the whole day where it begins when it ends, and up to midnight where it has no end', () => {
    const whole = { ...always, from: '06:00', to: '06:00' };
    expect([0, 5, 6, 23].map((h) => windowMatches(whole, clock(h)))).toEqual([true, true, true, true]);
    expect([19, 20, 23.9].map((h) => windowMatches({ ...always, from: '20:00' }, clock(h)))).toEqual([
      false,
      true,
      true,
    ]);
    expect([0, 5, 6].map((h) => windowMatches({ ...always, to: '06:00' }, clock(h)))).toEqual([true, true, false]);
  });

  it('filters by day and by month on their own', () => {
    expect(windowMatches({ ...always, days: ['fri'] }, clock(1, 'sat'))).toBe(false);
    expect(windowMatches({ ...always, months: [2, 3] }, clock(1))).toBe(false);
    expect(windowMatches({ ...always, days: ['fri'], months: [1] }, clock(1))).toBe(true);
  });
});

describe('the wall clock of a tariff', () => {
  it('treats a holiday as it is told to', () => {
    const tariff = testTariff({ holidays: { dates: ['2026-12-25'], treatAs: 'sun' } });
    expect(wallClockOf(tariff, Date.UTC(2026, 11, 25, 13, 5))).toEqual({
      weekday: 'sun',
      month: 12,
      timeMs: 13 * HOUR + 300_000,
    });
    expect(wallClockOf(tariff, Date.UTC(2026, 11, 24, 23, 59))).toMatchObject({ weekday: 'thu' });
    const named = testTariff({ holidays: { dates: ['2026-12-25'], treatAs: null } });
    expect(wallClockOf(named, Date.UTC(2026, 11, 25))).toMatchObject({ weekday: 'fri', timeMs: 0 });
  });
});

describe('segments of bands', () => {
  it('are cut at band edges and midnights, and the first band that matches wins', () => {
    const tariff = testTariff({
      bands: [
        band('peak', 0.4, { from: '16:00', to: '19:00', days: ['wed'] }),
        band('day', 0.2, { from: '07:00', to: '23:00' }),
      ],
    });
    expect(shown(bandSegments(tariff, at('2026-01-14T15:30:00Z'), at('2026-01-15T17:00:00Z')))).toEqual([
      ['01-14T15:30', '01-14T16:00', 'day', 0.2],
      ['01-14T16:00', '01-14T19:00', 'peak', 0.4],
      ['01-14T19:00', '01-14T23:00', 'day', 0.2],
      ['01-14T23:00', '01-15T00:00', '', null],
      ['01-15T00:00', '01-15T07:00', '', null],
      ['01-15T07:00', '01-15T17:00', 'day', 0.2],
    ]);
    expect(bandAt(tariff, at('2026-01-14T18:59:59.999Z'))).toEqual({ band: 'peak', rate: 0.4 });
    expect(bandAt(tariff, at('2026-01-14T23:00:00Z'))).toEqual({ band: '', rate: null });
  });

  it('of prices keep each interval apart, and time without a price by local day', () => {
    const price = (from: string, to: string, rate: number) => ({ from: at(from), to: at(to), rate });
    const tariff = testTariff({
      timezone: 'Europe/Berlin',
      prices: [
        price('2026-01-14T21:00:00Z', '2026-01-14T22:00:00Z', 0.1),
        price('2026-01-14T22:00:00Z', '2026-01-14T22:30:00Z', 0.1),
        price('2026-01-15T01:00:00Z', '2026-01-15T02:00:00Z', -0.05),
      ],
    });
    expect(shown(bandSegments(tariff, at('2026-01-14T21:30:00Z'), at('2026-01-15T01:15:00Z')))).toEqual([
      ['01-14T21:30', '01-14T22:00', 'energy', 0.1],
      ['01-14T22:00', '01-14T22:30', 'energy', 0.1],
      ['01-14T22:30', '01-14T23:00', 'energy', null],
      ['01-14T23:00', '01-15T01:00', 'energy', null],
      ['01-15T01:00', '01-15T01:15', 'energy', -0.05],
    ]);
    expect(shown(bandSegments(tariff, at('2026-01-15T01:45:00Z'), at('2026-01-15T02:30:00Z')))).toEqual([
      ['01-15T01:45', '01-15T02:00', 'energy', -0.05],
      ['01-15T02:00', '01-15T02:30', 'energy', null],
    ]);
  });

  it('go on over a change of the clock that cuts nothing', () => {
    const tariff = testTariff({ bands: [band('all', 0.2)] });
    expect(shown(bandSegments(tariff, at('2026-03-29T00:00:00Z'), at('2026-03-29T03:00:00Z')))).toEqual([
      ['03-29T00:00', '03-29T03:00', 'all', 0.2],
    ]);
  });
});

describe('the cursor over segments', () => {
  const tariff = testTariff({ bands: [band('day', 0.2, { from: '07:00', to: '23:00' }), band('night', 0.1)] });
  const span = (from: string, to: string) => ({ start: at(from), end: at(to) });

  it('gives each span what the segments of its time are, however long the load', () => {
    const next = segmentCursor(tariff);
    for (let start = at('2026-01-01T00:00:00Z'); start < at('2026-03-10T00:00:00Z'); start += 5 * HOUR) {
      expect(next({ start, end: start + 5 * HOUR })).toEqual(bandSegments(tariff, start, start + 5 * HOUR));
    }
  });

  it('looks anew where a span goes back, or is longer than a month', () => {
    const next = segmentCursor(tariff);
    next(span('2026-01-05T00:00:00Z', '2026-01-05T12:00:00Z'));
    const back = span('2026-01-03T06:00:00Z', '2026-01-03T08:00:00Z');
    expect(next(back)).toEqual(bandSegments(tariff, back.start, back.end));
    const long = span('2026-01-04T00:00:00Z', '2026-03-04T00:00:00Z');
    expect(next(long)).toEqual(bandSegments(tariff, long.start, long.end));
  });

  it('gives the same span the same segments twice', () => {
    const next = segmentCursor(tariff);
    const evening = span('2026-01-05T22:00:00Z', '2026-01-06T08:00:00Z');
    expect(next(evening)).toEqual(next(evening));
  });
});
