import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '#shared/time/instant.ts';
import { type LikelyInput, likelyReasons } from './likely.ts';
import type { PastStop } from './past-stops.ts';

const NOON = Date.UTC(2026, 5, 2, 12);
const stop = (start: number, reason: string | null, more: Partial<PastStop> = {}): PastStop => ({
  start,
  end: start + 7 * MINUTE,
  stretchStart: start,
  state: 'down',
  category: 'unplannedStop',
  reason,
  measured: null,
  open: false,
  ...more,
});
const ask = (past: readonly PastStop[], more: Partial<LikelyInput> = {}) =>
  likelyReasons({
    past,
    asked: { start: NOON, state: 'down', measured: null },
    neighbour: null,
    today: NOON - 12 * HOUR,
    secondOfDay: (t) => (t % DAY) / 1000,
    dateLabel: (t) => new Date(t).toISOString().slice(0, 10),
    may: () => true,
    ...more,
  });

describe('likely reasons', () => {
  it('are none where nothing speaks for any', () => {
    expect(ask([])).toEqual([]);
    expect(ask([stop(NOON - HOUR, null)])).toEqual([]);
  });

  it('say how often today and how long', () => {
    expect(ask([stop(NOON - 5 * HOUR, 'jam'), stop(NOON - 4 * HOUR, 'jam')])).toEqual([
      { reason: 'jam', evidence: { kind: 'today', count: 2, seconds: 840, label: null } },
    ]);
  });

  it('prefer what happens at this hour, and what is recent', () => {
    const past = [
      stop(NOON - 2 * DAY, 'cleaning'),
      stop(NOON - DAY, 'cleaning'),
      stop(NOON - 2 * DAY - 5 * HOUR, 'drive'),
      stop(NOON - DAY - 5 * HOUR, 'drive'),
      stop(NOON - 13 * DAY, 'old'),
    ];
    const found = ask(past);
    expect(found.map((f) => f.reason)).toEqual(['cleaning', 'drive', 'old']);
    expect(found[0]?.evidence).toMatchObject({ kind: 'hour', count: 2 });
    expect(found[2]?.evidence).toMatchObject({ kind: 'before', count: 1, label: '2026-05-20' });
  });

  it('put the controller first, then the neighbour, each once, at most three', () => {
    const found = ask(
      [
        stop(NOON - HOUR, 'jam'),
        stop(NOON - 2 * HOUR, 'starved'),
        stop(NOON - 3 * HOUR, 'a'),
        stop(NOON - 4 * HOUR, 'b'),
      ],
      {
        asked: { start: NOON, state: 'down', measured: 'code17' },
        neighbour: { reason: 'starved', name: 'Depalletiser' },
      },
    );
    expect(found.map((f) => [f.reason, f.evidence.kind, f.evidence.label])).toEqual([
      ['code17', 'controller', null],
      ['starved', 'neighbour', 'Depalletiser'],
      ['jam', 'today', null],
    ]);
  });

  it('knows midnight: 23:50 and 00:10 are about the same hour', () => {
    const midnight = NOON + 12 * HOUR;
    const past = [stop(midnight - DAY - 10 * MINUTE, 'x'), stop(midnight - 2 * DAY - 10 * MINUTE, 'x')];
    const asked = { start: midnight + 10 * MINUTE, state: 'down' as const, measured: null };
    expect(ask(past, { asked, today: midnight })[0]?.evidence).toMatchObject({ kind: 'hour', count: 2 });
  });

  it('never suggest what the plant file does not know', () => {
    expect(ask([stop(NOON - HOUR, 'gone')], { may: (r) => r !== 'gone' })).toEqual([]);
  });
});
