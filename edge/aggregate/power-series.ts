import type { Instant } from '#shared/time/instant.ts';
import { BAD, GOOD, type QualityCode, Series } from './series.ts';

/** The nominal interval of power readings is the median of so many gaps. */
const GAPS = 9;
/** A gap of more than three nominal intervals, or than a quarter of an hour, is missing data. */
const NOMINAL_INTERVALS = 3;
const MAX_GAP_MS = 900_000;

/**
 * Power readings and the energy between them.
 *
 * - Between two readings no further apart than the longest gap allowed there is energy: a trapezoid, or the left value
 *   held. Beyond it there is none, and the time is missing.
 * - The longest gap: as configured, or 3 x the median of the last nine gaps (of the first nine while there are fewer
 *   before it), at most 900 s.
 * - Bad readings are ignored.
 */
export class PowerSeries {
  /** All samples, so that the later of two at one instant wins; `#used` are those that are not bad. */
  readonly samples = new Series<number>();
  readonly #used = new Series<number>();
  readonly #maxGapMs: number | null;
  readonly #trapezoid: boolean;

  constructor(integration: 'trapezoid' | 'left', maxGapSeconds: number | null) {
    this.#trapezoid = integration === 'trapezoid';
    this.#maxGapMs = maxGapSeconds === null ? null : maxGapSeconds * 1000;
  }

  /** Raw reading at `t`. Returns the span whose energy may have changed, or null. */
  read(t: Instant, raw: number, quality: QualityCode, received: Instant): { from: Instant; to: Instant } | null {
    if (this.samples.put(t, raw, quality, received) < 0) return null;
    const used = this.#used;
    let i = used.firstFrom(t);
    if (quality === BAD) {
      if (used.t[i] !== t) return null;
      used.t.splice(i, 1);
      used.value.splice(i, 1);
      used.quality.splice(i, 1);
      used.received.splice(i, 1);
    } else {
      const at = used.put(t, raw, quality, Number.POSITIVE_INFINITY);
      if (at < 0) return null;
      i = at;
    }
    const inOrder = i === used.length - 1 && used.inserted;
    // Another gap moves the median for the gaps after it, and for the first few.
    const first = this.#maxGapMs === null && i + used.dropped <= GAPS ? 0 : Math.max(0, i - 1);
    const last = inOrder ? i : i + (this.#maxGapMs === null ? GAPS : 1);
    if (used.length === 0) return { from: t, to: t };
    return {
      from: Math.min(t, used.timeAt(Math.min(first, used.length - 1))),
      to: Math.max(t, used.timeAt(Math.min(last, used.length - 1))),
    };
  }

  /** Adds raw power x milliseconds of [from, to), positive and negative power apart, and the milliseconds covered. */
  integrate(from: Instant, to: Instant, into: EnergySum): void {
    const used = this.#used;
    for (let j = Math.max(1, used.firstAfter(from)); j < used.length; j += 1) {
      const t0 = used.timeAt(j - 1);
      const t1 = used.timeAt(j);
      if (t0 >= to) return;
      const start = Math.max(t0, from);
      const end = Math.min(t1, to);
      if (end <= start || !this.#covers(j)) continue;
      into.coveredMs += end - start;
      into.estimated ||= t1 - t0 > 60_000;
      const w0 = used.valueAt(j - 1);
      const w1 = this.#trapezoid ? used.valueAt(j) : w0;
      into.positive += area(Math.max(0, w0), Math.max(0, w1), t0, t1, start, end);
      into.negative += area(Math.max(0, -w0), Math.max(0, -w1), t0, t1, start, end);
    }
  }

  /** Whether the gap that ends at reading `j` is short enough. */
  #covers(j: number): boolean {
    const used = this.#used;
    const gap = used.timeAt(j) - used.timeAt(j - 1);
    if (this.#maxGapMs !== null) return gap <= this.#maxGapMs;
    if (gap > MAX_GAP_MS) return false;
    const early = j + used.dropped < GAPS;
    const first = early ? 1 : Math.max(1, j - GAPS + 1);
    const last = early ? Math.min(GAPS - used.dropped, used.length - 1) : j;
    // gap <= 3 x median, without sorting: the lower median is at least gap / 3 where enough gaps are.
    let enough = 0;
    for (let k = first; k <= last; k += 1) {
      if ((used.timeAt(k) - used.timeAt(k - 1)) * NOMINAL_INTERVALS >= gap) enough += 1;
    }
    const count = last - first + 1;
    return enough >= count - Math.floor((count - 1) / 2);
  }

  /** Earliest instant whose energy a reading at `t` may change. */
  reach(t: Instant): Instant {
    const used = this.#used;
    const i = used.firstFrom(t);
    const first = this.#maxGapMs === null && i + used.dropped <= GAPS ? 0 : i - 1;
    return first >= 0 && first < used.length ? Math.min(t, used.timeAt(first)) : t;
  }

  get firstT(): Instant | null {
    return this.#used.length > 0 ? this.#used.timeAt(0) : null;
  }

  /** Forgets readings before `t`, save those that the gaps after it are measured by. */
  forget(t: Instant): void {
    this.samples.dropFirst(this.samples.firstFrom(t));
    this.samples.since = Math.max(this.samples.since, t);
    this.#used.dropFirst(this.#used.firstFrom(t) - GAPS - 1);
  }

  /** Readings before `t` that are held for the sake of the gaps after it. */
  pack(t: Instant): PackedPower {
    const end = this.#used.firstFrom(t);
    return { t: this.#used.t.slice(0, end), raw: this.#used.value.slice(0, end), dropped: this.#used.dropped };
  }

  /** Only into an empty series. */
  unpack(packed: PackedPower): void {
    for (const [i, t] of packed.t.entries()) this.#used.put(t, packed.raw[i] ?? 0, GOOD, Number.POSITIVE_INFINITY);
    this.#used.dropped = packed.dropped;
  }
}

/** Sums of one meter over a span, in raw units that the caller scales. */
export interface EnergySum {
  positive: number;
  negative: number;
  coveredMs: number;
  estimated: boolean;
}

/** Plain JSON. */
export interface PackedPower {
  readonly t: readonly Instant[];
  readonly raw: readonly number[];
  readonly dropped: number;
}

/** Integral over [a, b) of the straight line through (t0, w0) and (t1, w1). */
function area(w0: number, w1: number, t0: number, t1: number, a: number, b: number): number {
  const slope = (w1 - w0) / (t1 - t0);
  return (w0 + slope * ((a + b) / 2 - t0)) * (b - a);
}
