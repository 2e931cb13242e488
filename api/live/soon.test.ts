import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSoon } from './soon.ts';

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] }),
);
afterEach(() => void vi.useRealTimers());

it('answers the first asking in this turn, and the next ones together when it has rested', () => {
  const at: number[] = [];
  const soon = createSoon(() => at.push(performance.now()), 20);
  const begun = performance.now();
  soon.ask();
  soon.ask();
  expect(at).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(at.map((t) => t - begun)).toEqual([0]);
  vi.advanceTimersByTime(5);
  for (let i = 0; i < 3; i += 1) soon.ask();
  vi.advanceTimersByTime(14);
  expect(at).toHaveLength(1);
  vi.advanceTimersByTime(2);
  expect(at).toHaveLength(2);
  vi.advanceTimersByTime(100);
  expect(at).toHaveLength(2);
});

it('asks again after work that failed, and does nothing once stopped', () => {
  let fails = true;
  let done = 0;
  const soon = createSoon(() => {
    if (fails) throw new Error('no');
    done += 1;
  }, 20);
  soon.ask();
  expect(() => vi.advanceTimersByTime(0)).toThrow('no');
  fails = false;
  soon.ask();
  vi.advanceTimersByTime(21);
  expect(done).toBe(1);
  soon.ask();
  soon.stop();
  vi.advanceTimersByTime(100);
  expect(done).toBe(1);
});
