import { describe, expect, it } from 'vitest';
import type { StateInterval } from '#shared/oee/facts.ts';
import { asOpenThen, joinIntervals } from './facts.ts';

const interval = (start: number, end: number | null, revision = 1): StateInterval => ({
  machine: 'filler',
  start,
  end,
  state: 'down',
  reason: null,
  revision,
});

it('knows of a stop only what was known then', () => {
  const all = [interval(0, 10), interval(10, 20), interval(20, 30), interval(30, null)];
  expect(asOpenThen(all, 25)).toEqual([interval(0, 10), interval(10, 20), interval(20, null)]);
  expect(asOpenThen(all, 20)).toEqual([interval(0, 10), interval(10, 20)]);
  expect(asOpenThen(all, 31)).toEqual(all);
});

describe('joining historian and memory', () => {
  it('believes the historian about what began before its last, and memory about what began after', () => {
    const past = [interval(0, 10), interval(10, 20), interval(20, null)];
    expect(joinIntervals(past, [interval(20, 30, 2), interval(30, null)])).toEqual([
      interval(0, 10),
      interval(10, 20),
      interval(20, 30, 2),
      interval(30, null),
    ]);
    expect(joinIntervals(past, [interval(25, null)]).at(-2)).toEqual(interval(20, 25));
  });
  it('lets nothing that memory still holds for open hide what followed it long ago', () => {
    const past = [interval(0, 10, 2), interval(10, 20), interval(20, 40)];
    const memory = [interval(0, 20), interval(20, 40), interval(40, null)];
    expect(joinIntervals(past, memory)).toEqual([...past, interval(40, null)]);
  });
  it('takes memory alone where the historian has nothing', () => {
    expect(joinIntervals([], [interval(5, null)])).toEqual([interval(5, null)]);
  });
});
