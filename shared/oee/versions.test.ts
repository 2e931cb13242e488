import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import type { MachinePiece, StateInterval } from './facts.ts';
import { sumSpans } from './figures.ts';
import { EARLY, factsOf, machine, makePlant, product, type Stage } from './fixture.ts';
import { judge } from './judge.ts';

/* Judged values that change at an instant, and facts that do not come as they should. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const versions = <T>(...list: readonly (readonly [number, T])[]) =>
  list.map(([minutes, value]) => ({ validFrom: minutes === -1 ? Number.NEGATIVE_INFINITY : at(minutes), value }));

const running: readonly Stage[] = [{ start: at(0), state: 'running', product: 'A', good: 6 }];

describe('an ideal cycle time that changes', () => {
  const products = [{ ...product('A', 1), idealCycleSeconds: versions([-1, 1], [10, 2], [20.5, 4], [60, 9]) }];
  const input = { plant: makePlant({ products }), machine: 'm1', ...factsOf('m1', running, at(60)), entries: [] };

  it('counts from its instant on, within a piece by seconds', () => {
    const spans = judge({ ...input, from: at(0), to: at(60) });
    const ideal = (minute: number) => spans.filter((s) => s.minute === at(minute)).map((s) => s.idealSecondsPerPiece);
    expect([ideal(0), ideal(9), ideal(10), ideal(19), ideal(20), ideal(21), ideal(59)]).toEqual([
      [1],
      [1],
      [2],
      [2],
      [2, 4],
      [4],
      [4],
    ]);
    expect(spans.filter((s) => s.estimated).map((s) => s.goodCount)).toEqual([3, 3]);
    expect(sumSpans(spans).idealSeconds).toBeCloseTo(6 * (10 * 1 + 10.5 * 2 + 39.5 * 4), 9);
  });

  it('is the one in force where a window begins, whatever the window', () => {
    for (const [from, to, expected] of [
      [10, 12, 2],
      [15, 18, 2],
      [21, 23, 4],
      [8, 10, 1],
    ] as const) {
      const spans = judge({ ...input, from: at(from), to: at(to) });
      expect(new Set(spans.map((s) => s.idealSecondsPerPiece))).toEqual(new Set([expected]));
    }
  });

  it('of several products change each at their own instants', () => {
    const two = [
      { ...product('A', 1), idealCycleSeconds: versions([-1, 1], [4, 2]) },
      { ...product('B', 1), idealCycleSeconds: versions([-1, 5], [2, 6]) },
    ];
    const stages: Stage[] = [
      ...running,
      { start: at(1), state: 'running', product: 'B', good: 6 },
      { start: at(3), state: 'running', product: 'A', good: 6 },
    ];
    const facts = factsOf('m1', stages, at(6));
    const spans = judge({ ...input, ...facts, plant: makePlant({ products: two }), from: at(0), to: at(6) });
    expect(spans.map((s) => s.idealSecondsPerPiece)).toEqual([1, 5, 6, 1, 2, 2]);
  });

  it('of the machine holds for what has none of its own', () => {
    const own = machine('m1', { idealCycleSeconds: versions([-1, 3], [5, 6]) });
    const plant = makePlant({ machines: [own] });
    const spans = judge({ ...input, plant, from: at(0), to: at(10) });
    expect(spans.map((s) => s.idealSecondsPerPiece)).toEqual([3, 3, 3, 3, 3, 6, 6, 6, 6, 6]);
  });
});

describe('a break policy that changes', () => {
  it('takes effect at its instant, inside the break too', () => {
    const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '06:10', minutes: 20 }] }] };
    const own = machine('m1', { breakPolicy: versions<'exclude' | 'runThrough'>([-1, 'exclude'], [15, 'runThrough']) });
    const plant = makePlant({ calendar, machines: [own] });
    const spans = judge({
      plant,
      machine: 'm1',
      ...factsOf('m1', running, at(60)),
      entries: [],
      from: at(0),
      to: at(60),
    });
    expect(sumSpans(spans)).toMatchObject({
      breakSeconds: 300,
      runSeconds: 55 * 60,
      unscheduledTotalCount: 30,
      totalCount: 330,
    });
  });
});

describe('facts', () => {
  const facts = factsOf('m1', [...running, { start: at(4), state: 'down', product: 'A' }], at(8));
  const judged = (pieces: readonly MachinePiece[], intervals: readonly StateInterval[] = facts.intervals, to = 8) =>
    judge({ plant: makePlant(), machine: 'm1', intervals, pieces, entries: [], from: at(0), to: at(to) });
  const expected = judged(facts.pieces);

  it('may come in any order, among void ones and those of other machines', () => {
    const [first] = facts.pieces;
    if (!first) throw new Error('no piece');
    const foreign = { ...first, machine: 'm2', goodCount: 99 };
    const gone = { ...first, slot: 7, void: true, goodCount: 0, totalCount: 0 };
    expect(judged([...facts.pieces].reverse())).toEqual(expected);
    expect(judged([foreign, ...facts.pieces, gone])).toEqual(expected);
    expect(judged([gone, ...facts.pieces.slice(1), foreign, first])).toEqual(expected);
  });

  it('beyond the window add nothing to it', () => {
    expect(judged(facts.pieces, facts.intervals, 2)).toEqual(expected.slice(0, 2));
    const cut = judge({ plant: makePlant(), machine: 'm1', ...facts, entries: [], from: at(1.5), to: at(2.25) });
    expect(cut.map((s) => [s.start, s.end, s.goodCount, s.estimated])).toEqual([
      [at(1.5), at(2), 3, true],
      [at(2), at(2.25), 1.5, true],
    ]);
  });

  it('without an interval are what the piece says, in a stop of their own', () => {
    const spans = judged(facts.pieces, []);
    expect(spans.map((s) => s.category)).toEqual([...Array(4).fill('run'), ...Array(4).fill('unplannedStop')]);
    expect(spans.map((s) => s.stretchStart === null)).toEqual([...Array(4).fill(true), ...Array(4).fill(false)]);
    expect(spans.every((s) => s.intervalStart === at(0) || s.intervalStart === at(4))).toBe(true);
  });

  it('that are missing are unknown minute by minute, product as last measured', () => {
    const spans = judged([], [], 2);
    expect(spans.map((s) => [s.start, s.end, s.state, s.category, s.product, s.shift?.id])).toEqual([
      [at(0), at(1), 'unknown', 'unknown', '', 'day'],
      [at(1), at(2), 'unknown', 'unknown', '', 'day'],
    ]);
  });

  it('of other machines do not make an open stop look longer', () => {
    const open = factsOf('m1', [...running, { start: at(4), state: 'down', product: 'A' }], at(8), true);
    const other: StateInterval = {
      machine: 'm2',
      start: at(4),
      end: at(500),
      state: 'down',
      reason: null,
      revision: 1,
    };
    const gone: StateInterval = { ...other, machine: 'm1', start: at(300), void: true };
    expect(judged(open.pieces, [...open.intervals, other, gone]).at(-1)).toMatchObject({
      category: 'smallStop',
      open: true,
    });
  });

  it('of a line without a calendar are off shift', () => {
    const plant = { ...makePlant(), calendars: new Map() };
    const spans = judge({ plant, machine: 'm1', ...facts, entries: [], from: at(0), to: at(8) });
    expect(new Set(spans.map((s) => s.category))).toEqual(new Set(['offShift']));
  });

  it('outside any shift have none', () => {
    const plant = makePlant({ calendar: EARLY });
    const [span] = judge({ plant, machine: 'm1', intervals: [], pieces: [], entries: [], from: at(-60), to: at(-59) });
    expect(span).toMatchObject({ shift: null, category: 'offShift' });
  });
});
