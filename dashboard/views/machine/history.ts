import type { Stretch } from '../../charts/ribbon.ts';
import type { PartsBin, PowerSample } from '../../charts/shift-stack.ts';
import { instant } from '../../format/clock.ts';

/** `/counts?every=30`: one bucket. */
export interface CountsItem {
  readonly start: string;
  readonly end: string;
  readonly total: number;
}

/** `/energy?by=interval`: one settlement interval. */
export interface EnergyItem {
  readonly window: { readonly start: string; readonly end: string };
  readonly kWh: number | null;
}

/** Buckets cut at what is known: the running one ends now, so that its rate is a rate. */
export function partsBins(items: readonly CountsItem[], asOf: number): PartsBin[] {
  return items.flatMap((item) => {
    const start = instant(item.start);
    const end = instant(item.end);
    if (start === null || end === null || start >= asOf) return [];
    const until = Math.min(end, asOf);
    return until - start >= 60_000 ? [{ start, end: until, count: Math.round(item.total) }] : [];
  });
}

/**
 * Mean power of each interval, cut where the state changes so that waiting keeps its own area. The mean is the interval's:
 * finer than the meter's own reading is not known.
 */
export function powerSamples(items: readonly EnergyItem[], stretches: readonly Stretch[], asOf: number): PowerSample[] {
  const samples: PowerSample[] = [];
  for (const item of items) {
    const start = instant(item.window.start);
    const end = Math.min(instant(item.window.end) ?? 0, asOf);
    if (start === null || item.kWh === null || end <= start) continue;
    const kW = item.kWh / ((end - start) / 3_600_000);
    for (const stretch of stretches) {
      const from = Math.max(start, stretch.start);
      const to = Math.min(end, stretch.end);
      if (to > from) samples.push({ start: from, end: to, kW, look: stretch.look });
    }
  }
  return samples;
}
