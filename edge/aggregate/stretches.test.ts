import { describe, expect, it } from 'vitest';
import type { MachineState } from '#shared/state/state.ts';
import { BAD, GOOD } from './series.ts';
import { Stretches } from './stretches.ts';

type Given<T> = readonly (readonly [number, T, 'bad'?])[];

/** [t, state] and [t, reason] -> the intervals: [start, state, reason]. */
function intervals(
  hold: 'stop' | 'value',
  states: Given<MachineState>,
  reasons: Given<string | null>,
): [number, string, string | null][] {
  const stretches = new Stretches(hold);
  const steps = <T>(given: Given<T>) => ({
    t: given.map(([t]) => t),
    force: given.map(([, value]) => value),
    quality: given.map(([, , bad]) => (bad ? BAD : GOOD)),
  });
  stretches.rebuild(Number.NEGATIVE_INFINITY, steps(states), steps(reasons));
  const begins = stretches.begin.map((begin, i) => ({ begin, i })).filter(({ begin, i }) => begin === stretches.t[i]);
  return begins.slice(1).map(({ begin, i }) => [begin, stretches.state[i] ?? '', stretches.reasonOf(i)]);
}

describe('state and reason', () => {
  it('a reason labels the stop from its own time until the next reason or the end of the stop', () => {
    const states = [
      [10, 'down'],
      [60, 'running'],
      [80, 'down'],
    ] as const;
    const reasons = [
      [20, 'jam'],
      [40, 'starved'],
    ] as const;
    expect(intervals('stop', states, reasons)).toEqual([
      [10, 'down', null],
      [20, 'down', 'jam'],
      [40, 'down', 'starved'],
      [60, 'running', null],
      [80, 'down', null],
    ]);
  });

  it('held as a value, it labels each stop until it changes', () => {
    const states = [
      [10, 'down'],
      [60, 'running'],
      [80, 'idle'],
    ] as const;
    expect(intervals('value', states, [[5, 'jam']])).toEqual([
      [10, 'down', 'jam'],
      [60, 'running', null],
      [80, 'idle', 'jam'],
    ]);
    expect(
      intervals('value', states, [
        [5, 'jam'],
        [70, null],
      ]).at(-1),
    ).toEqual([80, 'idle', null]);
  });

  it('at the instant of a state change it belongs to what begins there', () => {
    expect(
      intervals(
        'stop',
        [
          [5, 'running'],
          [10, 'down'],
        ],
        [[10, 'jam']],
      ),
    ).toEqual([
      [5, 'running', null],
      [10, 'down', 'jam'],
    ]);
    expect(
      intervals(
        'stop',
        [
          [5, 'down'],
          [10, 'running'],
          [20, 'down'],
        ],
        [[10, 'jam']],
      ).at(-1),
    ).toEqual([20, 'down', null]);
  });

  it('that comes while running labels nothing', () => {
    expect(
      intervals(
        'stop',
        [
          [5, 'running'],
          [20, 'down'],
        ],
        [[10, 'jam']],
      ).at(-1),
    ).toEqual([20, 'down', null]);
  });

  it('is cleared by null, and a bad one is passed over', () => {
    expect(
      intervals(
        'stop',
        [[5, 'down']],
        [
          [6, 'jam'],
          [8, 'starved', 'bad'],
          [9, null],
        ],
      ),
    ).toEqual([
      [5, 'down', null],
      [6, 'down', 'jam'],
      [9, 'down', null],
    ]);
  });

  it('survives unknown time within the stop, and is not shown on it', () => {
    expect(
      intervals(
        'stop',
        [
          [5, 'down'],
          [10, 'unknown'],
          [20, 'idle'],
        ],
        [[5, 'jam']],
      ),
    ).toEqual([
      [5, 'down', 'jam'],
      [10, 'unknown', null],
      [20, 'idle', 'jam'],
    ]);
  });

  it('repeated begins no new interval', () => {
    expect(
      intervals(
        'stop',
        [
          [5, 'down'],
          [7, 'down'],
        ],
        [
          [5, 'jam'],
          [8, 'jam'],
        ],
      ),
    ).toEqual([[5, 'down', 'jam']]);
  });
});
