import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import type { CounterConfig } from '../plant/model.ts';
import { applyVerdicts } from './corrections.ts';
import type { CounterEvent } from './facts.ts';
import { machine, makePlant, product } from './fixture.ts';
import type { MutableSpan } from './judged.ts';

const T = Date.parse('2026-06-01T10:00:00Z');
const counter: CounterConfig = {
  binding: { source: 'plc1', address: {} },
  kind: 'cumulative',
  modulus: null,
  maxPerSecond: null,
  jitter: 0,
};

type Signal = 'total' | 'good' | 'reject' | 'cycles';

/** 100 pieces, 90 good, 10 rejects; then people say that a step counted as 40 was 50. */
function after(counters: readonly Signal[], overruled: Signal) {
  const plant = makePlant({ products: [product('CAP', 12, { cavities: 8, activeCavities: 7 })] });
  const m1 = machine('m1', Object.fromEntries(counters.map((name) => [name, counter])));
  const span: MutableSpan = {
    start: T - 60_000,
    end: T,
    minute: T - 60_000,
    intervalStart: T - 60_000,
    stretchStart: null,
    state: 'running',
    category: 'run',
    reason: null,
    product: 'CAP',
    order: '',
    shift: null,
    totalCount: 100,
    goodCount: 90,
    rejectCount: 10,
    idealSecondsPerPiece: 1,
    estimated: false,
  };
  const signal = `m1.${overruled}`;
  const step: CounterEvent = {
    signal,
    t: T,
    raw: 40,
    previousT: T - 1000,
    previousRaw: 500,
    verdict: 'reset',
    counted: 40,
    revision: 1,
  };
  const said: Entry = { id: 'e1', seq: 1, recordedAt: T, by: 'ann', type: 'counterVerdict', signal, t: T, counted: 50 };
  applyVerdicts(plant, m1, [span], [said], [step]);
  return [span.totalCount, span.goodCount, span.rejectCount];
}

describe('a verdict on a counter step', () => {
  it.each<[string, readonly Signal[], Signal, readonly number[]]>([
    ['total alone', ['total'], 'total', [110, 100, 10]],
    ['total with reject', ['total', 'reject'], 'total', [110, 100, 10]],
    ['reject under a total', ['total', 'reject'], 'reject', [100, 80, 20]],
    ['total with good', ['total', 'good'], 'total', [110, 90, 20]],
    ['good under a total', ['total', 'good'], 'good', [100, 100, 0]],
    ['good beside reject', ['good', 'reject'], 'good', [110, 100, 10]],
    ['reject beside good', ['good', 'reject'], 'reject', [110, 90, 20]],
    ['cycles alone: seven pieces each', ['cycles'], 'cycles', [170, 160, 10]],
    ['cycles with good', ['good', 'cycles'], 'cycles', [170, 90, 80]],
    ['good under cycles', ['good', 'cycles'], 'good', [100, 100, 0]],
    ['reject under cycles', ['reject', 'cycles'], 'reject', [100, 80, 20]],
  ])('%s', (_, counters, overruled, counts) => {
    expect(after(counters, overruled)).toEqual(counts);
  });
});
