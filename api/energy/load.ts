import type { DemandBlock } from '#shared/energy/demand.ts';
import { correctMeterPieces } from '#shared/energy/exchange.ts';
import type { LoadRow } from '#shared/energy/load.ts';
import { meterLoad } from '#shared/energy/meter-load.ts';
import { hasReactive, metersBehind, tariffFor } from '#shared/energy/scope.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { slicesOf } from '../kpi/bounds.ts';
import { BIN_MS, blocksOfProfiles } from '../kpi/energy-profile.ts';
import { type EnergySlice, rootMeters } from '../kpi/energy-slices.ts';
import type { KpiService } from '../kpi/service.ts';
import type { Scope } from '../scope.ts';

/** What the answers of this room rest on. */
export interface EnergyDeps {
  readonly kpi: KpiService;
  readonly now: Instant;
}

export interface EnergyWindow {
  readonly from: Instant;
  readonly to: Instant;
  readonly asOf?: Instant;
}

/** Settlement interval of a meter without a tariff. */
export const DEFAULT_WINDOW_MINUTES = 30;

/** Slices of a window, cut as every other answer cuts them, so that kept ones are used. */
export async function slicesIn(
  plant: Plant,
  kpi: KpiService,
  meter: string,
  { from, to, asOf }: EnergyWindow,
): Promise<{ readonly spans: readonly Span[]; readonly slices: readonly EnergySlice[] }> {
  const spans = slicesOf(plant, [...plant.lines.values()], from, to);
  return { spans, slices: await kpi.energy.of(meter, spans, asOf) };
}

export interface SettledLoad {
  readonly blocks: readonly DemandBlock[];
  readonly windowMinutes: number;
  readonly zone: string;
}

/** The settlement blocks of a meter over a window: those of its tariff, or half hours of the site. */
export async function settledLoad(
  plant: Plant,
  kpi: KpiService,
  meter: string,
  window: EnergyWindow,
  tariff: Tariff | null = tariffFor(plant, meter, window.to - 1) ?? tariffFor(plant, meter, window.from),
): Promise<SettledLoad> {
  const windowMinutes = tariff?.intervalMinutes ?? DEFAULT_WINDOW_MINUTES;
  const zone = tariff?.timezone ?? plant.site.timezone;
  const withVarh = hasReactive(plant, meter);
  const { from, to } = window;
  const { slices } = await slicesIn(plant, kpi, meter, window);
  const profiles = slices.map((slice) => slice.profile);
  return { blocks: blocksOfProfiles(profiles, { zone, windowMinutes, withVarh }, from, to), windowMinutes, zone };
}

/** A meter's load in the settlement intervals of a tariff, for a bill. */
export async function loadRows(
  plant: Plant,
  kpi: KpiService,
  meter: string,
  tariff: Tariff,
  window: EnergyWindow,
): Promise<LoadRow[]> {
  const minutes = BIN_MS / 60_000;
  if (tariff.intervalMinutes % minutes === 0) {
    const { blocks } = await settledLoad(plant, kpi, meter, window, tariff);
    return blocks.map(rowOf);
  }
  const { from, to, asOf } = window;
  const meterPieces = correctMeterPieces({
    plant,
    meterPieces: await kpi.facts.ofMeters(metersBehind(plant, meter), from, to, asOf),
    counterEvents: await kpi.facts.counterEvents(from, to, asOf),
    entries: asOf === undefined ? kpi.entries.all() : kpi.entries.asOf(asOf),
  });
  return meterLoad(plant, meter, meterPieces, tariff, from, to);
}

export function rowOf(block: DemandBlock): LoadRow {
  const isKnown = block.coveredSeconds > 0;
  return {
    start: block.start,
    kWh: isKnown ? block.kWh : null,
    kvarh: isKnown ? block.kvarh : null,
    complete: block.complete,
  };
}

/** The meter whose load stands for a scope: its own, else the first root meter with a tariff, else the first. */
export function loadMeter(plant: Plant, scope: Scope, at: Instant): string | null {
  if (scope.kind === 'meter') return scope.id;
  const roots = rootMeters(plant);
  return roots.find((id) => tariffFor(plant, id, at) !== null) ?? roots[0] ?? null;
}
