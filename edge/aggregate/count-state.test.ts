import { describe, expect, it } from 'vitest';
import { CountState } from './count-state.ts';
import { CounterSeries } from './counter-series.ts';
import { BAD, GOOD } from './series.ts';

const RULES = { modulus: null, maxPerSecond: null, jitter: 0 };

/** [seconds, raw, bad?] -> [seconds, state]; a stop after 30 s without a count. */
function steps(readings: readonly (readonly [number, number, 'bad'?])[], to: number): [number, string][] {
  const counter = new CounterSeries('cumulative', RULES, () => {});
  const state = new CountState(30, [counter]);
  state.advance(0);
  for (const [s, raw, bad] of readings) {
    counter.read(s * 1000, raw, bad ? BAD : GOOD, s * 1000);
    state.rederive(s * 1000);
  }
  state.advance(to * 1000);
  return state.steps.t.map((t, i) => [t / 1000, state.steps.force[i] ?? '']);
}

describe('state from counts', () => {
  it('runs as long as no more than the given seconds pass without a count', () => {
    const counted = [
      [0, 10],
      [20, 11],
      [50, 12],
    ] as const;
    expect(steps(counted, 80)).toEqual([[0, 'running']]);
  });

  it('has stopped at the last count once they have passed, and runs again from the next', () => {
    const counted = [
      [0, 10],
      [20, 11],
      [51, 12],
    ] as const;
    expect(steps(counted, 60)).toEqual([
      [0, 'running'],
      [20, 'idle'],
      [51, 'running'],
    ]);
    expect(steps(counted, 82)).toEqual([
      [0, 'running'],
      [20, 'idle'],
    ]);
  });

  it('takes a reading that counts nothing for no count', () => {
    const silent = [
      [0, 10],
      [20, 11],
      [40, 11],
      [60, 11],
    ] as const;
    expect(steps(silent, 60)).toEqual([
      [0, 'running'],
      [20, 'idle'],
    ]);
  });

  it('stood still from the baseline on where no count follows it in time', () => {
    expect(steps([[0, 10]], 30)).toEqual([[0, 'running']]);
    expect(steps([[0, 10]], 31)).toEqual([[0, 'idle']]);
  });

  it('is unknown from a bad reading until the next good one', () => {
    const lost = [
      [0, 10],
      [20, 11],
      [25, 0, 'bad'],
      [90, 11],
      [100, 12],
    ] as const;
    expect(steps(lost, 100)).toEqual([
      [0, 'running'],
      [25, 'unknown'],
      [90, 'running'],
    ]);
  });

  it('lets a late count undo a stop', () => {
    const counter = new CounterSeries('cumulative', RULES, () => {});
    const state = new CountState(30, [counter]);
    for (const [s, raw] of [
      [0, 10],
      [60, 12],
    ] as const) {
      counter.read(s * 1000, raw, GOOD, 0);
      state.rederive(s * 1000);
    }
    expect(state.steps.force).toEqual(['idle', 'running']);
    counter.read(30_000, 11, GOOD, 0);
    expect(state.rederive(30_000)).toBe(0);
    expect(state.steps.force).toEqual(['running']);
  });
});
