import type { Tariff, TariffDemand } from '../plant/model.ts';
import { type Instant, MINUTE } from '../time/instant.ts';
import { localDate, utcOffsetMinutes } from '../time/zone.ts';
import type { LoadRow } from './load.ts';
import { Money } from './money.ts';
import { wallLabel } from './settlement.ts';
import { wallClockOf, windowMatches } from './tariff.ts';

/*
 * Metered demand of one period (the billing period, or a month before it that a ratchet looks at).
 *
 * - A block is in a window when its start is. Windows that share a name share one maximum; the rate is that of the window
 *   in which the maximum fell.
 * - A power factor is that of the period, from energies: kWh / hypot(kWh, kvarh).
 */

export interface Peak {
  /** kW or kVA, as the window's basis says. */
  readonly value: number;
  readonly start: Instant;
  readonly window: TariffDemand;
}

export interface PeriodPeaks {
  /** `end` closes the interval that starts at row.start. */
  add(row: LoadRow, end: Instant): void;
  /** The maximum of a name; `meanOfMonths` gives the mean of the maxima of its local months. Null without a block. */
  peak(name: string): Peak | null;
  meanOfMonths(name: string): number | null;
  readonly maxKw: number | null;
  readonly maxKva: number | null;
  /** kWh / hypot(kWh, kvarh) of the period; null without energy or without kvarh. */
  powerFactor(): number | null;
  /** A complete interval without kvarh was added. */
  readonly lacksKvarh: boolean;
}

export function createPeriodPeaks(tariff: Tariff): PeriodPeaks {
  const byName = new Map<string, Peak>();
  const byMonth = new Map<string, Map<string, number>>();
  let kWhSum = 0;
  let kvarhSum = 0;
  let lacksKvarh = false;
  let maxKw: number | null = null;
  let maxKva: number | null = null;

  return {
    add(row, end) {
      if (row.kWh === null) return;
      kWhSum += row.kWh;
      kvarhSum += row.kvarh ?? 0;
      if (row.complete === false) return;
      if (row.kvarh === null) lacksKvarh = true;
      const perHour = (energy: number): number =>
        new Money(energy)
          .times(60 * MINUTE)
          .div(end - row.start)
          .toNumber();
      const kW = perHour(row.kWh);
      // Without kvarh the apparent power is at least the active one.
      const kVA = perHour(Math.hypot(row.kWh, row.kvarh ?? 0));
      maxKw = Math.max(maxKw ?? kW, kW);
      maxKva = Math.max(maxKva ?? kVA, kVA);
      if (tariff.demand.length === 0) return;
      const clock = wallClockOf(tariff, row.start + utcOffsetMinutes(tariff.timezone, row.start) * MINUTE);
      for (const window of tariff.demand) {
        if (!windowMatches(window, clock)) continue;
        const value = window.basis === 'kVA' ? kVA : kW;
        const known = byName.get(window.name);
        if (!known || value > known.value) byName.set(window.name, { value, start: row.start, window });
        if (window.billed === 'meanOfMonths') noteMonth(window.name, row.start, value);
      }
    },
    peak: (name) => byName.get(name) ?? null,
    meanOfMonths(name) {
      const months = [...(byMonth.get(name)?.values() ?? [])];
      return months.length > 0 ? months.reduce((a, b) => a + b, 0) / months.length : null;
    },
    get maxKw() {
      return maxKw;
    },
    get maxKva() {
      return maxKva;
    },
    powerFactor() {
      const apparent = Math.hypot(kWhSum, kvarhSum);
      return apparent > 0 && !lacksKvarh ? kWhSum / apparent : null;
    },
    get lacksKvarh() {
      return lacksKvarh;
    },
  };

  function noteMonth(name: string, start: Instant, value: number): void {
    let months = byMonth.get(name);
    if (!months) {
      months = new Map();
      byMonth.set(name, months);
    }
    const month = localDate(tariff.timezone, start).slice(0, -3);
    months.set(month, Math.max(months.get(month) ?? value, value));
  }
}

export interface BilledDemand {
  readonly name: string;
  readonly unit: 'kW' | 'kVA';
  readonly quantity: number;
  readonly rate: number;
  /** Start of the block that set the metered maximum. */
  readonly at: Instant;
  /** How the quantity or the rate came about, where it is not simply the maximum; '' otherwise. */
  readonly note: string;
}

/** Demand as billed: metered maximum (or mean of months), power factor clause, ratchet, price by hours of use. */
export function billedDemand(
  zone: string,
  name: string,
  current: PeriodPeaks,
  past: readonly PeriodPeaks[],
  periodKWh: number,
): BilledDemand | null {
  const peak = current.peak(name);
  if (!peak) return null;
  const { window } = peak;
  const notes: string[] = [];
  const mean = window.billed === 'meanOfMonths' ? current.meanOfMonths(name) : null;
  if (mean !== null) notes.push(`mean of the maxima of its months, the highest ${shown(peak.value)} ${window.basis}`);
  const factor = powerFactorClause(window, current);
  if (factor > 1) notes.push(`x ${shown(factor)} for a power factor below ${window.minimumPowerFactor}`);
  let quantity = (mean ?? peak.value) * factor;
  const floor = ratchetFloor(name, window, past);
  if (floor && floor.value > quantity) {
    const percent = shown(100 * (window.ratchet?.fraction ?? 1));
    notes.unshift(`metered ${shown(mean ?? peak.value)} ${window.basis}`);
    notes.push(`raised to ${percent} % of ${shown(floor.metered)} ${window.basis} at ${wallLabel(zone, floor.at)}`);
    quantity = floor.value;
  }
  const pair = window.byUtilisation;
  const hours = peak.value > 0 ? periodKWh / peak.value : null;
  if (pair) notes.push(`${hours === null ? 'no' : shown(hours)} hours of use, the limit is ${pair.hours}`);
  return {
    name,
    unit: window.basis,
    quantity,
    rate: pair ? rateByUtilisation(pair, hours) : window.rate,
    at: peak.start,
    note: notes.join('; '),
  };
}

export function rateByUtilisation(pair: NonNullable<TariffDemand['byUtilisation']>, hours: number | null): number {
  return hours !== null && hours >= pair.hours ? pair.from : pair.below;
}

/** 1, or how much the demand is raised because the period's power factor is below the minimum. kVA has it in already. */
export function powerFactorClause(window: TariffDemand, period: PeriodPeaks): number {
  const actual = period.powerFactor();
  if (window.minimumPowerFactor === null || window.basis === 'kVA' || actual === null || actual <= 0) return 1;
  return Math.max(1, window.minimumPowerFactor / actual);
}

interface RatchetFloor {
  readonly value: number;
  readonly metered: number;
  readonly at: Instant;
}

/** Ratchets look at metered, power-factor-adjusted demand of past months, never at what was billed. */
function ratchetFloor(name: string, window: TariffDemand, past: readonly PeriodPeaks[]): RatchetFloor | null {
  if (!window.ratchet) return null;
  let floor: RatchetFloor | null = null;
  for (const period of past.slice(0, window.ratchet.months)) {
    const peak = period.peak(name);
    if (!peak) continue;
    const metered = peak.value * powerFactorClause(peak.window, period);
    const value = window.ratchet.fraction * metered;
    if (!floor || value > floor.value) floor = { value, metered, at: peak.start };
  }
  return floor;
}

function shown(value: number): string {
  return String(Number(value.toFixed(3)));
}
