import { describe, expect, it } from 'vitest';
import { PowerState } from './power-state.ts';
import { BAD, GOOD } from './series.ts';

/** [seconds, watts, bad?] -> [seconds, state]; running above 1000, idle above 100, hold 10 s. */
function steps(readings: readonly (readonly [number, number, 'bad'?])[], to: number): [number, string][] {
  const state = new PowerState({ runningAboveWatts: 1000, idleAboveWatts: 100, holdSeconds: 10 }, 1);
  for (const [s, watts, bad] of readings) state.read(s * 1000, watts, bad ? BAD : GOOD, s * 1000);
  state.advance(to * 1000);
  return state.steps.t.map((t, i) => [t / 1000, state.steps.force[i] ?? '']);
}

describe('state from power', () => {
  it('is running above the one threshold, idle above the other, else off; a threshold itself is not above it', () => {
    const levels = [
      [0, 1000.5],
      [20, 1000],
      [40, 100.5],
      [60, 100],
    ] as const;
    expect(steps(levels, 100)).toEqual([
      [0, 'running'],
      [20, 'idle'],
      [60, 'off'],
    ]);
  });

  it('changes only after the level has held, and then from the start of the hold', () => {
    const dip = [
      [0, 2000],
      [30, 50],
      [39, 2000],
    ] as const;
    expect(steps(dip, 100)).toEqual([[0, 'running']]);
    const stop = [
      [0, 2000],
      [30, 50],
      [40, 2000],
    ] as const;
    expect(steps(stop, 100)).toEqual([
      [0, 'running'],
      [30, 'off'],
      [40, 'running'],
    ]);
  });

  it('starts the hold anew with each level', () => {
    const falling = [
      [0, 2000],
      [30, 500],
      [36, 50],
    ] as const;
    expect(steps(falling, 45)).toEqual([[0, 'running']]);
    expect(steps(falling, 46)).toEqual([
      [0, 'running'],
      [36, 'off'],
    ]);
  });

  it('is unknown until a level has held, and at once when a reading is bad', () => {
    expect(steps([[0, 2000]], 9)).toEqual([]);
    const bad = [
      [0, 2000],
      [20, 0, 'bad'],
      [25, 2000],
    ] as const;
    expect(steps(bad, 60)).toEqual([
      [0, 'running'],
      [20, 'unknown'],
      [25, 'running'],
    ]);
  });

  it('takes back what a late reading shows not to have held', () => {
    const state = new PowerState({ runningAboveWatts: 1000, idleAboveWatts: 100, holdSeconds: 10 }, 1);
    state.read(0, 2000, GOOD, 0);
    state.read(30_000, 50, GOOD, 0);
    state.advance(60_000);
    expect(state.steps.force).toEqual(['running', 'off']);
    expect(state.read(35_000, 2000, GOOD, 0)).toBe(30_000);
    expect(state.steps.force).toEqual(['running']);
  });

  it('keeps what time alone had decided when a late reading does not speak against it', () => {
    const state = new PowerState({ runningAboveWatts: 1000, idleAboveWatts: 100, holdSeconds: 10 }, 1);
    state.read(0, 2000, GOOD, 0);
    state.read(30_000, 50, GOOD, 0);
    state.advance(60_000);
    state.read(35_000, 60, GOOD, 0);
    state.read(20_000, 2000, GOOD, 0);
    expect(state.steps).toMatchObject({ t: [0, 30_000], force: ['running', 'off'] });
  });

  it('reads raw units through the scale', () => {
    const state = new PowerState({ runningAboveWatts: 1000, idleAboveWatts: 100, holdSeconds: 0 }, 1000);
    state.read(0, 1.5, GOOD, 0);
    expect(state.steps.force).toEqual(['running']);
  });
});
