import { describe, expect, it } from 'vitest';
import { factsOf } from '#shared/oee/fixture.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { createMachineFacts } from './machine-facts.ts';

const T = Date.parse('2026-06-02T08:00:00Z');
const running = factsOf('m', [{ start: T, state: 'running', good: 60 }], T + 3 * MINUTE, true);

describe('closed facts', () => {
  it('merge by key: the higher revision wins, in whatever order and however often they come', () => {
    const facts = createMachineFacts('m');
    const newer = running.pieces.map((p) => ({ ...p, goodCount: 70, revision: 3 }));
    facts.merge(newer, []);
    expect(facts.merge(running.pieces, [])).toBeNull();
    expect(facts.merge(newer, [])).toBeNull();
    expect(facts.known(T).pieces.map((p) => p.goodCount)).toEqual([70, 70, 70]);
  });

  it('stay away once they are void, also when an older row comes back from the historian', () => {
    const facts = createMachineFacts('m');
    const [first] = running.pieces;
    if (!first) throw new Error('no piece');
    facts.merge([{ ...first, goodCount: 0, revision: 2, void: true }], []);
    facts.merge(running.pieces, []);
    expect(facts.known(T).pieces).toHaveLength(2);
  });

  it('tell the span that they changed, and nothing more for an interval that only went on', () => {
    const facts = createMachineFacts('m');
    facts.merge([], running.intervals);
    const grown = running.intervals.map((i) => ({ ...i, end: T + 30 * MINUTE, revision: 2 }));
    expect(facts.merge([], grown)).toEqual({ from: T + 30 * MINUTE, to: T + 30 * MINUTE });
    expect(facts.merge(running.pieces.slice(1, 2), [])).toEqual({ from: T + MINUTE, to: T + 2 * MINUTE });
  });
});

describe('open facts', () => {
  it('add the minute that is not closed, and give way to the closed one', () => {
    const facts = createMachineFacts('m');
    facts.merge(running.pieces.slice(0, 2), running.intervals);
    const open = running.pieces.slice(1).map((p) => ({ ...p, goodCount: 1 }));
    facts.setOpen(open, []);
    expect(facts.known(T).pieces.map((p) => p.goodCount)).toEqual([60, 60, 1]);
    facts.merge(running.pieces.slice(2), []);
    expect(facts.known(T).pieces.map((p) => p.goodCount)).toEqual([60, 60, 60]);
  });

  it('are followed by a newer state at once: the old state up to it, then the new one', () => {
    const facts = createMachineFacts('m');
    facts.merge(running.pieces, running.intervals);
    const since = T + 3 * MINUTE + 1500;
    facts.setState({ state: 'down', since, reason: 'jam', product: '', order: '' });
    const { pieces, intervals, to } = facts.known(T);
    expect(pieces.slice(-2)).toMatchObject([
      { state: 'running', start: T + 3 * MINUTE, end: since, goodCount: 0 },
      { state: 'down', start: since, end: since + 1 },
    ]);
    expect(intervals.at(-2)).toMatchObject({ state: 'running', end: since });
    expect(intervals.at(-1)).toMatchObject({ state: 'down', start: since, end: null, reason: 'jam' });
    expect(to).toBe(since + 1);
  });

  it('a state after a long silence leaves the silence unknown', () => {
    const facts = createMachineFacts('m');
    facts.merge(running.pieces, running.intervals);
    facts.setState({ state: 'running', since: T + 60 * MINUTE, reason: null, product: '', order: '' });
    const { pieces } = facts.known(T);
    expect(pieces.at(-2)?.end).toBe(T + 3 * MINUTE);
    expect(pieces.at(-1)?.start).toBe(T + 60 * MINUTE);
  });
});

it('finds minutes without facts, and forgets what is too old', () => {
  const facts = createMachineFacts('m');
  facts.merge(
    running.pieces.filter((p) => p.minute !== T + MINUTE),
    [],
  );
  expect(facts.holes(T, T + 3 * MINUTE)).toEqual([T + MINUTE]);
  facts.forgetBefore(T + 2 * MINUTE);
  expect(facts.known(T).pieces).toHaveLength(1);
});

it('forgets an interval that no message ended, once what followed it is old enough', () => {
  const facts = createMachineFacts('m');
  const interval = (start: number, end: number | null) => ({
    machine: 'm',
    start,
    end,
    state: 'running' as const,
    reason: null,
    revision: 1,
  });
  facts.merge([], [interval(T - 100 * MINUTE, null), interval(T - MINUTE, T + 5 * MINUTE)]);
  facts.forgetBefore(T - 2 * MINUTE);
  expect(facts.known(T).intervals).toHaveLength(2);
  facts.forgetBefore(T);
  expect(facts.known(T).intervals).toEqual([interval(T - MINUTE, T + 5 * MINUTE)]);
});
