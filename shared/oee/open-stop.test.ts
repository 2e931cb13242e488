import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import type { StateInterval } from './facts.ts';
import { factsOf, makePlant } from './fixture.ts';
import { createRunning } from './running.ts';

/* Live figures while a stop goes on: the threshold of a small stop is 300 s, blocks are ten minutes long. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const plant = makePlant();

/** Running, and stopped from minute 8 on; facts as far as `now`. */
function stoppedAt8(now: number) {
  return factsOf(
    'm1',
    [
      { start: at(0), state: 'running', good: 3 },
      { start: at(8), state: 'down' },
    ],
    at(now),
    true,
  );
}

describe('a stop that goes on', () => {
  it('turns from small to unplanned from its start, in blocks that were judged before too', () => {
    const running = createRunning(plant, 'm1');
    running.upsert(stoppedAt8(12));
    expect(running.sumsBetween(at(0), at(12))).toMatchObject({ smallStopSeconds: 240, runSeconds: 720 });
    running.upsert(stoppedAt8(13));
    expect(running.sumsBetween(at(0), at(13))).toMatchObject({
      smallStopSeconds: 0,
      unplannedStopSeconds: 300,
      runSeconds: 480,
    });
    expect(running.sumsBetween(at(0), at(12))).toMatchObject({ smallStopSeconds: 240 });
    expect(running.sumsBetween(at(0), at(13))).toMatchObject({ smallStopSeconds: 0, unplannedStopSeconds: 300 });
  });

  it('stays small where it ended in time, and gives way to the next one', () => {
    const running = createRunning(plant, 'm1');
    running.upsert(stoppedAt8(11));
    expect(running.sumsBetween(at(0), at(11)).smallStopSeconds).toBe(180);
    const stages = [
      { start: at(0), state: 'running' as const, good: 3 },
      { start: at(8), state: 'down' as const },
      { start: at(11), state: 'running' as const },
      { start: at(18), state: 'idle' as const },
    ];
    const later = (now: number) => {
      const facts = factsOf('m1', stages, at(now), true);
      return {
        intervals: facts.intervals.map((i) => ({ ...i, revision: 2 })),
        pieces: facts.pieces.map((p) => ({ ...p, revision: 2 })),
      };
    };
    running.upsert(later(21));
    expect(running.sumsBetween(at(0), at(21))).toMatchObject({ smallStopSeconds: 360, unplannedStopSeconds: 0 });
    running.upsert(later(24));
    expect(running.sumsBetween(at(0), at(24))).toMatchObject({ smallStopSeconds: 180, unplannedStopSeconds: 360 });
  });

  it('leaves blocks that it does not touch alone, and those that a change ends at', () => {
    const running = createRunning(plant, 'm1');
    const facts = factsOf('m1', [{ start: at(0), state: 'running', good: 3 }], at(40));
    running.upsert(facts);
    const before = running.sumsBetween(at(0), at(40));
    const stop: StateInterval = { machine: 'm1', start: at(10), end: at(20), state: 'down', reason: null, revision: 2 };
    running.upsert({ intervals: [stop, { ...stop, start: at(20), end: at(40), state: 'running' }], pieces: [] });
    const after = running.sumsBetween(at(0), at(40));
    expect([before.unplannedStopSeconds, after.unplannedStopSeconds, after.runSeconds]).toEqual([0, 600, 1800]);
  });
});

describe('windows', () => {
  it('share the minutes that they cut, and a part of a block is never taken for all of it', () => {
    const running = createRunning(plant, 'm1');
    running.upsert(factsOf('m1', [{ start: at(0), state: 'running', good: 4 }], at(30)));
    expect(running.sumsBetween(at(0.5), at(2.25)).goodCount).toBe(7);
    expect(running.sumsBetween(at(0), at(5)).goodCount).toBe(20);
    expect(running.sumsBetween(at(5), at(10)).goodCount).toBe(20);
    expect(running.sumsBetween(at(0), at(30)).goodCount).toBe(120);
    expect(running.sumsBetween(at(5), at(5)).allSeconds).toBe(0);
  });
});

describe('forgetting', () => {
  it('makes what lies before it unknown, in figures that were kept too', () => {
    const running = createRunning(plant, 'm1');
    running.upsert(
      factsOf(
        'm1',
        [
          { start: at(0), state: 'running', good: 3 },
          { start: at(15), state: 'running', good: 3, product: 'B' },
        ],
        at(30),
      ),
    );
    expect(running.sumsBetween(at(0), at(30)).goodCount).toBe(90);
    running.forget(at(20));
    const sums = running.sumsBetween(at(0), at(30));
    expect(sums).toMatchObject({ goodCount: 30, unknownSeconds: 1200, runSeconds: 600 });
  });

  it('keeps a stop that goes on as long as it is', () => {
    const running = createRunning(plant, 'm1');
    running.upsert(stoppedAt8(30));
    running.forget(at(25));
    expect(running.sumsBetween(at(25), at(30))).toMatchObject({ unplannedStopSeconds: 300, smallStopSeconds: 0 });
  });
});

describe('a machine that the plant does not have', () => {
  it('has no figures to run', () => {
    expect(() => createRunning(plant, 'm9')).toThrow('the plant has no machine "m9"');
  });
});
