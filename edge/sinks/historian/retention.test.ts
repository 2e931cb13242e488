import { describe, expect, it } from 'vitest';
import { createCounters } from '#edge/core/counters.ts';
import { DAY, MINUTE } from '#shared/time/instant.ts';
import { startRetention } from './retention.ts';

/** Timers that go off when the test says so. */
function heldClock() {
  let now = Date.UTC(2026, 5, 1);
  let due: { readonly at: number; readonly call: () => void } | null = null;
  return {
    now: () => now,
    after(ms: number, call: () => void) {
      due = { at: now + ms, call };
      return () => {
        due = null;
      };
    },
    /** How long that took; null when nothing waits. */
    async next(): Promise<number | null> {
      if (!due) return null;
      const { at, call } = due;
      const passed = at - now;
      [now, due] = [at, null];
      call();
      await new Promise((resolve) => setImmediate(resolve));
      return passed;
    },
  };
}

describe('retention', () => {
  it('takes a bite at a time until nothing is left, and again a day later', async () => {
    const clock = heldClock();
    const asked: number[] = [];
    let left = 2;
    const prune = async (before: number) => {
      asked.push((clock.now() - before) / DAY);
      left -= 1;
      return left >= 0;
    };
    const counters = createCounters();
    const stop = startRetention({ prune, async write() {}, async close() {} }, { clock, counters, minutesYears: 2 });
    const passed = [await clock.next(), await clock.next(), await clock.next(), await clock.next()];
    expect(passed).toEqual([MINUTE, 20, 20, DAY]);
    expect(new Set(asked)).toEqual(new Set([730.5]));
    expect(counters.values()).toMatchObject({ historian_days_pruned: 2 });
    stop();
    expect(await clock.next()).toBeNull();
  });

  it('counts what was refused and tries again a day later', async () => {
    const clock = heldClock();
    const counters = createCounters();
    const prune = async () => {
      throw new Error('database or disk is full');
    };
    startRetention({ prune, async write() {}, async close() {} }, { clock, counters });
    expect([await clock.next(), await clock.next()]).toEqual([MINUTE, DAY]);
    expect(counters.values()).toMatchObject({ historian_prune_refused: 2 });
  });

  it('leaves a server alone that prunes by itself', async () => {
    const clock = heldClock();
    startRetention({ async write() {}, async close() {} }, { clock, counters: createCounters() });
    expect(await clock.next()).toBeNull();
  });
});
