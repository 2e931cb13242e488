import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { figuresOf, sumSpans } from './figures.ts';
import { always, EARLY, factsOf, machine, makePlant, type PlantParts, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { lineSpans, lineSums, sumLines } from './line.ts';
import { lineLosses, waitingCause } from './waiting.ts';

const START = Date.UTC(2026, 5, 1, 6);
const END = START + 4 * 60 * MINUTE;
const minute = (n: number) => START + n * MINUTE;

function spansOf(parts: PlantParts, stages: Record<string, readonly Stage[]>) {
  const plant = makePlant(parts);
  const spans = new Map(
    Object.entries(stages).map(([id, list]) => {
      const facts = factsOf(id, list, END);
      return [id, judge({ plant, machine: id, ...facts, entries: [], from: START, to: END })] as const;
    }),
  );
  return { plant, spans };
}

const machines = [machine('a'), machine('b'), machine('c', { piecesPerCount: 12 })];
const running = (good: number, reject = 0): Stage[] => [{ start: START, state: 'running', good, reject }];

describe('line sums', () => {
  it('with a constraint: its seconds, the good of the last machine, the rejects of all, in pieces', () => {
    const { plant, spans } = spansOf(
      { machines, constraint: 'a' },
      {
        a: [
          { start: START, state: 'running', good: 30, reject: 1 },
          { start: minute(60), state: 'down' },
        ],
        b: running(29, 2),
        c: running(2, 1),
      },
    );
    const { seconds, counts } = figuresOf(lineSums(plant, 'l1', spans, START));
    expect(seconds).toMatchObject({ all: 14_400, run: 3600, unplannedStop: 10_800 });
    expect(counts.good).toBeCloseTo(2 * 240 * 12, 9);
    expect(counts.reject).toBeCloseTo(60 + 2 * 240 + 240 * 12, 9);
    expect(counts.total).toBeCloseTo(counts.good + counts.reject, 9);
  });

  it('places what others make while the constraint is off shift as unscheduled', () => {
    const late = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, start: '08:00' }] };
    const { plant, spans } = spansOf(
      { machines, constraint: 'a', calendar: late },
      { a: running(0), b: running(0), c: running(1) },
    );
    expect(lineSums(plant, 'l1', spans, START)).toMatchObject({ goodCount: 120 * 12, unscheduledGoodCount: 120 * 12 });
  });

  it('counts ideal seconds in the pieces of the line', () => {
    const packers = [machine('a'), machine('p', { piecesPerCount: 12, idealCycleSeconds: always(6) })];
    const { plant, spans } = spansOf({ machines: packers, constraint: 'p' }, { a: running(0), p: running(5) });
    const sums = lineSums(plant, 'l1', spans);
    expect(sums.idealSeconds).toBeCloseTo(5 * 240 * 6, 6);
    expect(sums.totalCount).toBeCloseTo(5 * 240 * 12, 6);
  });

  it('without a constraint: the sum of its machines; lines add up to areas', () => {
    const { plant, spans } = spansOf({ machines }, { a: running(10), b: running(20), c: running(1) });
    expect(lineSums(plant, 'l1', spans, START)).toMatchObject({ allSeconds: 3 * 14_400, goodCount: 31 * 240 });
    expect(sumLines(plant, ['l1', 'l1'], spans, START).goodCount).toBe(2 * 31 * 240);
    expect(lineSpans(plant, 'l1', spans)).toEqual([]);
  });

  it('takes the constraint in force at each second, or the one at the instant it is told', () => {
    const { plant: base, spans } = spansOf(
      { machines, constraint: 'a' },
      { a: running(0), b: [{ start: START, state: 'down' }], c: running(0) },
    );
    const line = base.lines.get('l1')!;
    const constraint = [...always('a'), { validFrom: minute(120), value: 'b' }];
    const plant = { ...base, lines: new Map([['l1', { ...line, constraint }]]) };
    expect(lineSums(plant, 'l1', spans)).toMatchObject({ runSeconds: 7200, unplannedStopSeconds: 7200 });
    expect(lineSums(plant, 'l1', spans, minute(120))).toMatchObject({ runSeconds: 0, unplannedStopSeconds: 14_400 });
  });

  it("is the sum of its spans, which are the constraint's", () => {
    const { plant, spans } = spansOf({ machines, constraint: 'b' }, { a: running(3, 1), b: running(3), c: running(1) });
    expect(sumSpans(lineSpans(plant, 'l1', spans))).toEqual(lineSums(plant, 'l1', spans));
    expect(lineSpans(plant, 'l1', spans).map((s) => s.start)).toEqual(spans.get('b')?.map((s) => s.start));
  });
});

describe('who is waited for', () => {
  const reasons = [
    reason('starved', 'unplannedStop', { external: true }),
    reason('blocked', 'unplannedStop', { external: true }),
    reason('jam', 'unplannedStop'),
  ];
  const line = [machine('in'), machine('fill'), machine('cap'), machine('pack')];

  it('is the nearest machine that stands still on the side that the reason names, else nobody on the line', () => {
    const plant = makePlant({ machines: line, constraint: 'fill', reasons });
    const down =
      (...ids: string[]) =>
      (id: string) =>
        ids.includes(id);
    expect(waitingCause(plant, 'fill', 'starved', down('in', 'cap'))).toEqual({ kind: 'starved', machine: 'in' });
    expect(waitingCause(plant, 'fill', 'blocked', down('in', 'cap', 'pack'))).toEqual({
      kind: 'blocked',
      machine: 'cap',
    });
    expect(waitingCause(plant, 'fill', null, down('pack'))).toEqual({ kind: 'blocked', machine: 'pack' });
    expect(waitingCause(plant, 'fill', 'starved', down('pack'))).toEqual({ kind: 'starved', machine: null });
  });

  it("splits the constraint's stops by cause, and the seconds add up", () => {
    const { plant, spans } = spansOf(
      { machines: line, constraint: 'fill', reasons },
      {
        in: [
          ...running(0),
          { start: minute(60), state: 'down', reason: 'jam' },
          { start: minute(70), state: 'running' },
        ],
        fill: [
          ...running(0),
          { start: minute(60), state: 'idle', reason: 'starved' },
          { start: minute(75), state: 'running' },
          { start: minute(100), state: 'down', reason: 'jam' },
          { start: minute(110), state: 'running' },
        ],
        cap: running(0),
        pack: running(0),
      },
    );
    expect(lineLosses(plant, 'l1', spans, START)).toEqual([
      { machine: 'in', kind: 'starved', category: 'unplannedStop', reason: 'jam', seconds: 600, count: 1 },
      { machine: 'fill', kind: 'own', category: 'unplannedStop', reason: 'jam', seconds: 600, count: 1 },
      { machine: null, kind: 'starved', category: 'unplannedStop', reason: 'starved', seconds: 300, count: 1 },
    ]);
  });
});
