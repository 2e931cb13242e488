import { describe, expect, it } from 'vitest';
import { axisHours, clock, instant } from './clock.ts';

const at = (iso: string): number => Date.parse(iso);
const summer = { utcOffsetMinutes: 60, nextOffset: { at: '2026-10-25T01:00:00Z', utcOffsetMinutes: 0 } };

describe('clock', () => {
  it('adds the offset of the site, whatever zone the browser is in', () => {
    expect(clock(at('2026-06-01T10:42:08Z'), summer)).toBe('11:42');
    expect(clock(at('2026-06-01T10:42:08Z'), summer, true)).toBe('11:42:08');
  });
  it('changes to the next offset at its instant', () => {
    expect(clock(at('2026-10-25T00:59:00Z'), summer)).toBe('01:59');
    expect(clock(at('2026-10-25T01:00:00Z'), summer)).toBe('01:00');
  });
  it('shows a dash without an instant', () => expect(clock(null, summer)).toBe('–'));
  it('reads instants and refuses what is none', () => {
    expect(instant('2026-06-01T00:00:00Z')).toBe(at('2026-06-01T00:00:00Z'));
    expect(instant('tomorrow')).toBeNull();
    expect(instant(null)).toBeNull();
  });
});

describe('hours of an axis', () => {
  const labels = (from: string, to: string, offset = summer, most = 6): string[] =>
    axisHours(at(from), at(to), offset, most).map((t) => clock(t, offset));
  it('stand on whole local hours between the ends', () => {
    expect(labels('2026-06-01T05:00:00Z', '2026-06-01T13:00:00Z')).toEqual(['08:00', '10:00', '12:00']);
  });
  it('stand on local hours also in a zone of half hours', () => {
    const india = { utcOffsetMinutes: 330, nextOffset: null };
    expect(labels('2026-06-01T00:30:00Z', '2026-06-01T08:30:00Z', india as never)).toEqual(['08:00', '10:00', '12:00']);
  });
  it('take a smaller step on a short shift', () => {
    expect(labels('2026-06-01T05:00:00Z', '2026-06-01T08:00:00Z')).toEqual(['07:00', '08:00']);
  });
});
