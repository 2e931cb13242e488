import type { Instant } from '#shared/time/instant.ts';
import { BAD, type QualityCode, Series, UNCERTAIN } from './series.ts';

/** The span in which the value in force became another one; null = nothing changed. */
export interface ChangedSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * A value that holds until the next sample: product, order, reason, state, condition.
 *
 * - `ifBad` says what a bad sample means: 'keep' the value before it (product, order, reason), or another value in force
 *   (state: unknown; condition: null).
 * - `before` is the value in force before the first sample held.
 */
export class StepSeries<T> extends Series<T> {
  /** Value in force from sample i on. */
  readonly force: T[] = [];
  before: T;
  beforeUncertain = false;
  touched = false;
  readonly #ifBad: { readonly keep: true } | { readonly keep: false; readonly value: T };

  constructor(initial: T, ifBad: { readonly keep: true } | { readonly keep: false; readonly value: T }) {
    super();
    this.before = initial;
    this.#ifBad = ifBad;
  }

  /** Where the value in force changed. `touched` tells whether the sample counted at all (a repeated value is one too). */
  set(t: Instant, value: T, quality: QualityCode, received: Instant): ChangedSpan | null {
    const i = this.put(t, value, quality, received);
    this.touched = i >= 0;
    if (i < 0) return null;
    if (this.inserted) this.force.splice(i, 0, this.#kept(i));
    const old = this.inserted ? this.#kept(i) : (this.force[i] as T);
    const now = this.#forceOf(i, value, quality);
    this.force[i] = now;
    const doubtBefore = i > 0 ? this.quality[i - 1] === UNCERTAIN : this.beforeUncertain;
    const certaintyMatters = quality === UNCERTAIN || doubtBefore || !this.inserted;
    if (Object.is(old, now) && !certaintyMatters) return null;
    // Bad samples that keep the value before them pass the new one on.
    let j = i + 1;
    while (j < this.length && this.#ifBad.keep && this.quality[j] === BAD) {
      this.force[j] = now;
      j += 1;
    }
    return { from: t, to: j < this.length ? this.timeAt(j) : Number.POSITIVE_INFINITY };
  }

  #kept(i: number): T {
    return i > 0 ? (this.force[i - 1] as T) : this.before;
  }

  #forceOf(i: number, value: T, quality: QualityCode): T {
    if (quality !== BAD) return value;
    return this.#ifBad.keep ? this.#kept(i) : this.#ifBad.value;
  }

  /** Value in force at `t` (a sample at `t` included). */
  at(t: Instant): T {
    const i = this.firstAfter(t) - 1;
    return i < 0 ? this.before : (this.force[i] as T);
  }

  /** Whether the value in force is sampled as uncertain somewhere in [from, to). */
  uncertainIn(from: Instant, to: Instant): boolean {
    const first = this.firstAfter(from) - 1;
    if (first < 0 && this.beforeUncertain) return true;
    for (let i = Math.max(0, first); i < this.length && this.timeAt(i) < to; i += 1) {
      if (this.quality[i] === UNCERTAIN) return true;
    }
    return false;
  }

  /** Whether the value in force becomes another one in [from, to]. */
  changesIn(from: Instant, to: Instant): boolean {
    for (let i = this.firstFrom(from); i < this.length && this.timeAt(i) <= to; i += 1) {
      if (!Object.is(this.force[i], this.#kept(i))) return true;
    }
    return false;
  }

  /** Forgets samples before `t`; what was in force there stays in `before`. */
  forget(t: Instant): void {
    const count = this.firstFrom(t);
    this.since = Math.max(this.since, t);
    if (count === 0) return;
    this.before = this.force[count - 1] as T;
    this.beforeUncertain = this.quality[count - 1] === UNCERTAIN;
    this.dropFirst(count);
    this.force.splice(0, count);
  }
}
