import type { Instant } from '#shared/time/instant.ts';

/** Beyond this a source's clock is a finding (RULES section 6). */
export const SKEW_WARNING_MS = 5000;
const WINDOW = 101;
const ENOUGH = 5;

/**
 * How far a source's clock is from ours: the median over the last changes seen live. A median, because a value that sat
 * in a queue during an outage is old without the clock being wrong.
 */
export interface SkewMeter {
  observe(sourceTime: Instant, received: Instant): void;
  /** Source time minus our time, milliseconds; null until there is enough to tell. */
  medianMs(): number | null;
}

export function createSkewMeter(): SkewMeter {
  const offsets: number[] = [];
  let next = 0;
  return {
    observe(sourceTime, received) {
      offsets[next] = sourceTime - received;
      next = (next + 1) % WINDOW;
    },
    medianMs() {
      if (offsets.length < ENOUGH) return null;
      const sorted = [...offsets].sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)] ?? null;
    },
  };
}
