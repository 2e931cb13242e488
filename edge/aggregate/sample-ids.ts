import type { Instant } from '#shared/time/instant.ts';

/** Ids of the samples taken lately, in two generations: older repeats are too late to change anything. */
export class SampleIds {
  #young = new Set<string>();
  #old = new Set<string>();
  #turnAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #keepMs: number;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** False for a repeat. */
  isNew(id: string): boolean {
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    return true;
  }

  forget(hotFrom: Instant): void {
    if (hotFrom < this.#turnAt) return;
    this.#turnAt = hotFrom + this.#keepMs;
    this.#old = this.#young;
    this.#young = new Set();
  }

  pack(): readonly string[] {
    return [...this.#old, ...this.#young];
  }

  unpack(ids: readonly string[]): void {
    this.#young = new Set(ids);
  }
}
