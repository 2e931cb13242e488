import { describe, expect, it } from 'vitest';
import type { CounterEvent } from '../oee/facts.ts';
import { applyExchange } from './exchange.ts';

/** The old meter stood at 99 200 at second 100, the new one at 20 at second 200. */
const step: CounterEvent = {
  signal: 'm.importWh',
  t: 200_000,
  raw: 20,
  previousT: 100_000,
  previousRaw: 99_200,
  verdict: 'reset',
  counted: 20,
  revision: 1,
};

describe('a meter exchange', () => {
  it('counts the old meter up to its last reading and the new one from its first, each in its own time', () => {
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_213, newStart: 12 })).toEqual({
      counted: 21,
      parts: [
        { from: 100_000, to: 160_000, raw: 13 },
        { from: 160_000, to: 200_000, raw: 8 },
      ],
    });
  });

  it('at the very instant of the reading leaves all of it to the time before', () => {
    expect(applyExchange(step, { at: 200_000, oldFinal: 99_213, newStart: 12 })).toEqual({
      counted: 21,
      parts: [{ from: 100_000, to: 200_000, raw: 21 }],
    });
  });

  it('may find either meter where it stood', () => {
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_200, newStart: 12 })?.counted).toBe(8);
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_213, newStart: 20 })?.counted).toBe(13);
  });

  it('is not about a step that it does not lie in', () => {
    expect(applyExchange(step, { at: 100_000, oldFinal: 99_213, newStart: 12 })).toBeNull();
    expect(applyExchange(step, { at: 100_001, oldFinal: 99_213, newStart: 12 })).not.toBeNull();
    expect(applyExchange(step, { at: 200_001, oldFinal: 99_213, newStart: 12 })).toBeNull();
  });

  it('is refused where the readings contradict it', () => {
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_199.5, newStart: 12 })).toBeNull();
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_213, newStart: 20.5 })).toBeNull();
    expect(applyExchange(step, { at: 160_000, oldFinal: 99_200.5, newStart: 19.5 })?.counted).toBe(1);
  });
});
