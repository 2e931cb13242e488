import type { Instant } from '#shared/time/instant.ts';
import type { FoldBase } from './base.ts';

/** So many are kept of each fold: three days at one an hour. */
const MOST = 72;

/**
 * Bases of earlier times, so that a late sample costs the journal only the time since. They are not in the snapshot: after a
 * restart there is the one of the snapshot, and older samples are looked for in the journal without.
 */
export class BaseLog {
  readonly #bases = new Map<string, FoldBase[]>();
  #nextAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  isDue(now: Instant): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + this.#everyMs;
    return true;
  }

  add(key: string, base: FoldBase): void {
    const bases = this.#bases.get(key) ?? [];
    this.#bases.set(key, bases);
    if (base.heldFrom === null || base.heldFrom === bases[bases.length - 1]?.heldFrom) return;
    bases.push(base);
    if (bases.length > MOST) bases.shift();
  }

  /** The newest base from which minutes at and after `from` can be made again. */
  before(key: string, from: Instant): FoldBase | null {
    return this.#bases.get(key)?.findLast((base) => base.heldFrom !== null && base.heldFrom <= from) ?? null;
  }

  /** A sample from before them changed what they rest on. */
  dropAfter(key: string, from: Instant): void {
    const bases = this.#bases.get(key);
    if (bases)
      this.#bases.set(
        key,
        bases.filter((base) => base.heldFrom !== null && base.heldFrom <= from),
      );
  }
}
