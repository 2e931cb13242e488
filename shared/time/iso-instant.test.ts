import { describe, expect, it } from 'vitest';
import { readUtcInstant } from './iso-instant.ts';

describe('readUtcInstant', () => {
  it('reads what Date.parse reads, around every change of month, leap day and century', () => {
    for (const year of [1970, 1999, 2000, 2024, 2026, 2100, 2199]) {
      for (let day = 0; day < 366; day += 1) {
        const t = Date.UTC(year, 0, 1 + day) + day * 86_399 * 7 + day;
        const text = new Date(t).toISOString();
        expect(readUtcInstant(text), text).toBe(t);
        const whole = `${text.slice(0, 19)}Z`;
        expect(readUtcInstant(whole), whole).toBe(Date.parse(whole));
      }
    }
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-06-00T00:00:00Z',
    '2026-06-01T24:00:00Z',
    '2026-06-01T00:60:00Z',
    '2026-06-01T00:00:60Z',
    '1969-12-31T23:59:59Z',
    '2026-06-01 00:00:00Z',
    '2026-06-01T00:00:00z',
    '2026/06-01T00:00:00Z',
    '2026-06/01T00:00:00Z',
    '2026-06-01T00.00:00Z',
    '2026-06-01T00:00.00Z',
    '2026-06-01T00:00:00,123Z',
    '2026-06-01T00:00:00.12aZ',
    '2026-06-01T00:00:0aZ',
    '202a-06-01T00:00:00Z',
    '2026-06-01T00:00:00.1Z',
    '2026-06-01T00:00:00+01:00',
    '',
  ])('leaves %j to others', (text) => {
    expect(readUtcInstant(text)).toBeNaN();
  });
});
