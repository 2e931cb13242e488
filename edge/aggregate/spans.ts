import type { MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { upperBound } from './series.ts';
import type { StepSeries } from './step-series.ts';
import type { Stretches } from './stretches.ts';

/** A stretch of time in which state interval, product and order stay the same. */
export interface MachineSpan {
  readonly start: Instant;
  readonly end: Instant;
  readonly intervalStart: Instant;
  readonly state: MachineState;
  readonly product: string;
  readonly order: string;
}

export interface Timelines {
  readonly stretches: Stretches;
  readonly product: StepSeries<string> | null;
  readonly order: StepSeries<string> | null;
}

/**
 * Cuts [from, to) where the state interval, the product or the order changes, and at `cuts`. Contiguous, ordered, never
 * empty spans. `origin` stands for the start of the interval that has been in force since ever.
 */
export function cutSpans(
  { stretches, product, order }: Timelines,
  from: Instant,
  to: Instant,
  cuts: readonly Instant[],
  origin: Instant,
): MachineSpan[] {
  const spans: MachineSpan[] = [];
  let s = stretches.indexAt(from);
  let p = product?.firstAfter(from) ?? 0;
  let o = order?.firstAfter(from) ?? 0;
  let c = upperBound(cuts, from);
  let productNow = forceBefore(product, p);
  let orderNow = forceBefore(order, o);
  for (let start = from; start < to; ) {
    const begin = stretches.begin[s] as Instant;
    let next = s + 1;
    while (next < stretches.t.length && stretches.begin[next] === begin) next += 1;
    p = nextChange(product, p, productNow);
    o = nextChange(order, o, orderNow);
    const stretchEnd = timeAt(stretches.t, next);
    const productEnd = product ? timeAt(product.t, p) : Number.POSITIVE_INFINITY;
    const orderEnd = order ? timeAt(order.t, o) : Number.POSITIVE_INFINITY;
    const cut = timeAt(cuts, c);
    const end = Math.min(to, stretchEnd, productEnd, orderEnd, cut);
    spans.push({
      start,
      end,
      intervalStart: Number.isFinite(begin) ? begin : origin,
      state: stretches.state[s] as MachineState,
      product: productNow,
      order: orderNow,
    });
    start = end;
    if (stretchEnd === end) s = next;
    if (product && productEnd === end) productNow = product.force[p] as string;
    if (order && orderEnd === end) orderNow = order.force[o] as string;
    if (cut === end) c += 1;
  }
  return spans;
}

/** Time of which nothing is known, cut at `cuts`. */
export function unknownSpans(from: Instant, to: Instant, cuts: readonly Instant[]): MachineSpan[] {
  const spans: MachineSpan[] = [];
  let start = from;
  for (let c = upperBound(cuts, from); start < to; c += 1) {
    const end = Math.min(to, timeAt(cuts, c));
    spans.push({ start, end, intervalStart: from, state: 'unknown', product: '', order: '' });
    start = end;
  }
  return spans;
}

/** Rank by time among the spans before it that share state, product and order. */
export function slotOf(spans: readonly MachineSpan[], index: number): number {
  const span = spans[index];
  let slot = 0;
  for (let i = 0; i < index; i += 1) {
    const other = spans[i];
    if (other?.state === span?.state && other?.product === span?.product && other?.order === span?.order) slot += 1;
  }
  return slot;
}

function forceBefore(series: StepSeries<string> | null, i: number): string {
  if (!series) return '';
  return i > 0 ? (series.force[i - 1] as string) : series.before;
}

function nextChange(series: StepSeries<string> | null, from: number, now: string): number {
  let i = from;
  if (series) while (i < series.length && series.force[i] === now) i += 1;
  return i;
}

function timeAt(times: readonly Instant[], i: number): Instant {
  return i < times.length ? (times[i] as Instant) : Number.POSITIVE_INFINITY;
}
