import type { Tariff } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import { HOUR } from '../time/instant.ts';
import { dayBounds, monthBounds } from '../time/periods.ts';
import { utcOffsetMinutes } from '../time/zone.ts';
import { yearBounds } from './annual-peak.ts';
import type { LoadRow } from './load.ts';
import { intervalEnd } from './load.ts';
import { createPeriodPeaks } from './peaks.ts';
import { localDays } from './settlement.ts';
import { wallClockOf, windowMatches } from './tariff.ts';

/*
 * What a demand window of this height adds to the bill of its period, over what the period is billed for already.
 *
 * - Each named window counts with its own maximum so far; a block counts in a window when its start does.
 * - Excess over the agreed capacity is charged for every day of the period, and only what goes beyond an earlier excess.
 * - Ratchets of earlier months are floors: a peak below them costs nothing.
 * - Where the year's maximum is billed, so is the year: a new one is billed back, whatever the month.
 */
export interface PeakSoFar {
  /** Named windows with the maximum that is billed already, in their own unit. */
  readonly byName: ReadonlyMap<string, number>;
  readonly maxKva: number;
  readonly maxKw: number | null;
}

/** `floors`: by name, what earlier months already commit to. */
export function peaksOf(
  tariff: Tariff,
  rows: Iterable<LoadRow>,
  floors: ReadonlyMap<string, number> = new Map(),
): PeakSoFar {
  const peaks = createPeriodPeaks(tariff);
  for (const row of rows) peaks.add(row, intervalEnd(tariff.timezone, tariff.intervalMinutes, row.start));
  const byName = new Map<string, number>();
  for (const { name } of tariff.demand) {
    byName.set(name, Math.max(peaks.peak(name)?.value ?? 0, floors.get(name) ?? 0));
  }
  return { byName, maxKva: peaks.maxKva ?? 0, maxKw: peaks.maxKw };
}

/** Money that a block of this height adds; 0 where it is no new peak; null where the tariff charges no demand at all. */
export function costOfBlock(
  tariff: Tariff,
  start: Instant,
  block: { readonly kW: number; readonly kVA: number | null },
  known: PeakSoFar,
): number | null {
  const { capacity, demand, timezone: zone } = tariff;
  if (demand.length === 0 && !capacity) return null;
  const clock = wallClockOf(tariff, start + utcOffsetMinutes(zone, start) * (HOUR / 60));
  const kVA = block.kVA ?? block.kW;
  let cost = 0;
  const told = new Set<string>();
  for (const window of demand) {
    if (told.has(window.name) || !windowMatches(window, clock)) continue;
    told.add(window.name);
    const value = window.basis === 'kVA' ? kVA : block.kW;
    cost += Math.max(0, value - (known.byName.get(window.name) ?? 0)) * window.rate;
  }
  if (capacity) {
    const { start: first, end: last } = monthBounds(zone, start);
    const days = localDays(zone, first, last);
    const before = Math.max(0, known.maxKva - capacity.agreedKva);
    cost += Math.max(0, kVA - capacity.agreedKva - before) * capacity.excessRatePerKvaPerDay * days;
  }
  return cost;
}

/**
 * The billing period that contains `t`: the calendar month in the tariff's zone, or the year where every demand window is billed
 * by the year's maximum. Where only some are, the month stands for all, so that nothing that costs goes unwarned.
 */
export function billingPeriod(
  tariff: Pick<Tariff, 'timezone' | 'demand'>,
  t: Instant,
): { readonly start: Instant; readonly end: Instant } {
  const { timezone, demand } = tariff;
  const byYear = demand.length > 0 && demand.every(({ billed }) => billed === 'annualMaximum');
  return byYear ? yearBounds(timezone, t) : monthBounds(timezone, dayBounds(timezone, t).start);
}
