import type { CarbonFactor } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';

/*
 * - A factor of an interval (half-hourly, published) goes before the annual factor in force; the annual one fills the
 *   intervals that have none. `kind` says which was used, because the two give different totals.
 * - No factor: null, never 0.
 */

export interface CarbonSegment extends Span {
  readonly gramsPerKwh: number | null;
  readonly kind: 'annual' | 'interval' | null;
}

/** Factors over [from, to): contiguous, in order. */
export function carbonSegments(factors: readonly CarbonFactor[], from: Instant, to: Instant): CarbonSegment[] {
  const annual = factors.filter((f) => f.kind === 'annual').sort((a, b) => a.validFrom - b.validFrom);
  const intervals = factors
    .filter((f) => f.kind === 'interval')
    .filter((f) => f.to > from && f.from < to)
    .sort((a, b) => a.from - b.from);
  const segments: CarbonSegment[] = [];
  let at = from;
  for (const factor of intervals) {
    if (factor.from > at) fillAnnual(factor.from);
    const end = Math.min(factor.to, to);
    if (end > at) segments.push({ start: at, end, gramsPerKwh: factor.gramsPerKwh, kind: 'interval' });
    at = Math.max(at, end);
  }
  if (at < to) fillAnnual(to);
  return segments;

  function fillAnnual(until: Instant): void {
    while (at < until) {
      const start = at;
      const inForce = annual.findLast((f) => f.validFrom <= start);
      const next = annual.find((f) => f.validFrom > start)?.validFrom ?? until;
      at = Math.min(next, until);
      segments.push({
        start,
        end: at,
        gramsPerKwh: inForce?.gramsPerKwh ?? null,
        kind: inForce ? 'annual' : null,
      });
    }
  }
}
