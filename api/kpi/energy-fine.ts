import type { EnergyItem } from '#shared/energy/items.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { Stop } from '#shared/oee/stops.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { badRequest } from '../problem.ts';
import { groupsOf } from './bounds.ts';
import { energyCells } from './energy-cells.ts';
import { type EnergyAnswer, type EnergyQuestion, itemOf, SPLITS, splitCells } from './energy-question.ts';
import type { EnergySlices } from './energy-slices.ts';

/** Intervals of one answer: a week of minutes. */
const MAX_INTERVALS = 7 * 24 * 60;

/**
 * Energy of one machine in intervals of `every` minutes, finer than any tariff settles: for a curve of its power. It is
 * worked out for this answer from the minutes of its meters, so its parts add up to what coarser questions say.
 */
export async function answerFineEnergy(
  plant: Plant,
  energy: EnergySlices,
  { scope, from, to, asOf, by, now }: Omit<EnergyQuestion, 'goodIn'>,
  every: number,
): Promise<EnergyAnswer> {
  if (scope.kind !== 'machine' || !by.includes('interval')) {
    throw badRequest('every needs by=interval and a machine scope, as in ?scope=machine:ID&by=interval,state&every=1');
  }
  if ((to - from) / (every * 60_000) > MAX_INTERVALS) {
    throw badRequest(`that is more than ${MAX_INTERVALS} intervals; ask for a shorter time or a larger every`);
  }
  const splits = SPLITS.filter((s) => by.includes(s));
  const found = await energy.itemsOf(scope.id, from, to, asOf);
  let next = 0;
  const items = buckets(plant.site.timezone, from, to, 'interval', every).flatMap(({ start, end }) => {
    const own: EnergyItem[] = [];
    for (let item = found[next]; item && item.start < end; item = found[++next]) own.push(item);
    if (own.length === 0) return [];
    const [group] = groupsOf(plant, null, [], start, end);
    if (!group) return [];
    return splitCells(group, energyCells(own), splits).map((draft) => itemOf(scope.text, draft, null, null, now, to));
  });
  return { items, findings: [] };
}

/** kWh drawn in the seconds that are a stop's: its own category between its start and its end. Null without any reading. */
export function kWhOfStop(stop: Pick<Stop, 'start' | 'end' | 'category'>, items: readonly EnergyItem[]): number | null {
  return kWhWithin(items, stop.start, stop.end ?? Number.POSITIVE_INFINITY, stop.category);
}

/** kWh of ordered items in [start, end), of one category where it is given; an item across a bound counts by its share. */
export function kWhWithin(
  items: readonly EnergyItem[],
  start: Instant,
  end: Instant,
  category?: JudgedSpan['category'],
): number | null {
  let wh: number | null = null;
  for (let i = firstEndingAfter(items, start); i < items.length; i++) {
    const item = items[i] as EnergyItem;
    if (item.start >= end) break;
    if (category !== undefined && item.category !== category) continue;
    const inside = Math.min(item.end, end) - Math.max(item.start, start);
    if (inside > 0) wh = (wh ?? 0) + (item.energyWh * inside) / (item.end - item.start);
  }
  return wh === null ? null : wh / 1000;
}

/** Items are ordered by start and, of one machine, hardly overlap; two meters of one machine lie side by side. */
function firstEndingAfter(items: readonly EnergyItem[], t: Instant): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as EnergyItem).start < t - LONGEST_MS) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** No row of facts is longer than its minute. */
const LONGEST_MS = 60_000;
