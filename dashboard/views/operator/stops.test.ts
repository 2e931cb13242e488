import { expect, it } from 'vitest';
import type { OperatorStop } from '#shared/contract/operator.ts';
import { oldestUnexplained, splitMinutes, tappedOf, withTapped } from './stops.ts';
import { changedWords, evidenceWords } from './words.ts';

const T = Date.UTC(2026, 5, 2, 8);
const iso = (minute: number) => new Date(T + minute * 60_000).toISOString();
const stop = (from: number, to: number | null, more: Partial<OperatorStop> = {}): OperatorStop => ({
  start: iso(from),
  end: to === null ? null : iso(to),
  startLabel: '09:00',
  endLabel: null,
  seconds: 60,
  look: 'down',
  reason: null,
  reasonName: null,
  byPerson: false,
  unexplained: true,
  stretchStart: iso(from),
  ...more,
});
const tap = (id: string, at: number, reason: string) => ({ id, at: iso(at), reason, name: reason, enteredAt: 0 });

it('shows what was tapped about a stop at once, wherever in it the tap lies', () => {
  const shown = withTapped(
    [stop(20, null), stop(0, 10)],
    [tap('a', 5, 'jam'), tap('b', 25, 'x'), tap('c', 25, 'y')],
    new Set(['c']),
  );
  expect(shown.map((s) => [s.reason, s.unexplained, s.waiting])).toEqual([
    ['y', false, true],
    ['jam', false, false],
  ]);
  expect(withTapped([stop(0, 10)], [tap('a', 10, 'jam')], new Set())[0]?.reason).toBeNull();
});

it('reads taps from the queue, without those that were refused', () => {
  const entry = {
    id: 'a',
    order: 1,
    label: 'Jam',
    basedOn: 0,
    by: '',
    device: '',
    enteredAt: 5,
    attempts: 1,
    refusal: null,
  };
  const body = { type: 'stopReason', at: iso(0), reason: 'jam' };
  const refusal = { detail: 'no', changed: [], seq: null };
  expect(
    tappedOf([
      { ...entry, body },
      { ...entry, id: 'b', body, refusal },
      { ...entry, id: 'c', body: { type: 'scrap' } },
    ]),
  ).toEqual([{ id: 'a', at: iso(0), reason: 'jam', name: 'Jam', enteredAt: 5 }]);
});

it('offers the oldest stop without a reason', () => {
  const shown = withTapped(
    [stop(40, null), stop(20, 30), stop(0, 10, { unexplained: false, reason: 'jam' })],
    [],
    new Set(),
  );
  expect(oldestUnexplained(shown, iso(40))?.start).toBe(iso(20));
  expect(oldestUnexplained(shown, iso(20))?.start).toBe(iso(40));
});

it('splits at whole minutes inside a stop, and not at all where there is none', () => {
  expect(splitMinutes(T, T + 600_000)).toEqual({ first: T + 60_000, last: T + 540_000, middle: T + 300_000 });
  expect(splitMinutes(T + 1000, T + 59_000)).toBeNull();
  expect(splitMinutes(T, T + 60_000)).toBeNull();
  expect(splitMinutes(T + 30_000, T + 90_000)).toEqual({ first: T + 60_000, last: T + 60_000, middle: T + 60_000 });
});

it('says why a reason is likely, and what somebody else said', () => {
  expect(evidenceWords({ kind: 'today', count: 2, seconds: 840, label: null }, 'en-GB')).toBe(
    'twice today, 14 min lost',
  );
  expect(evidenceWords({ kind: 'controller', count: 0, seconds: 0, label: null }, 'en-GB')).toBe('says the controller');
  expect(evidenceWords({ kind: 'neighbour', count: 1, seconds: 9, label: 'Filler' }, 'en-GB')).toBe('Filler is down');
  expect(evidenceWords({ kind: 'hour', count: 3, seconds: 9, label: null }, 'en-GB')).toBe('3 times about this hour');
  expect(evidenceWords({ kind: 'before', count: 1, seconds: 9, label: '4 Nov' }, 'en-GB')).toBe('last on 4 Nov');
  const said = changedWords(
    { by: 'Ann', reason: 'jam', recordedAt: iso(0) },
    () => 'Jam',
    () => '11:31',
  );
  expect(said).toBe('Ann said “Jam” at 11:31');
});
