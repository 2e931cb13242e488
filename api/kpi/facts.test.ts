import { expect, it } from 'vitest';
import type { StateInterval } from '#shared/oee/facts.ts';
import { asOpenThen } from './facts.ts';

it('knows of a stop only what was known then', () => {
  const interval = (start: number, end: number | null): StateInterval => ({
    machine: 'filler',
    start,
    end,
    state: 'down',
    reason: null,
    revision: 1,
  });
  const all = [interval(0, 10), interval(10, 20), interval(20, 30), interval(30, null)];
  expect(asOpenThen(all, 25)).toEqual([interval(0, 10), interval(10, 20), interval(20, null)]);
  expect(asOpenThen(all, 20)).toEqual([interval(0, 10), interval(10, 20)]);
  expect(asOpenThen(all, 31)).toEqual(all);
});
