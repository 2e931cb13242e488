import type { Instant } from '#shared/time/instant.ts';
import { upperBound } from './series.ts';
import { type MachineSpan, unknownSpans } from './spans.ts';

/** More spans than a busy machine has in a month are not kept: a meter that never answers must not fill the memory. */
const LIMIT = 50_000;

/**
 * Spans of a machine from before its held samples, kept for meters that are read seldom: an hour's or a day's energy is
 * still spread over what the machine did. Not cut at minutes.
 */
export class SpanArchive {
  readonly #ends: Instant[] = [];
  readonly #spans: MachineSpan[] = [];

  append(spans: readonly MachineSpan[]): void {
    for (const span of spans) {
      const top = this.#spans[this.#spans.length - 1];
      if (top && top.end === span.start && sameSpan(top, span)) {
        this.#spans[this.#spans.length - 1] = { ...top, end: span.end };
        this.#ends[this.#ends.length - 1] = span.end;
      } else {
        this.#spans.push(span);
        this.#ends.push(span.end);
      }
    }
    this.#drop(this.#spans.length - LIMIT);
  }

  /** What is known of [from, to), cut at `cuts`; what is forgotten is unknown. */
  spans(from: Instant, to: Instant, cuts: readonly Instant[]): MachineSpan[] {
    const found = unknownSpans(from, Math.min(to, Math.max(from, this.#from)), cuts);
    for (let i = upperBound(this.#ends, from); i < this.#spans.length; i += 1) {
      const span = this.#spans[i] as MachineSpan;
      if (span.start >= to) break;
      let start = Math.max(from, span.start);
      const end = Math.min(to, span.end);
      for (let c = upperBound(cuts, start); c < cuts.length && (cuts[c] as number) < end; c += 1) {
        found.push({ ...span, start, end: cuts[c] as number });
        start = cuts[c] as number;
      }
      found.push({ ...span, start, end });
    }
    return found;
  }

  get #from(): Instant {
    return this.#spans[0]?.start ?? Number.POSITIVE_INFINITY;
  }

  forget(before: Instant): void {
    this.#drop(upperBound(this.#ends, before));
  }

  #drop(count: number): void {
    if (count <= 0) return;
    this.#spans.splice(0, count);
    this.#ends.splice(0, count);
  }

  pack(): readonly MachineSpan[] {
    return [...this.#spans];
  }
}

function sameSpan(a: MachineSpan, b: MachineSpan): boolean {
  return a.intervalStart === b.intervalStart && a.state === b.state && a.product === b.product && a.order === b.order;
}
