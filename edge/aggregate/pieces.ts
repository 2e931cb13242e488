import type { MachinePiece, PieceKey } from '#shared/oee/facts.ts';
import { isMachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { CounterSeries } from './counter-series.ts';
import type { MachineSpan } from './spans.ts';
import { slotOf } from './spans.ts';

export interface MachineCounters {
  readonly total: CounterSeries | null;
  readonly good: CounterSeries | null;
  readonly reject: CounterSeries | null;
  readonly cycles: CounterSeries | null;
}

/** Counts of one span, as the signals gave them. */
interface Counted {
  total: number;
  good: number;
  reject: number;
  cycles: number;
  provisional: boolean;
}

/**
 * The pieces of one minute from its spans and the counts in it. A count belongs to the second before its timestamp: to
 * the span with start < t <= end.
 */
export function piecesOf(
  machine: string,
  minute: Instant,
  spans: readonly MachineSpan[],
  counters: MachineCounters,
  piecesPerCycle: (product: string) => number,
  doubtful: (start: Instant, end: Instant) => boolean,
  revision: number,
): MachinePiece[] {
  const counted = spans.map((): Counted => ({ total: 0, good: 0, reject: 0, cycles: 0, provisional: false }));
  for (const signal of ['total', 'good', 'reject', 'cycles'] as const) {
    const series = counters[signal];
    if (series) book(series, signal, spans, counted);
  }
  return spans.map((span, i) => {
    const c = counted[i] as Counted;
    const total = totalOf(c, counters, span.product, piecesPerCycle);
    const good = counters.good ? c.good : total - c.reject;
    const reject = counters.reject ? c.reject : total - good;
    return {
      machine,
      minute,
      state: span.state,
      product: span.product,
      order: span.order,
      slot: slotOf(spans, i),
      intervalStart: span.intervalStart,
      start: span.start,
      end: span.end,
      totalCount: total,
      goodCount: good,
      rejectCount: reject,
      ...(c.provisional || doubtful(span.start, span.end) ? { provisional: true } : null),
      revision,
    };
  });
}

function totalOf(
  c: Counted,
  counters: MachineCounters,
  product: string,
  piecesPerCycle: (product: string) => number,
): number {
  if (counters.total) return c.total;
  if (counters.cycles) return c.cycles * piecesPerCycle(product);
  return c.good + c.reject;
}

function book(
  series: CounterSeries,
  signal: 'total' | 'good' | 'reject' | 'cycles',
  spans: readonly MachineSpan[],
  into: readonly Counted[],
): void {
  const from = spans[0]?.start;
  const to = spans[spans.length - 1]?.end;
  if (from === undefined || to === undefined) return;
  let k = 0;
  for (let j = series.firstAfter(from); j < series.length; j += 1) {
    const t = series.t[j] as number;
    if (t > to) return;
    while (t > (spans[k] as MachineSpan).end) k += 1;
    const counted = into[k] as Counted;
    counted[signal] += series.counted[j] as number;
    if (series.provisional[j]) counted.provisional = true;
  }
}

/** State, slot, product and order; the rest of a piece's key is its machine and minute. */
export function pieceKey({ state, slot, product, order }: PieceKey): string {
  return `${state} ${slot} ${product}\u0000${order}`;
}

export function readPieceKey(key: string): Omit<PieceKey, 'minute'> {
  const first = key.indexOf(' ');
  const second = key.indexOf(' ', first + 1);
  const end = key.indexOf('\u0000', second);
  const state = key.slice(0, first);
  return {
    state: isMachineState(state) ? state : 'unknown',
    slot: Number(key.slice(first + 1, second)),
    product: key.slice(second + 1, end),
    order: key.slice(end + 1),
  };
}

/** The row that says its key is gone: every number is 0. */
export function voidPiece(machine: string, minute: Instant, key: string): MachinePiece {
  const none = { totalCount: 0, goodCount: 0, rejectCount: 0, revision: 1 };
  return { machine, minute, ...readPieceKey(key), intervalStart: minute, start: minute, end: minute, ...none };
}
