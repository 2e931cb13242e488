import type { Quality } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * The samples of one signal, sorted by time.
 *
 * - One sample for each instant: the one received later wins, and of two received together the one that came later.
 * - In order means push; out of order means a binary search and a splice.
 * - `ordinal` = index + dropped stays the same while old samples are dropped.
 */
export const GOOD = 0;
export const UNCERTAIN = 1;
export const BAD = 2;
export type QualityCode = typeof GOOD | typeof UNCERTAIN | typeof BAD;

export function qualityCode(quality: Quality): QualityCode {
  return quality === 'good' ? GOOD : quality === 'uncertain' ? UNCERTAIN : BAD;
}

export class Series<T> {
  readonly t: Instant[] = [];
  readonly value: T[] = [];
  readonly quality: QualityCode[] = [];
  readonly received: Instant[] = [];
  /** How many samples were dropped at the front so far. */
  dropped = 0;
  /** Samples before it are forgotten; only what they came to is kept. */
  since: Instant = Number.NEGATIVE_INFINITY;

  get length(): number {
    return this.t.length;
  }

  timeAt(i: number): Instant {
    return this.t[i] as Instant;
  }

  valueAt(i: number): T {
    return this.value[i] as T;
  }

  /** Index that changed, or -1 where the sample changes nothing. `inserted` tells which of the two kinds it was. */
  put(t: Instant, value: T, quality: QualityCode, received: Instant): number {
    const n = this.t.length;
    if (n === 0 || t > (this.t[n - 1] as number)) {
      this.t.push(t);
      this.value.push(value);
      this.quality.push(quality);
      this.received.push(received);
      this.inserted = true;
      return n;
    }
    const i = this.firstFrom(t);
    if (this.t[i] === t) {
      if (received < (this.received[i] as number)) return -1;
      this.received[i] = received;
      if (Object.is(this.value[i], value) && this.quality[i] === quality) return -1;
      this.value[i] = value;
      this.quality[i] = quality;
      this.inserted = false;
      return i;
    }
    this.t.splice(i, 0, t);
    this.value.splice(i, 0, value);
    this.quality.splice(i, 0, quality);
    this.received.splice(i, 0, received);
    this.inserted = true;
    return i;
  }

  inserted = false;

  /** Index of the first sample at or after `t`; the length where there is none. */
  firstFrom(t: Instant): number {
    return lowerBound(this.t, t);
  }

  /** Index of the first sample after `t`. */
  firstAfter(t: Instant): number {
    return upperBound(this.t, t);
  }

  dropFirst(count: number): void {
    if (count <= 0) return;
    this.t.splice(0, count);
    this.value.splice(0, count);
    this.quality.splice(0, count);
    this.received.splice(0, count);
    this.dropped += count;
  }
}

/** The columns of any series, to be read; `since` is put back where a series begins with a base. */
export interface HeldSamples {
  readonly t: readonly Instant[];
  readonly value: readonly (number | string | null)[];
  readonly quality: readonly QualityCode[];
  readonly received: readonly Instant[];
  since: Instant;
}

export function lowerBound(sorted: readonly number[], t: number): number {
  let low = 0;
  let high = sorted.length;
  // Most questions are about the newest samples.
  if (high > 0 && (sorted[high - 1] as number) < t) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function upperBound(sorted: readonly number[], t: number): number {
  let low = 0;
  let high = sorted.length;
  if (high > 0 && (sorted[high - 1] as number) <= t) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Infinite instants are null in JSON. */
export function finite(t: Instant): Instant | null {
  return Number.isFinite(t) ? t : null;
}
