import { describe, expect, it } from 'vitest';
import { freshnessAt, type LinkFacts } from './freshness.ts';

const heard: LinkFacts = { startedAt: 0, hasView: true, pulseAt: 100_000, closedAt: null, dataAgeAtPulseMs: 800 };

describe('freshness', () => {
  it('is live right after a pulse', () => {
    expect(freshnessAt(100_500, heard)).toEqual({ state: 'live' });
    expect(freshnessAt(102_999, heard)).toEqual({ state: 'live' });
  });
  it('is late after three seconds without a pulse, and says how old the data is', () => {
    expect(freshnessAt(103_000, heard)).toEqual({ state: 'late', ageMs: 3_800 });
    expect(freshnessAt(109_999, heard).state).toBe('late');
  });
  it('is stale after ten seconds without a pulse', () => {
    expect(freshnessAt(110_000, heard)).toEqual({ state: 'stale', ageMs: 10_800, cause: 'server', numbersGone: false });
  });
  it('is late at once when the link closes, stale after five seconds of it', () => {
    const closed = { ...heard, closedAt: 100_200 };
    expect(freshnessAt(100_300, closed).state).toBe('late');
    expect(freshnessAt(105_199, closed).state).toBe('late');
    expect(freshnessAt(105_200, closed)).toMatchObject({ state: 'stale', cause: 'link' });
  });
  it('is stale when the data is old although the pulse goes on', () => {
    expect(freshnessAt(100_100, { ...heard, dataAgeAtPulseMs: 42_000 })).toEqual({
      state: 'stale',
      ageMs: 42_100,
      cause: 'data',
      numbersGone: false,
    });
    expect(freshnessAt(100_000, { ...heard, dataAgeAtPulseMs: 9_999 })).toEqual({ state: 'live' });
  });
  it('tells that there never was any data', () => {
    expect(freshnessAt(100_100, { ...heard, dataAgeAtPulseMs: null })).toMatchObject({ cause: 'never', ageMs: null });
  });
  it('does not call data missing before a pulse named the scope', () => {
    expect(freshnessAt(100_100, { ...heard, dataAgeAtPulseMs: undefined })).toEqual({ state: 'live' });
  });
  it('takes the numbers away after ten minutes', () => {
    expect(freshnessAt(100_000 + 599_199, heard)).toMatchObject({ numbersGone: false });
    expect(freshnessAt(100_000 + 599_200, heard)).toMatchObject({ numbersGone: true });
  });
  it('is loading until the first view, and says so after three seconds', () => {
    const fresh: LinkFacts = { ...heard, hasView: false, pulseAt: null, startedAt: 50_000 };
    expect(freshnessAt(52_000, fresh)).toEqual({ state: 'loading', slow: false });
    expect(freshnessAt(53_001, fresh)).toEqual({ state: 'loading', slow: true });
  });
  it('does not turn a source clock that runs ahead into a negative age', () => {
    expect(freshnessAt(103_000, { ...heard, dataAgeAtPulseMs: -4_000 })).toEqual({ state: 'late', ageMs: 3_000 });
  });
});
