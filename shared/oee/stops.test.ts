import { describe, expect, it } from 'vitest';
import type { MachineState, TimeCategory } from '../state/state.ts';
import { MINUTE } from '../time/instant.ts';
import { EARLY, entryMaker, factsOf, makePlant, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { lookOf, wordOf } from './look.ts';
import { topLosses } from './losses.ts';
import { reliabilityOf } from './reliability.ts';
import { stopsOf } from './stops.ts';

const START = Date.UTC(2026, 5, 1, 6);
const minute = (n: number) => START + n * MINUTE;
const reasons = [
  reason('jam', 'unplannedStop', { name: 'Cap jam' }),
  reason('changeover', 'plannedStop'),
  reason('starved', 'unplannedStop', { external: true }),
];
const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '08:00', minutes: 20 }] }] };
const plant = makePlant({ reasons, calendar });

const stages: Stage[] = [
  { start: minute(0), state: 'running' },
  { start: minute(10), state: 'down', reason: 'jam' },
  { start: minute(20), state: 'running' },
  { start: minute(30), state: 'idle' },
  { start: minute(32), state: 'running' },
  { start: minute(60), state: 'idle' },
  { start: minute(61), state: 'down' },
  { start: minute(80), state: 'running' },
  { start: minute(110), state: 'down', reason: 'jam' },
  { start: minute(150), state: 'running' },
  { start: minute(170), state: 'down' },
];

function judged(from: number, to: number, entries: Parameters<typeof judge>[0]['entries'] = []) {
  const facts = factsOf('m1', stages, to, true);
  return judge({ plant, machine: 'm1', ...facts, entries, from, to, knownUntil: to });
}

describe('stops', () => {
  it('are stretches with their seconds in planned time, their reason, and how often it came this shift', () => {
    const stops = stopsOf(judged(minute(0), minute(172)), plant);
    expect(
      stops.map((s) => [
        (s.start - START) / MINUTE,
        s.end === null ? null : (s.end - START) / MINUTE,
        s.seconds,
        s.category,
        s.look,
        s.reasonName,
        s.occurrence,
        s.unexplained,
      ]),
    ).toEqual([
      [10, 20, 600, 'unplannedStop', 'down', 'Cap jam', 1, false],
      [30, 32, 120, 'smallStop', 'minor', null, 0, false],
      [60, 80, 1200, 'unplannedStop', 'down', null, 0, true],
      // 08:00 to 08:20 is a break: 10 minutes before it and 10 after it count.
      [110, 150, 1200, 'unplannedStop', 'down', 'Cap jam', 2, false],
      [170, null, 120, 'smallStop', 'down', null, 0, false],
    ]);
  });

  it('are cut where a slice gives another reason', () => {
    const entry = entryMaker();
    const slice = entry({ type: 'stopReason', machine: 'm1', from: minute(70), to: minute(75), reason: 'changeover' });
    const stops = stopsOf(judged(minute(0), minute(172), [slice]), plant).filter((s) => s.stretchStart === minute(60));
    expect(stops.map((s) => [s.seconds, s.category, s.reason, s.look])).toEqual([
      [600, 'unplannedStop', null, 'down'],
      [300, 'plannedStop', 'changeover', 'setup'],
      [300, 'unplannedStop', null, 'down'],
    ]);
  });

  it('name the real start of a stop that began before the window', () => {
    expect(stopsOf(judged(minute(15), minute(25)), plant)).toMatchObject([
      { start: minute(10), end: minute(20), seconds: 300 },
    ]);
  });

  it('add up to the category', () => {
    const spans = judged(minute(0), minute(172));
    const unplanned = spans
      .filter((s) => s.category === 'unplannedStop')
      .reduce((sum, s) => sum + (s.end - s.start) / 1000, 0);
    const stops = stopsOf(spans, plant).filter((s) => s.category === 'unplannedStop');
    expect(stops.reduce((sum, s) => sum + s.seconds, 0)).toBe(unplanned);
  });

  it('make the biggest losses, by reason', () => {
    expect(topLosses(judged(minute(0), minute(169)), plant, 2)).toEqual([
      { reason: 'jam', name: 'Cap jam', seconds: 1800, count: 2, look: 'down' },
      { reason: '', name: 'Down, no reason', seconds: 1200, count: 1, look: 'down' },
    ]);
  });
});

describe('reliability', () => {
  it('divides by failures that began in the window, and averages those that also ended in it', () => {
    const found = reliabilityOf(judged(minute(15), minute(180)), plant);
    // The first jam began before the window; the last stop has not ended. Lengths: 20 and 40 minutes.
    expect(found).toMatchObject({ failures: 3, mttrSeconds: 1800 });
    expect(found.mtbfSeconds).toBeCloseTo(((165 - 20 - 5 - 20 - 20 - 10) * 60) / 3, 6);
  });

  it('is null without a failure, and leaves external stops to others', () => {
    const entry = entryMaker();
    const facts = factsOf(
      'm1',
      [
        { start: minute(0), state: 'running' },
        { start: minute(10), state: 'idle' },
        { start: minute(40), state: 'running' },
      ],
      minute(100),
    );
    const entries = [entry({ type: 'stopReason', machine: 'm1', at: minute(11), reason: 'starved' })];
    const spans = judge({ plant, machine: 'm1', ...facts, entries, from: minute(0), to: minute(100) });
    expect(reliabilityOf(spans, plant)).toEqual({
      failures: 0,
      mtbfSeconds: null,
      mttrSeconds: null,
      inherentAvailability: 1,
    });
  });
});

describe('looks', () => {
  it.each<[MachineState, TimeCategory, boolean, string, string]>([
    ['running', 'run', false, 'run', 'Running'],
    ['running', 'offShift', false, 'plan', 'No plan'],
    ['unknown', 'offShift', false, 'unknown', 'No data'],
    ['unknown', 'unknown', true, 'unknown', 'No data'],
    ['down', 'smallStop', true, 'down', 'Down'],
    ['down', 'smallStop', false, 'minor', 'Minor stop'],
    ['idle', 'smallStop', true, 'idle', 'Waiting'],
    ['idle', 'smallStop', false, 'minor', 'Minor stop'],
    ['idle', 'unplannedStop', false, 'idle', 'Waiting'],
    ['down', 'plannedStop', false, 'setup', 'Setup'],
    ['maintenance', 'unplannedStop', false, 'setup', 'Setup'],
    ['off', 'unplannedStop', true, 'down', 'Switched off'],
    ['off', 'scheduleLoss', true, 'plan', 'No plan'],
  ])('%s in %s (open: %s) looks %s: %s', (state, category, open, look, word) => {
    expect(lookOf({ state, category, open })).toBe(look);
    expect(wordOf(lookOf({ state, category, open }), state)).toBe(word);
  });
});
