import type { EnergyOverview } from '#shared/contract/energy-answers.ts';
import type { DemandBlock } from '#shared/energy/demand.ts';
import { demandSummary } from '#shared/energy/demand.ts';
import { baseLoadKw, enpiOf, loadFactor, topBlocks } from '#shared/energy/enpi.ts';
import { hasReactive, mediumOf, tariffFor, tariffSpans } from '#shared/energy/scope.ts';
import { lookOf } from '#shared/oee/look.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import { type EnergyCell, type EnergyTotal, totalOf } from '../kpi/energy-cells.ts';
import { answerEnergy, belongsTo } from '../kpi/energy-question.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import { answerKpi, WATERMARK_MS } from '../kpi/kpi-question.ts';
import type { Scope } from '../scope.ts';
import { carbonSources } from './carbon-sources.ts';
import { type EnergyDeps, type EnergyWindow, loadMeter, settledLoad, slicesIn } from './load.ts';
import { dateLabel } from './period.ts';

const TOP_BLOCKS = 5;

/** The head figures of a window: what stands above every chart, report and export of it. */
export async function energyOverview(
  plant: Plant,
  { kpi, now }: EnergyDeps,
  scope: Scope,
  window: EnergyWindow,
): Promise<EnergyOverview> {
  const { from, to, asOf } = window;
  const meters = scope.kind === 'meter' ? [scope.id] : rootMeters(plant);
  const read = await Promise.all(meters.map((meter) => slicesIn(plant, kpi, meter, window)));
  const cells = read.flatMap(({ slices }) => slices.flatMap((slice) => slice.cells.filter(belongsTo(scope))));
  const whole = totalOf(cells);
  const { items, findings } = await answerEnergy(plant, kpi.energy, {
    ...window,
    scope,
    by: ['total'],
    now,
    goodIn: async () => null,
  });
  const coverage = items[0]?.coverage ?? null;
  const measured = coverage !== null && coverage > 0;
  const isWhole = scope.kind === 'site' || scope.kind === 'meter';
  const waiting = totalOf(cells.filter(isWaiting));
  const rest = totalOf(cells.filter((cell) => cell.machine === null));
  const profiles = isWhole ? read.flatMap(({ slices }) => slices.map((slice) => slice.profile)) : [];
  const sumOf = (field: 'exportWh' | 'varh'): number =>
    profiles.reduce((all, profile) => all + profile[field].reduce((a, b) => a + b, 0), 0) / 1000;
  const hasExport = isWhole && meters.some((id) => plant.meters.get(id)?.exportWh);
  const kvarh = isWhole && meters.length > 0 && meters.every((id) => hasReactive(plant, id)) ? sumOf('varh') : null;
  const figures = await productionOf(plant, kpi, scope, window, now);
  const kWh = measured ? whole.kWh : null;
  const good = figures?.good ?? null;
  return {
    scope: scope.text,
    window: { start: toIso(from), end: toIso(to) },
    plantHash: plant.hash,
    asOf: asOf === undefined ? null : toIso(asOf),
    medium: scope.kind === 'meter' ? mediumOf(plant, scope.id) : 'electricity',
    kWh,
    cost: measured ? whole.cost : null,
    co2Kg: measured ? whole.co2Kg : null,
    co2MarketKg: measured ? whole.co2MarketKg : null,
    unpricedKWh: whole.unpricedKWh,
    coverage,
    missingSeconds: items[0]?.missingSeconds ?? null,
    estimated: whole.estimated,
    provisional: to > now - WATERMARK_MS,
    exportKWh: measured && hasExport ? sumOf('exportWh') : null,
    kvarh: measured ? kvarh : null,
    powerFactor: measured && kvarh !== null && whole.kWh > 0 ? whole.kWh / Math.hypot(whole.kWh, kvarh) : null,
    waiting: share(waiting, whole, measured && scope.machines.length > 0),
    rest: share(rest, whole, measured && isWhole),
    enpi: {
      good,
      ...enpiOf({
        kWh,
        goodCount: good ?? 0,
        runSeconds: figures?.runSeconds ?? 0,
        idealGoodSeconds: figures?.idealGoodSeconds ?? 0,
      }),
      co2KgPerGood: measured && whole.co2Kg !== null && good ? whole.co2Kg / good : null,
    },
    lostPieces: { count: figures?.reject ?? null, money: figures?.lostMoney ?? null },
    demand: await demandOf(plant, kpi, scope, window),
    tariffs: tariffsOf(plant, meters, from, to),
    carbon: carbonSources(plant, scope.kind === 'meter' ? mediumOf(plant, scope.id) : 'electricity', from, to),
    findings,
  };
}

export function isWaiting({ machine, state, category }: EnergyCell): boolean {
  return machine !== null && state !== null && category !== null && lookOf({ state, category }) === 'idle';
}

function share(part: EnergyTotal, whole: EnergyTotal, isKnown: boolean): EnergyOverview['waiting'] {
  if (!isKnown) return { kWh: null, cost: null, co2Kg: null, share: null };
  const { kWh, cost, co2Kg } = part;
  const isPriced = cost !== null || (kWh === 0 && whole.cost !== null);
  return { kWh, cost: isPriced ? (cost ?? 0) : null, co2Kg, share: whole.kWh > 0 ? kWh / whole.kWh : null };
}

async function productionOf(
  plant: Plant,
  kpi: EnergyDeps['kpi'],
  scope: Scope,
  window: EnergyWindow,
  now: Instant,
): Promise<{
  good: number | null;
  reject: number;
  runSeconds: number;
  idealGoodSeconds: number;
  lostMoney: number | null;
} | null> {
  if (scope.machines.length === 0) return null;
  const [item] = await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, scope, by: ['total'], now });
  if (!item) return null;
  // Pieces of different lines are different things: there is no kWh per piece of both.
  const good = scope.lines.length === 1 ? item.counts.good + item.counts.unscheduledGood : null;
  let lostMoney: number | null = null;
  if (scope.lines.length === 1) {
    const byProduct = await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, scope, by: ['product'], now });
    for (const { product, counts } of byProduct) {
      const worth = product === null ? null : (plant.products.get(product)?.contributionPerPiece ?? null);
      if (worth !== null) lostMoney = (lostMoney ?? 0) + worth * counts.reject;
    }
  }
  return {
    good,
    reject: item.counts.reject,
    runSeconds: item.seconds.run,
    idealGoodSeconds: item.idealGoodSeconds,
    lostMoney,
  };
}

async function demandOf(
  plant: Plant,
  kpi: EnergyDeps['kpi'],
  scope: Scope,
  window: EnergyWindow,
): Promise<EnergyOverview['demand']> {
  const meter = loadMeter(plant, scope, window.from);
  if (meter === null || mediumOf(plant, meter) !== 'electricity') return null;
  if (scope.kind !== 'site' && scope.kind !== 'meter') return null;
  const { blocks, windowMinutes, zone } = await settledLoad(plant, kpi, meter, window);
  const summary = demandSummary(blocks);
  const { limitKw, limitUnit } = limitOf(plant, meter, window.to - 1);
  const over = (block: DemandBlock): boolean => limitKw !== null && loadOf(block, limitUnit) > limitKw;
  return {
    meter,
    meterName: plant.meters.get(meter)?.name ?? meter,
    windowMinutes,
    limitKw,
    limitUnit,
    ...summary,
    at: summary.at === null ? null : toIso(summary.at),
    overLimit: blocks.filter((block) => block.complete && over(block)).length,
    baseLoadKw: baseLoadKw(blocks),
    loadFactor: loadFactor(blocks),
    top: topBlocks(blocks, TOP_BLOCKS).map((block) => ({
      start: toIso(block.start),
      label: `${dateLabel(plant, localDate(zone, block.start))} ${clockLabel(zone, block.start)}`,
      kW: block.kW,
      kVA: block.kVA,
    })),
  };
}

/** A block's load in the unit of the limit: kVA where it can be told, else kW, which is the least it can be. */
export function loadOf({ kW, kVA }: Pick<DemandBlock, 'kW' | 'kVA'>, unit: 'kW' | 'kVA' | null): number {
  return unit === 'kVA' ? (kVA ?? kW) : kW;
}

/** What is agreed with the network: the capacity of the tariff, in kVA. */
export function limitOf(
  plant: Plant,
  meter: string,
  at: Instant,
): { readonly limitKw: number | null; readonly limitUnit: 'kW' | 'kVA' | null } {
  const agreed = tariffFor(plant, meter, at)?.capacity?.agreedKva ?? null;
  return { limitKw: agreed, limitUnit: agreed === null ? null : 'kVA' };
}

function tariffsOf(plant: Plant, meters: readonly string[], from: Instant, to: Instant): EnergyOverview['tariffs'] {
  const seen = new Set<string>();
  return meters.flatMap((meter) =>
    tariffSpans(plant, meter, from, to).flatMap(({ start, end, tariff }) => {
      const key = `${tariff?.id} ${tariff?.validFrom} ${start}`;
      if (!tariff || seen.has(key)) return [];
      seen.add(key);
      return [{ id: tariff.id, validFrom: tariff.validFrom, from: toIso(start), to: toIso(end) }];
    }),
  );
}
