import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import { MINUTE } from '../time/instant.ts';
import type { CounterEvent } from './facts.ts';
import { bestSustained, findingsOf } from './findings.ts';
import { entryMaker, makePlant, product, reason } from './fixture.ts';
import type { Finding, JudgedSpan } from './judged.ts';

const START = Date.UTC(2026, 5, 1, 6);
const plant = makePlant({ products: [product('A', 1), product('B', 2)], reasons: [reason('jam', 'unplannedStop')] });

interface Part extends Partial<JudgedSpan> {
  readonly minutes: number;
}

/** Contiguous spans from START; what a part does not name runs on product A at an ideal second a piece. */
function row(...parts: readonly Part[]): JudgedSpan[] {
  let start = START;
  return parts.map(({ minutes, ...part }) => {
    const end = start + minutes * MINUTE;
    const goodCount = part.goodCount ?? 0;
    const span: JudgedSpan = {
      start,
      end,
      minute: start,
      intervalStart: START,
      stretchStart: part.state === undefined || part.state === 'running' ? null : start,
      state: 'running',
      category: 'run',
      reason: null,
      product: 'A',
      order: '',
      shift: null,
      totalCount: goodCount + (part.rejectCount ?? 0),
      goodCount,
      rejectCount: 0,
      idealSecondsPerPiece: 1,
      estimated: false,
      ...part,
    };
    start = end;
    return span;
  });
}

const found = (spans: readonly JudgedSpan[]) => findingsOf({ plant, machine: 'm1', spans });
const only = (spans: readonly JudgedSpan[], code: string): Finding | undefined =>
  found(spans).find((f) => f.code === code);
const codes = (spans: readonly JudgedSpan[]) => found(spans).map((f) => f.code);

describe('performance over 100 %', () => {
  it('is said for the product that it is of, from its first second', () => {
    const spans = row(
      { minutes: 10, goodCount: 500 },
      { minutes: 10, product: 'B', goodCount: 330, idealSecondsPerPiece: 2 },
    );
    expect(found(spans)).toEqual([
      {
        id: 'performanceOver100:m1:B',
        code: 'performanceOver100',
        scope: 'm1',
        t: START + 10 * MINUTE,
        message:
          'Performance of product B on m1 is 110.0 %: its ideal cycle time is too slow; correct idealCycleSeconds.',
      },
    ]);
  });

  it('is not exactly 100 %, nor what float arithmetic adds to it', () => {
    expect(codes(row({ minutes: 10, goodCount: 600 }))).toEqual([]);
    expect(codes(row({ minutes: 10, goodCount: 600, idealSecondsPerPiece: 1 + 1e-12 }))).toEqual([]);
    expect(codes(row({ minutes: 10, goodCount: 601 }))).toEqual(['performanceOver100']);
  });

  it('does not blame the ideal cycle for a single one that began before the window', () => {
    const [finding] = found(row({ minutes: 1, goodCount: 1, idealSecondsPerPiece: 90 }));
    expect(finding?.message).toContain(
      'Performance of product A on m1 is 150.0 %: its first cycle began before this window',
    );
    const [two] = found(row({ minutes: 1, goodCount: 2, idealSecondsPerPiece: 90 }));
    expect(two?.message).toContain('its ideal cycle time is too slow');
  });

  it('is not said where the machine did not run', () => {
    const stopped = { state: 'down', category: 'unplannedStop' } as const;
    expect(codes(row({ minutes: 10, ...stopped, goodCount: 10 }))).toEqual([]);
  });

  it('names the machine where no product is known', () => {
    const spans = row({ minutes: 20, product: '', goodCount: 2400 });
    expect(only(spans, 'performanceOver100')).toMatchObject({
      id: 'performanceOver100:m1',
      message:
        'Performance of m1 is 200.0 %: its ideal cycle time is too slow (best sustained: 0.500 s per piece); correct idealCycleSeconds.',
    });
    const slow = row({ minutes: 60, product: '', goodCount: 240, idealSecondsPerPiece: 20 });
    expect(only(slow, 'performanceOver100')?.message).toContain('best sustained: 15.0 s per piece');
    const nine = row({ minutes: 30, product: '', goodCount: 180, idealSecondsPerPiece: 20 });
    expect(only(nine, 'performanceOver100')?.message).toContain('best sustained: 10.0 s per piece');
  });
});

describe('the best sustained rate', () => {
  it('needs fifteen minutes of running, and no more', () => {
    expect(bestSustained(row({ minutes: 14, goodCount: 1000 }))).toBeNull();
    expect(bestSustained(row({ minutes: 15, goodCount: 450 }))).toBe(2);
    expect(bestSustained(row({ minutes: 20, goodCount: 600 }))).toBe(2);
  });

  it('is of the fastest stretch of that length, wherever it lies', () => {
    const fast = Array.from({ length: 15 }, () => ({ minutes: 1, goodCount: 60 }));
    const slow = Array.from({ length: 15 }, () => ({ minutes: 1, goodCount: 10 }));
    expect(bestSustained(row(...slow, ...fast, ...slow))).toBe(1);
    expect(bestSustained(row(...fast, ...slow))).toBe(1);
  });

  it('passes over the stops between', () => {
    const stop = { minutes: 30, state: 'down', category: 'unplannedStop' } as const;
    expect(bestSustained(row({ minutes: 10, goodCount: 300 }, stop, { minutes: 5, goodCount: 150 }))).toBe(2);
  });

  it('is nothing where nothing was made', () => {
    expect(bestSustained(row({ minutes: 30 }))).toBeNull();
    expect(bestSustained([])).toBeNull();
  });
});

describe('a missing ideal cycle', () => {
  it('is said once there are pieces, at the first of them, instead of the performance', () => {
    const spans = row(
      { minutes: 10 },
      { minutes: 10, idealSecondsPerPiece: null, goodCount: 1 },
      { minutes: 1, goodCount: 900 },
    );
    expect(found(spans)).toMatchObject([
      { id: 'noIdealCycle:m1:A', t: START + 10 * MINUTE, message: expect.stringContaining('product A on m1') },
    ]);
    expect(codes(row({ minutes: 10, idealSecondsPerPiece: null }))).toEqual([]);
  });
});

describe('a product that the plant file does not have', () => {
  it('is said where the machine reports it', () => {
    expect(found(row({ minutes: 5 }, { minutes: 5, product: 'X' }))).toMatchObject([
      { id: 'unknownProduct:m1:X', t: START + 5 * MINUTE },
    ]);
    expect(codes(row({ minutes: 5, product: '' }))).toEqual([]);
  });
});

describe('counts that cannot be', () => {
  it('more good pieces than pieces, beyond what rounding makes', () => {
    expect(only(row({ minutes: 10, goodCount: 100, totalCount: 99 }), 'goodOverTotal')).toMatchObject({ t: START });
    expect(codes(row({ minutes: 10, goodCount: 100, totalCount: 100 - 1e-9 }))).toEqual([]);
  });

  it('more scrap than was made', () => {
    const finding = only(row({ minutes: 10, goodCount: -3, totalCount: 5 }), 'scrapOverGood');
    expect(finding?.message).toContain('than it made: 3 pieces too many');
    expect(finding?.t).toBe(START);
    expect(codes(row({ minutes: 10, goodCount: 0, totalCount: 0 }))).toEqual([]);
    expect(codes(row({ minutes: 10, goodCount: -1e-9, totalCount: 0 }))).toEqual([]);
  });

  it('pieces while the state says that the machine stood still: over 5 % of at least 20', () => {
    const stopped = { minutes: 10, state: 'idle', category: 'unplannedStop' } as const;
    const of = (running: number, standing: number) =>
      only(row({ minutes: 10, goodCount: running }, { ...stopped, goodCount: standing }), 'countedWhileStopped');
    expect(of(94, 6)).toMatchObject({ t: START, message: expect.stringContaining('6 % of the pieces of m1') });
    expect(of(95, 5)).toBeUndefined();
    expect(of(0, 20)?.message).toContain('100 %');
    expect(of(0, 19)).toBeUndefined();
  });

  it('says nothing of pieces made outside planned time or while nothing is known', () => {
    const apart: Partial<JudgedSpan>[] = [
      { state: 'idle', category: 'break' },
      { state: 'unknown', category: 'unknown' },
    ];
    for (const part of apart) {
      const spans = row({ minutes: 100, goodCount: 100 }, { minutes: 1, goodCount: 50, ...part });
      expect(only(spans, 'countedWhileStopped')).toBeUndefined();
    }
  });
});

describe('a reason that the plant file does not have', () => {
  it('is said once, at its first second', () => {
    const stop = { minutes: 10, state: 'down', category: 'unplannedStop' } as const;
    const spans = row({ ...stop, reason: 'jam' }, { ...stop, reason: 'X17' }, { ...stop, reason: 'X17' }, stop);
    expect(found(spans)).toMatchObject([{ id: 'unknownReason:m1:X17', t: START + 10 * MINUTE }]);
  });
});

describe('coverage', () => {
  const unknown = { state: 'unknown', category: 'unknown' } as const;

  it('is said below 95 %, at the first unknown second', () => {
    expect(found(row({ minutes: 94 }, { minutes: 6, ...unknown }))).toMatchObject([
      {
        code: 'lowCoverage',
        t: START + 94 * MINUTE,
        message: expect.stringContaining('Only 94.0 % of the window of m1'),
      },
    ]);
    expect(codes(row({ minutes: 95 }, { minutes: 5, ...unknown }))).toEqual([]);
    expect(codes([])).toEqual([]);
  });
});

describe('entries', () => {
  const stop = { minutes: 10, state: 'down', category: 'unplannedStop' } as const;
  const spans = row({ minutes: 10, goodCount: 1 }, stop, { minutes: 10, goodCount: 1 });
  const said = (body: Record<string, unknown>) =>
    findingsOf({ plant, machine: 'm1', spans, entries: [entryMaker()({ machine: 'm1', ...body })] });
  const at = (minutes: number) => START + minutes * MINUTE;

  it('that name a product nobody knows', () => {
    expect(said({ type: 'product', at: at(5), product: 'X' })).toMatchObject([
      { id: 'unknownProduct:m1:X', t: at(5), message: expect.stringContaining('Entry e1') },
    ]);
    expect(said({ type: 'product', at: at(5), product: 'B' })).toEqual([]);
  });

  it('that give a reason to running time', () => {
    expect(said({ type: 'stopReason', at: at(9), reason: 'jam' })).toMatchObject([
      { id: 'reasonWhileRunning:m1:e1', t: at(9), message: expect.stringContaining('2026-06-01T06:09:00.000Z') },
    ]);
    expect(said({ type: 'stopReason', at: at(10), reason: 'jam' })).toEqual([]);
    expect(said({ type: 'stopReason', at: at(20) - 1, reason: 'jam' })).toEqual([]);
    expect(said({ type: 'stopReason', at: at(20), reason: 'jam' })).toHaveLength(1);
  });

  it('only where they lie in the window and are about the machine', () => {
    expect(said({ type: 'stopReason', at: at(0), reason: 'jam' })).toHaveLength(1);
    expect(said({ type: 'stopReason', at: at(0) - 1, reason: 'jam' })).toEqual([]);
    expect(said({ type: 'stopReason', at: at(30), reason: 'jam' })).toEqual([]);
    expect(said({ type: 'stopReason', at: at(5), reason: 'jam', machine: 'm2' })).toEqual([]);
    expect(said({ type: 'stopReason', from: at(1), to: at(9), reason: 'jam' })).toEqual([]);
  });
});

describe('a counter that jumped', () => {
  const event: CounterEvent = {
    signal: 'm1.total',
    t: START + MINUTE,
    raw: 90_000,
    previousT: START,
    previousRaw: 5000,
    verdict: 'pendingJump',
    counted: 0,
    revision: 1,
  };
  const of = (counterEvents: readonly CounterEvent[], entries: readonly Entry[] = []) =>
    findingsOf({ plant, machine: 'm1', spans: row({ minutes: 5 }), counterEvents, entries })
      .filter((f) => f.code === 'counterQuarantined')
      .map((f) => f.id);

  it('is said with its two values, until somebody says what it counted', () => {
    expect(of([event])).toEqual([`counterQuarantined:m1:m1.total:${event.t}`]);
    expect(of([{ ...event, verdict: 'preset' }])).toHaveLength(1);
    const said = { id: 'e1', seq: 1, recordedAt: START, by: 'ann', type: 'counterVerdict' } as const;
    expect(of([event], [{ ...said, signal: 'm1.total', t: event.t, counted: 3 }])).toEqual([]);
    expect(of([event], [{ ...said, signal: 'm1.good', t: event.t, counted: 3 }])).toHaveLength(1);
  });

  it('is not of another machine, another window, or an ordinary step', () => {
    expect(of([{ ...event, signal: 'm2.total' }])).toEqual([]);
    expect(of([{ ...event, t: START }])).toEqual([]);
    expect(of([{ ...event, t: START + 6 * MINUTE }])).toEqual([]);
    expect(of([{ ...event, verdict: 'rollover' }])).toEqual([]);
    expect(of([{ ...event, void: true }])).toEqual([]);
  });
});
