import type { MetersAnswer } from '#shared/contract/energy-answers.ts';
import { metersBehind, metersBelow } from '#shared/energy/scope.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { toIso } from '#shared/time/instant.ts';
import { type EnergyTotal, totalOf } from '../kpi/energy-cells.ts';
import type { EnergySlice } from '../kpi/energy-slices.ts';
import { type EnergyDeps, type EnergyWindow, slicesIn } from './load.ts';

/*
 * Every meter with what it read: the tree of each medium, and virtual meters beside it.
 *
 * - A meter's own part is what it read less the meters below it. Where it feeds a machine, that part is the machine's; where
 *   it feeds none and has meters below, it is the unmetered rest and has a row of its own.
 * - A sub-meter is priced by the tariff of the top of its tree, so that money adds up as energy does.
 */
export async function metersOf(plant: Plant, { kpi }: EnergyDeps, window: EnergyWindow): Promise<MetersAnswer> {
  const rows: MetersAnswer['items'] = [];
  const seconds = (window.to - window.from) / 1000;
  const roots = [...plant.meters.values()].filter(({ sum, parent, medium }) => {
    const above = parent === null ? undefined : plant.meters.get(parent);
    return sum === null && (above === undefined || above.medium !== medium);
  });
  for (const root of roots) {
    const { slices } = await slicesIn(plant, kpi, root.id, window);
    visit(root.id, 0, slices, ownParts(slices));
  }
  const read = new Map(rows.filter((row) => row.kind === 'meter').map((row) => [row.meter, row]));
  for (const meter of plant.meters.values()) {
    if (meter.sum === null) continue;
    const terms = meter.sum.map(({ meter: id, sign }) => ({ sign, row: read.get(id) }));
    const least = Math.min(...terms.map(({ row }) => row?.coverage ?? 0));
    if (terms.every(({ row }) => row && row.coverage !== null && row.coverage - least < SAME_COVERAGE)) {
      push(meter.id, 0, signedSum(terms), least * seconds, false);
      continue;
    }
    // Where its terms were not read at the same times, only the time that all of them have counts.
    const { slices } = await slicesIn(plant, kpi, meter.id, window);
    const covered = slices.reduce((all, { profile }) => all + profile.coveredSeconds.reduce((a, b) => a + b, 0), 0);
    push(meter.id, 0, totalOf(slices.flatMap((slice) => slice.cells)), covered, false);
  }
  return { window: { start: toIso(window.from), end: toIso(window.to) }, plantHash: plant.hash, items: rows };

  function visit(
    id: string,
    depth: number,
    slices: readonly EnergySlice[],
    own: ReadonlyMap<string, EnergyTotal>,
  ): void {
    const below = metersBelow(plant, id);
    const all = metersBehind(plant, id).map((one) => own.get(one) ?? NONE);
    const covered = slices.reduce((sum, slice) => sum + (slice.coveredSeconds.get(id) ?? 0), 0);
    push(id, depth, added(all), covered, false);
    for (const child of below) visit(child, depth + 1, slices, own);
    const feeds = valueAt(plant.meters.get(id)?.feeds ?? [], window.to - 1);
    if (below.length > 0 && feeds.length === 0) push(id, depth + 1, own.get(id) ?? NONE, covered, true);
  }

  function push(id: string, depth: number, total: EnergyTotal, covered: number, isRest: boolean): void {
    const meter = plant.meters.get(id);
    if (!meter) return;
    const isKnown = covered > 0;
    rows.push({
      meter: id,
      name: isRest ? 'Not explained by a meter' : meter.name,
      medium: meter.medium,
      parent: meter.parent,
      depth,
      kind: isRest ? 'rest' : meter.sum === null ? 'meter' : 'virtual',
      machines: isRest ? [] : valueAt(meter.feeds, window.to - 1).map((feed) => feed.machine),
      kWh: isKnown ? total.kWh : null,
      cost: isKnown ? total.cost : null,
      co2Kg: isKnown ? total.co2Kg : null,
      coverage: seconds > 0 ? Math.min(1, covered / seconds) : null,
      estimated: total.estimated,
    });
  }
}

/** Terms whose coverage differs by less were read at the same times, but for an edge. */
const SAME_COVERAGE = 1e-4;

function signedSum(terms: readonly { sign: number; row: MetersAnswer['items'][number] | undefined }[]): EnergyTotal {
  const sum = { ...NONE };
  for (const { sign, row } of terms) {
    sum.kWh += sign * (row?.kWh ?? 0);
    if (row?.cost != null) sum.cost = (sum.cost ?? 0) + sign * row.cost;
    if (row?.co2Kg != null) sum.co2Kg = (sum.co2Kg ?? 0) + sign * row.co2Kg;
    sum.estimated ||= row?.estimated ?? false;
  }
  return sum;
}

const NONE: EnergyTotal = totalOf([]);

function ownParts(slices: readonly EnergySlice[]): Map<string, EnergyTotal> {
  const cells = Map.groupBy(
    slices.flatMap((slice) => slice.cells),
    (cell) => cell.meter,
  );
  return new Map([...cells].map(([meter, list]) => [meter, totalOf(list)]));
}

function added(totals: readonly EnergyTotal[]): EnergyTotal {
  const sum = { ...NONE };
  const plus = (a: number | null, b: number | null): number | null =>
    a === null && b === null ? null : (a ?? 0) + (b ?? 0);
  for (const total of totals) {
    sum.kWh += total.kWh;
    sum.cost = plus(sum.cost, total.cost);
    sum.co2Kg = plus(sum.co2Kg, total.co2Kg);
    sum.co2MarketKg = plus(sum.co2MarketKg, total.co2MarketKg);
    sum.unpricedKWh += total.unpricedKWh;
    sum.estimated ||= total.estimated;
  }
  return sum;
}
