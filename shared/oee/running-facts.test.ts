import { describe, expect, it } from 'vitest';
import type { MachineState } from '../state/state.ts';
import { MINUTE, SECOND } from '../time/instant.ts';
import type { MachinePiece, StateInterval } from './facts.ts';
import { factsOf } from './fixture.ts';
import { RunningFacts } from './running-facts.ts';

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;

function interval(
  start: number,
  end: number | null,
  state: MachineState,
  more: Partial<StateInterval> = {},
): StateInterval {
  return {
    machine: 'm1',
    start: at(start),
    end: end === null ? null : at(end),
    state,
    reason: null,
    revision: 1,
    ...more,
  };
}

/** Pieces of running time, one a minute, each with that many good ones. */
function pieces(from: number, to: number, good: number, more: Partial<MachinePiece> = {}): MachinePiece[] {
  return factsOf('m1', [{ start: at(from), state: 'running', good }], at(to)).pieces.map((p) => ({ ...p, ...more }));
}

const goodIn = (facts: RunningFacts, from: number, to: number) =>
  facts.pieces(at(from), at(to)).map((p) => p.goodCount);
const startsIn = (facts: RunningFacts, from: number, to: number) =>
  facts.intervals(at(from), at(to)).map((i) => (i.start - START) / MINUTE);

/** Running, then stopped from 10 to 20 in two intervals, running, stopped from 30 on. */
function line(): RunningFacts {
  const facts = new RunningFacts();
  facts.upsertIntervals([
    interval(0, 10, 'running'),
    interval(10, 15, 'down'),
    interval(15, 20, 'idle'),
    interval(20, 30, 'running'),
    interval(30, null, 'down'),
  ]);
  return facts;
}

describe('pieces', () => {
  it('are replaced by a revision as high or higher, never by a lower one', () => {
    const facts = new RunningFacts();
    facts.upsertPieces(pieces(0, 2, 5, { revision: 3 }));
    expect(facts.upsertPieces(pieces(0, 1, 9, { revision: 2 }))).toEqual([]);
    expect(goodIn(facts, 0, 2)).toEqual([5, 5]);
    facts.upsertPieces(pieces(0, 1, 7, { revision: 3 }));
    expect(facts.upsertPieces(pieces(1, 2, 8, { revision: 4 }))).toEqual([{ start: at(1), end: at(2) }]);
    expect(goodIn(facts, 0, 2)).toEqual([7, 8]);
  });

  it('are told apart by state, product, order and slot', () => {
    const facts = new RunningFacts();
    const [piece] = pieces(0, 1, 5);
    if (!piece) throw new Error('no piece');
    const others: Partial<MachinePiece>[] = [{ product: 'B' }, { order: 'o' }, { slot: 1 }, { state: 'idle' }];
    facts.upsertPieces([piece, ...others.map((other) => ({ ...piece, ...other }))]);
    expect(goodIn(facts, 0, 1)).toHaveLength(5);
  });

  it('come in the order of time, from the minutes that begin in the window', () => {
    const facts = new RunningFacts();
    const [piece] = pieces(1, 2, 5);
    if (!piece) throw new Error('no piece');
    const middle = at(1) + 20 * SECOND;
    facts.upsertPieces([
      { ...piece, slot: 1, start: middle, goodCount: 2 },
      { ...piece, slot: 0, end: middle, goodCount: 1 },
      ...pieces(0, 1, 9),
      ...pieces(2, 3, 8),
    ]);
    expect(goodIn(facts, 1, 2)).toEqual([1, 2]);
    expect(goodIn(facts, 0, 3)).toEqual([9, 1, 2, 8]);
    expect(goodIn(facts, 0.5, 2)).toEqual([1, 2]);
  });

  it('are gone when they are void', () => {
    const facts = new RunningFacts();
    facts.upsertPieces(pieces(0, 1, 5));
    facts.upsertPieces(pieces(0, 1, 0, { revision: 2, void: true }));
    expect(facts.pieces(at(0), at(1))).toEqual([]);
  });

  it('of the open minute stand until its closed ones arrive', () => {
    const facts = new RunningFacts();
    facts.setOpen([], [...pieces(3, 4, 1), ...pieces(4, 5, 1, { void: true })]);
    expect(goodIn(facts, 3, 5)).toEqual([1]);
    expect(facts.openFrom(at(0))).toBe(at(3));
    expect(facts.openFrom(at(3) + 1)).toBe(at(3));
    expect(facts.openFrom(at(4))).toBe(Number.POSITIVE_INFINITY);
    facts.upsertPieces(pieces(3, 4, 6));
    expect(goodIn(facts, 3, 4)).toEqual([6]);
    facts.setOpen([], []);
    expect(facts.openFrom(at(0))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('intervals', () => {
  it('of a window are those that overlap it, with all of their stretches', () => {
    expect(startsIn(line(), 2, 5)).toContain(0);
    expect(startsIn(line(), 2, 11)).toEqual([0, 10, 15]);
    expect(startsIn(line(), 17, 18)).toEqual([0, 10, 15]);
    expect(startsIn(line(), 22, 29)[0]).toBe(20);
    expect(startsIn(line(), 40, 50)).toEqual([20, 30]);
  });

  it('keep the higher revision, and let a void one vanish', () => {
    const facts = line();
    facts.upsertIntervals([interval(10, 15, 'idle', { revision: 3 })]);
    expect(facts.upsertIntervals([interval(10, 15, 'down', { revision: 2 })])).toEqual([]);
    expect(facts.intervals(at(12), at(13)).find((i) => i.start === at(10))?.state).toBe('idle');
    facts.upsertIntervals([interval(10, 10, 'idle', { revision: 4, void: true })]);
    expect(startsIn(facts, 16, 17)).toEqual([0, 15]);
    facts.upsertIntervals([interval(10, 15, 'down', { revision: 5 })]);
    expect(startsIn(facts, 16, 17)).toEqual([0, 10, 15]);
  });

  it('say how much time a change may judge anew: the whole stretches, before and after it', () => {
    const facts = line();
    const all = (spans: readonly { start: number; end: number }[]) => ({
      start: Math.min(...spans.map((s) => s.start)),
      end: Math.max(...spans.map((s) => s.end)),
    });
    expect(all(facts.upsertIntervals([interval(17, 20, 'down')]))).toEqual({ start: at(0), end: at(20) });
    expect(all(facts.upsertIntervals([interval(25, 30, 'down')]))).toMatchObject({
      start: at(20),
      end: Number.POSITIVE_INFINITY,
    });
  });

  it('that are open hide the closed one of the same start until they are replaced', () => {
    const facts = line();
    facts.setOpen([interval(30, null, 'setup'), interval(35, null, 'idle', { void: true })], []);
    expect(facts.intervals(at(31), at(32)).at(-1)).toMatchObject({ start: at(30), state: 'setup' });
    expect(startsIn(facts, 31, 40)).toEqual([20, 30]);
    facts.setOpen([], []);
    expect(facts.intervals(at(31), at(32)).at(-1)?.state).toBe('down');
  });

  it('that are open and the same as before change nothing', () => {
    const facts = line();
    facts.setOpen([interval(30, null, 'down')], []);
    expect(facts.setOpen([interval(30, null, 'down')], [])).toEqual([]);
    expect(facts.setOpen([interval(30, null, 'idle')], [])).not.toEqual([]);
    expect(facts.setOpen([interval(30, null, 'idle', { reason: 'jam' })], [])).not.toEqual([]);
    expect(facts.setOpen([interval(30, 40, 'idle', { reason: 'jam' })], [])).not.toEqual([]);
    expect(facts.setOpen([], [])).not.toEqual([]);
    expect(facts.setOpen([], [])).toEqual([]);
  });
});

describe('the stretch that goes on', () => {
  it('begins where the machine last stopped', () => {
    const facts = line();
    expect(facts.openStretchStart()).toBe(at(30));
    facts.upsertIntervals([interval(30, 33, 'down', { revision: 2 }), interval(33, null, 'unknown')]);
    expect(facts.openStretchStart()).toBe(at(30));
  });

  it('is none while it runs, after it ended, and before anything is known', () => {
    expect(new RunningFacts().openStretchStart()).toBeNull();
    const running = new RunningFacts();
    running.upsertIntervals([interval(0, null, 'running')]);
    expect(running.openStretchStart()).toBeNull();
    const ended = new RunningFacts();
    ended.upsertIntervals([interval(0, 5, 'down')]);
    expect(ended.openStretchStart()).toBeNull();
  });

  it('can be all that is known', () => {
    const facts = new RunningFacts();
    facts.upsertIntervals([interval(0, 5, 'down'), interval(5, null, 'idle')]);
    expect(facts.openStretchStart()).toBe(at(0));
  });
});

describe('forgetting', () => {
  it('keeps the minute and the stretch in force', () => {
    const facts = line();
    facts.upsertPieces(pieces(0, 40, 1));
    facts.forget(at(17));
    expect(goodIn(facts, 0, 19)).toEqual([1, 1]);
    expect(startsIn(facts, 17, 18)).toEqual([0, 10, 15]);
    facts.forget(at(26));
    expect(startsIn(facts, 0, 60)).toEqual([20, 30]);
    expect(facts.pieces(at(0), at(26))).toEqual([]);
    expect(goodIn(facts, 25, 28)).toEqual([1, 1]);
  });
});
