import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineState } from '../state/state.ts';
import { MINUTE } from '../time/instant.ts';
import { sumSpans } from './figures.ts';
import { bestSustained, findingsOf } from './findings.ts';
import { EARLY, entryMaker, factsOf, machine, makePlant, product, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { lossLedger } from './losses.ts';
import { ratiosOf } from './sums.ts';

const START = Date.UTC(2026, 5, 1, 6);
const minute = (n: number) => START + n * MINUTE;
const reasons = [reason('changeover', 'plannedStop'), reason('noOrders', 'notScheduled')];
const products = [product('A', 2, { contributionPerPiece: 0.5 }), product('B', 5)];
const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '07:00', minutes: 10 }] }] };
const plant = makePlant({
  reasons,
  products,
  calendar,
  machines: [machine('m1', { costPerHour: 60, idealCycleSeconds: null })],
});

function judged(stages: readonly Stage[], to: number, from = START, inPlant = plant) {
  return judge({ plant: inPlant, machine: 'm1', ...factsOf('m1', stages, to), entries: [], from, to });
}

const rowsOf = (rows: ReturnType<typeof lossLedger>) => Object.fromEntries(rows.map((r) => [r.loss, r]));

describe('loss ledger', () => {
  it('puts every second in one row, and fully productive time is what OEE calls good', () => {
    const stage = fc.record({
      minutes: fc.integer({ min: 1, max: 40 }),
      state: fc.constantFrom<MachineState>('running', 'running', 'idle', 'down', 'setup', 'unknown'),
      reason: fc.constantFrom(null, 'changeover', 'noOrders'),
      product: fc.constantFrom('A', 'B', 'C'),
      good: fc.integer({ min: 0, max: 40 }),
      reject: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 10 }), (parts) => {
        let t = minute(-30);
        const stages = parts.map(({ minutes, ...rest }): Stage => {
          const start = t;
          t += minutes * MINUTE;
          return { start, ...rest, reason: rest.state === 'running' ? null : rest.reason };
        });
        const spans = judged(stages, t, minute(-30));
        const sums = sumSpans(spans);
        const rows = lossLedger(plant, 'm1', spans);
        expect(rows.reduce((sum, r) => sum + r.seconds, 0)).toBeCloseTo(sums.allSeconds, 6);
        expect(rowsOf(rows).fullyProductive?.seconds).toBeCloseTo(sums.idealGoodSeconds, 6);
        expect(rowsOf(rows).smallStop?.seconds).toBeCloseTo(sums.smallStopSeconds, 6);
      }),
      { numRuns: 200 },
    );
  });

  it('tells pieces and money: contribution of the product, else the cost of the time', () => {
    const rows = rowsOf(
      lossLedger(
        plant,
        'm1',
        judged(
          [
            { start: START, state: 'running', product: 'A', good: 20, reject: 1 },
            { start: minute(30), state: 'down', product: 'A' },
            { start: minute(40), state: 'down', product: 'B' },
          ],
          minute(50),
        ),
        new Map([['unplannedStop', { kWh: 3, cost: 1.5 }]]),
      ),
    );
    // 10 minutes of A are 300 pieces at 0.5; 10 minutes of B cost 10 at 60 an hour; and 1.5 of energy.
    expect(rows.unplannedStop).toMatchObject({ seconds: 1200, pieces: 300 + 120, kWh: 3, energyCostOnly: false });
    expect(rows.unplannedStop?.cost).toBeCloseTo(150 + 10 + 1.5, 9);
    expect(rows.slowCycles).toMatchObject({ seconds: 1800 - 30 * 42, pieces: 270 });
    expect(rows.productionRejects).toMatchObject({ seconds: 60, pieces: 30, cost: 15 });
    expect(rows.offShift?.cost).toBeNull();
  });

  it('calls energy cost what it is where the plant file values nothing', () => {
    const bare = makePlant({});
    const rows = rowsOf(
      lossLedger(
        bare,
        'm1',
        judged([{ start: START, state: 'down' }], minute(60), START, bare),
        new Map([['unplannedStop', { kWh: 2, cost: 0.4 }]]),
      ),
    );
    expect(rows.unplannedStop).toMatchObject({ cost: 0.4, energyCostOnly: true });
    expect(rows.smallStop).toMatchObject({ cost: null, energyCostOnly: false });
  });

  it('keeps rejects at the start of a product apart, until enough good ones came', () => {
    const stages: Stage[] = [
      { start: START, state: 'setup', product: 'A', reject: 2 },
      { start: minute(10), state: 'running', product: 'A', good: 4, reject: 1 },
    ];
    const rows = rowsOf(lossLedger(plant, 'm1', judged(stages, minute(40))));
    // 20 in setup, then 3 minutes until ten good pieces were made.
    expect(rows.startupRejects).toMatchObject({ pieces: 23, seconds: 46 });
    expect(rows.productionRejects).toMatchObject({ pieces: 27 });
  });
});

describe('findings', () => {
  const find = (
    stages: readonly Stage[],
    options: { entries?: Parameters<typeof judge>[0]['entries']; inPlant?: typeof plant } = {},
  ) => {
    const inPlant = options.inPlant ?? plant;
    const entries = options.entries ?? [];
    const spans = judge({
      plant: inPlant,
      machine: 'm1',
      ...factsOf('m1', stages, minute(60)),
      entries,
      from: START,
      to: minute(60),
    });
    return findingsOf({ plant: inPlant, machine: 'm1', spans, entries });
  };

  it('names the best sustained cycle where performance is over 100 %', () => {
    const found = find([
      { start: START, state: 'running', product: 'A', good: 30 },
      { start: minute(30), state: 'running', product: 'A', good: 60 },
    ]);
    expect(found).toMatchObject([{ code: 'performanceOver100', id: 'performanceOver100:m1:A', scope: 'm1' }]);
    expect(found[0]?.message).toContain('150.0 %');
    expect(found[0]?.message).toContain('best sustained: 1.00 s');
  });

  it('takes no burst for a sustained rate', () => {
    const burst: Stage[] = [
      { start: START, state: 'running', product: 'A', good: 60 },
      { start: minute(10), state: 'running', product: 'A', good: 0 },
    ];
    expect(bestSustained(judged(burst, minute(60)))).toBeCloseTo(1.5, 6);
    expect(bestSustained(judged(burst, minute(14)))).toBeNull();
  });

  it.each<[string, readonly Stage[]]>([
    [
      'lowCoverage',
      [
        { start: START, state: 'running', product: 'A' },
        { start: minute(50), state: 'unknown' },
      ],
    ],
    ['unknownReason', [{ start: START, state: 'down', reason: 'gremlins' }]],
    ['noIdealCycle', [{ start: START, state: 'running', good: 1 }]],
    ['unknownProduct', [{ start: START, state: 'running', product: 'C' }]],
    ['countedWhileStopped', [{ start: START, state: 'idle', product: 'A', good: 5 }]],
  ])('says %s', (code, stages) => {
    expect(find(stages).map((f) => f.code)).toContain(code);
  });

  it('says when an entry labels nothing or takes more scrap than there was', () => {
    const entry = entryMaker();
    const entries = [
      entry({ type: 'stopReason', machine: 'm1', at: minute(10), reason: 'changeover' }),
      entry({ type: 'scrap', machine: 'm1', at: minute(10), count: 9000 }),
    ];
    const codes = find([{ start: START, state: 'running', product: 'A', good: 10 }], { entries }).map((f) => f.code);
    expect(codes).toEqual(['scrapOverGood', 'reasonWhileRunning']);
  });

  it('says nothing about a good hour', () => {
    expect(find([{ start: START, state: 'running', product: 'A', good: 29, reject: 1 }])).toEqual([]);
  });

  it('leaves what rests on an unknown ideal cycle undefined', () => {
    const sums = sumSpans(judged([{ start: START, state: 'running', good: 5 }], minute(60)));
    expect(ratiosOf(sums)).toMatchObject({
      availability: 1,
      performance: null,
      quality: null,
      oee: null,
      teep: null,
      yield: 1,
    });
  });
});
