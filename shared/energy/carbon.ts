import type { CarbonFactor, CarbonMethod, Medium } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';

/*
 * - A factor of an interval (half-hourly, published) goes before the annual factor in force; the annual one fills the
 *   intervals that have none. `kind` says which was used, because the two give different totals.
 * - No factor: null, never 0.
 * - Scope 2 is told twice where the file has both: by location (the grid) and by market (the contract). They are never mixed.
 */

export interface CarbonSegment extends Span {
  readonly gramsPerKwh: number | null;
  readonly kind: 'annual' | 'interval' | null;
}

/** The factors of a medium by method; the method that `co2Kg` goes by is the location's, or the market's where there is no other. */
export function carbonFactors(
  factors: readonly CarbonFactor[],
  medium: Medium,
): {
  readonly main: readonly CarbonFactor[];
  readonly mainMethod: CarbonMethod;
  readonly market: readonly CarbonFactor[];
} {
  const own = factors.filter((f) => (f.medium ?? 'electricity') === medium);
  const hasMarket = own.some((f) => f.method === 'market');
  const mainMethod = hasMarket && !own.some((f) => f.method === 'location') ? 'market' : 'location';
  const market = own.filter((f) => f.method === 'market');
  // An interval without a method goes with the annual factors that are there.
  const main = own.filter((f) => (f.method ?? mainMethod) === mainMethod);
  return { main, mainMethod, market: mainMethod === 'market' ? main : market };
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
    if (end > at) {
      segments.push({ start: at, end, gramsPerKwh: factor.gramsPerKwh, kind: 'interval' });
    }
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
