import { type Instant, SECOND } from '#shared/time/instant.ts';

/** Beyond this a source's clock is a finding (RULES section 6). */
export const SKEW_WARNING_MS = 5000;
/** Beyond this its times are not believed: the whole source is shifted. */
export const SKEW_SHIFT_MS = 120_000;
const WINDOW = 101;
const ENOUGH = 5;
/** Observations of one clock agree so well; values that sat in a queue do not. */
const AGREEMENT_MS = 5000;

/**
 * How far a source's clock is from ours: the median over the last changes seen live. A median, because a value that sat
 * in a queue during an outage is old without the clock being wrong; and one observation a second, because a queue empties fast.
 */
export interface SkewMeter {
  observe(sourceTime: Instant, received: Instant): void;
  /** Source time minus our time, milliseconds; null until there is enough to tell. */
  medianMs(): number | null;
  /** The newest observation; null while there is none. */
  latestMs(): number | null;
  /** The median, where all but a fifth of the latest observations agree with it: a clock, not a queue. */
  steadyMs(): number | null;
}

export function createSkewMeter(): SkewMeter {
  let offsets: number[] = [];
  let second = Number.NEGATIVE_INFINITY;
  const median = (values: readonly number[]): number | null => {
    if (values.length < ENOUGH) return null;
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  };
  return {
    observe(sourceTime, received) {
      const offset = sourceTime - received;
      const now = Math.floor(received / SECOND);
      const last = offsets.length - 1;
      // The newest of each second: what came with it is older only because it waited.
      if (now === second && last >= 0) offsets[last] = Math.max(offsets[last] ?? offset, offset);
      else offsets = [...offsets.slice(1 - WINDOW), offset];
      second = now;
    },
    medianMs: () => median(offsets),
    latestMs: () => offsets.at(-1) ?? null,
    steadyMs() {
      // A clock that was set is seen in the newest few, long before it is in the whole window.
      const latest = offsets.slice(-2 * ENOUGH);
      const middle = median(latest);
      if (middle === null) return null;
      const agreeing = latest.filter((offset) => Math.abs(offset - middle) <= AGREEMENT_MS).length;
      return agreeing >= 0.8 * latest.length ? middle : null;
    },
  };
}
