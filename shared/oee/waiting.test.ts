import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { factsOf, machine, makePlant, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { lineSpans } from './line.ts';
import { isAtFault, isWaiting, lineLosses, waitingKind } from './waiting.ts';

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const reasons = [
  reason('r1', 'unplannedStop', { name: 'Infeed empty', external: true }),
  reason('BLOCKED', 'unplannedStop', { external: true }),
  reason('jam', 'unplannedStop'),
  reason('clean', 'plannedStop'),
];
const machines = [machine('in'), machine('fill'), machine('out', { piecesPerCount: 6 })];
const plant = makePlant({ machines, reasons, constraint: 'fill' });

function spansOf(stages: Record<string, readonly Stage[]>, end = 100) {
  const judged = ([id, list]: [string, readonly Stage[]]) =>
    [id, judge({ plant, machine: id, ...factsOf(id, list, at(end)), entries: [], from: at(0), to: at(end) })] as const;
  return new Map(Object.entries(stages).map(judged));
}
const stage = (minutes: number, state: Stage['state'], why: string | null = null): Stage => ({
  start: at(minutes),
  state,
  reason: why,
});
const running = [stage(0, 'running')];

describe('what a machine waits for', () => {
  it('is told by the words of its reason, id or name', () => {
    expect(['r1', 'BLOCKED', 'STARVED', 'outfeed full', 'jam', null].map((r) => waitingKind(plant, r))).toEqual([
      'starved',
      'blocked',
      'starved',
      'blocked',
      'waiting',
      'waiting',
    ]);
  });

  it('makes a stop a wait: idle without a reason, or an external reason, small or not', () => {
    const of = (state: Stage['state'], why: string | null, minutes: number) => {
      const list = [stage(0, 'running'), stage(10, state, why), stage(10 + minutes, 'running')];
      const span = spansOf({ fill: list })
        .get('fill')
        ?.find((s) => s.stretchStart !== null);
      return span && isWaiting(plant, span);
    };
    expect([of('idle', null, 2), of('idle', null, 20), of('down', 'r1', 2), of('down', 'r1', 20)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([of('idle', 'jam', 20), of('down', null, 20), of('down', null, 2), of('idle', 'clean', 20)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('is at fault in no state but a stop of its own', () => {
    const states = ['down', 'setup', 'maintenance', 'off', 'running', 'idle', 'unknown'] as const;
    expect(states.map((state) => isAtFault({ state }))).toEqual([true, true, true, true, false, false, false]);
  });
});

describe('losses of a line by cause', () => {
  it('change with the machine at fault, second by second, and count each stop once', () => {
    const spans = spansOf({
      in: [
        stage(0, 'running'),
        stage(20.5, 'down', 'jam'),
        stage(24, 'running'),
        stage(60, 'down', 'jam'),
        stage(66, 'running'),
      ],
      fill: [
        stage(0, 'running'),
        stage(20, 'idle'),
        stage(30, 'running'),
        stage(60, 'idle'),
        stage(66, 'running'),
        stage(80, 'down', 'clean'),
        stage(90, 'running'),
      ],
      out: [stage(0, 'running'), stage(24, 'setup'), stage(26, 'running')],
    });
    expect(lineLosses(plant, 'l1', spans, at(0))).toEqual([
      { machine: 'fill', kind: 'own', category: 'plannedStop', reason: 'clean', seconds: 600, count: 1 },
      { machine: 'in', kind: 'starved', category: 'unplannedStop', reason: 'jam', seconds: 570, count: 2 },
      { machine: null, kind: 'waiting', category: 'unplannedStop', reason: null, seconds: 270, count: 2 },
      { machine: 'out', kind: 'blocked', category: 'unplannedStop', reason: null, seconds: 120, count: 1 },
    ]);
  });

  it('never name the constraint for what it waits for', () => {
    const spans = spansOf({
      in: running,
      fill: [stage(0, 'running'), stage(20, 'down', 'r1'), stage(30, 'running')],
      out: running,
    });
    expect(lineLosses(plant, 'l1', spans, at(0))).toEqual([
      { machine: null, kind: 'starved', category: 'unplannedStop', reason: 'r1', seconds: 600, count: 1 },
    ]);
  });

  it('are small stops too, and nothing where the line has no constraint', () => {
    const spans = spansOf({
      in: running,
      fill: [stage(0, 'running'), stage(20, 'down'), stage(22, 'running')],
      out: running,
    });
    expect(lineLosses(plant, 'l1', spans, at(0))).toMatchObject([
      { machine: 'fill', category: 'smallStop', seconds: 120, count: 1 },
    ]);
    expect(lineLosses(makePlant({ machines }), 'l1', spans, at(0))).toEqual([]);
    expect(lineLosses(plant, 'l1', new Map(), at(0))).toEqual([]);
  });
});

describe('the spans of a line', () => {
  it('are estimated where pieces of a machine were cut by seconds, and only there', () => {
    const spans = spansOf(
      {
        in: running,
        fill: [stage(0, 'running'), stage(0.5, 'idle'), stage(1, 'running')],
        out: [
          { start: at(0), state: 'running', good: 4 },
          { start: at(2), state: 'running' },
        ],
      },
      4,
    );
    expect(lineSpans(plant, 'l1', spans).map((s) => [s.goodCount, s.estimated])).toEqual([
      [12, true],
      [12, true],
      [24, false],
      [0, false],
      [0, false],
    ]);
  });

  it('count rejects of a machine that made nothing good, cut ones as estimated', () => {
    const spans = spansOf(
      {
        in: [{ start: at(0), state: 'running', reject: 2 }],
        fill: [stage(0, 'running'), stage(0.5, 'idle'), stage(1, 'running')],
        out: running,
      },
      2,
    );
    expect(lineSpans(plant, 'l1', spans).map((s) => [s.totalCount, s.goodCount, s.rejectCount, s.estimated])).toEqual([
      [1, 0, 1, true],
      [1, 0, 1, true],
      [2, 0, 2, false],
    ]);
  });

  it('take a machine that the plant does not know for one that counts single pieces', () => {
    const line = { ...plant.lines.get('l1')!, machines: ['in', 'fill', 'new'] };
    const wider = { ...plant, lines: new Map([['l1', line]]) };
    const base = spansOf({ in: running, fill: [{ start: at(0), state: 'running', good: 5 }] }, 2);
    const spans = new Map([...base, ['new', base.get('fill') ?? []]]);
    expect(lineSpans(wider, 'l1', spans).map((s) => s.goodCount)).toEqual([5, 5]);
  });
});
