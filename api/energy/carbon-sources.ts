import type { EnergyOverview } from '#shared/contract/energy-answers.ts';
import { carbonFactors } from '#shared/energy/carbon.ts';
import type { CarbonFactor, CarbonMethod, Medium, Plant } from '#shared/plant/model.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';

/** Which CO2 factors a window used, of which source: what a report prints beside its kilograms. */
export function carbonSources(plant: Plant, medium: Medium, from: Instant, to: Instant): EnergyOverview['carbon'] {
  const { main, mainMethod, market } = carbonFactors(plant.carbon, medium);
  const told = sourcesOf(main, mainMethod, from, to);
  return mainMethod === 'market' ? told : [...told, ...sourcesOf(market, 'market', from, to)];
}

function sourcesOf(
  factors: readonly CarbonFactor[],
  method: CarbonMethod,
  from: Instant,
  to: Instant,
): EnergyOverview['carbon'] {
  const annual = factors.filter((f) => f.kind === 'annual').sort((a, b) => a.validFrom - b.validFrom);
  const found: EnergyOverview['carbon'] = annual.flatMap((factor, i) => {
    const start = Math.max(factor.validFrom, from);
    const end = Math.min(annual[i + 1]?.validFrom ?? to, to);
    if (start >= end) return [];
    const { gramsPerKwh, source } = factor;
    return [{ method, kind: 'annual' as const, gramsPerKwh, source, from: toIso(start), to: toIso(end) }];
  });
  const intervals = factors.filter((f) => f.kind === 'interval').filter((f) => f.to > from && f.from < to);
  for (const source of new Set(intervals.map((f) => f.source ?? ''))) {
    const own = intervals.filter((f) => (f.source ?? '') === source);
    const start = Math.max(from, Math.min(...own.map((f) => f.from)));
    const end = Math.min(to, Math.max(...own.map((f) => f.to)));
    found.push({ method, kind: 'interval', gramsPerKwh: null, source, from: toIso(start), to: toIso(end) });
  }
  return found;
}
