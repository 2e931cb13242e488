import type { Tariff } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';
import { localDate, localMidnight } from '../time/zone.ts';
import type { LoadRow } from './load.ts';
import { Money } from './money.ts';
import { createPeriodPeaks, type PeriodPeaks, powerFactorClause, rateByUtilisation } from './peaks.ts';
import { localDays } from './settlement.ts';

/*
 * Demand that is billed by the year's maximum, in parts (`billed: annualMaximum`; the rate is that of a whole year).
 *
 * - What is due at an instant is the year's maximum until then x rate x the share of the year that is over, by local days. A bill
 *   charges what is due at its end less what was due at its start: a peak in November is billed back to January, and the
 *   bills of a year add up to its maximum x rate, whatever their periods.
 * - A year of which no reading is known before a period begins there: the contract began with it, or a finding says otherwise.
 * - Hours of use are those so far, stretched to the year.
 */
export interface AnnualPeaks {
  /** Rows in order of time, from the start of the year of the period on. */
  add(row: LoadRow, end: Instant, isInPeriod: boolean): void;
  /** One charge for each name and year that the period touches, null where no complete block is known. */
  charge(name: string, period: Span): AnnualCharge[];
  /** Hours of use of the year in which the period ends; null without a maximum. */
  hoursOfUse(period: Span): number | null;
}

export interface AnnualCharge {
  readonly unit: 'kW' | 'kVA';
  /** The year's maximum until the end of the period. */
  readonly quantity: number;
  readonly amount: number;
  readonly at: Instant;
  /** How much of the year the period is; 1 for all of it. */
  readonly share: number;
  readonly note: string;
}

interface Year extends Span {
  /** Start of the year, or of the period where nothing is known before it. */
  known: Instant | null;
  readonly before: PeriodPeaks;
  readonly all: PeriodPeaks;
  kWh: number;
  kWhBefore: number;
}

/** The local calendar year that contains `t`. */
export function yearBounds(zone: string, t: Instant): Span {
  const year = Number(localDate(zone, t).slice(0, 4));
  return { start: localMidnight(zone, `${year}-01-01`), end: localMidnight(zone, `${year + 1}-01-01`) };
}

export function isAnnual({ demand }: Pick<Tariff, 'demand'>): boolean {
  return demand.some(({ billed }) => billed === 'annualMaximum');
}

export function createAnnualPeaks(tariff: Tariff): AnnualPeaks {
  const { timezone: zone } = tariff;
  const years = new Map<Instant, Year>();
  let latest: Year | null = null;

  function yearOf(t: Instant): Year {
    if (latest && t >= latest.start && t < latest.end) return latest;
    const bounds = yearBounds(zone, t);
    latest = years.get(bounds.start) ?? {
      ...bounds,
      known: null,
      before: createPeriodPeaks(tariff),
      all: createPeriodPeaks(tariff),
      kWh: 0,
      kWhBefore: 0,
    };
    years.set(latest.start, latest);
    return latest;
  }

  /** What is due of a year at `t` at the latest, of its peaks until then. */
  function due(year: Year, peaks: PeriodPeaks, kWh: number, name: string, from: Instant, t: Instant): Money {
    const peak = peaks.peak(name);
    if (!peak || t <= from) return new Money(0);
    const { window } = peak;
    const share = shareOf(year, { start: from, end: t });
    const hours = peak.value > 0 ? kWh / share.toNumber() / peak.value : null;
    const rate = window.byUtilisation ? rateByUtilisation(window.byUtilisation, hours) : window.rate;
    return share.times(peak.value).times(powerFactorClause(window, peaks)).times(rate);
  }

  function shareOf(year: Span, part: Span): Money {
    return new Money(localDays(zone, part.start, part.end)).div(localDays(zone, year.start, year.end));
  }

  return {
    add(row, end, isInPeriod) {
      const year = yearOf(row.start);
      if (!isInPeriod) {
        year.known ??= year.start;
        year.before.add(row, end);
        year.kWhBefore += row.kWh ?? 0;
      }
      year.all.add(row, end);
      year.kWh += row.kWh ?? 0;
    },
    charge(name, period) {
      const found: AnnualCharge[] = [];
      for (const year of years.values()) {
        const own = { start: Math.max(year.start, period.start), end: Math.min(year.end, period.end) };
        const peak = year.all.peak(name);
        if (own.start >= own.end || !peak) continue;
        const from = year.known ?? own.start;
        const before = due(year, year.before, year.kWhBefore, name, from, own.start);
        const after = due(year, year.all, year.kWh, name, from, own.end);
        const share = shareOf(year, own).toNumber();
        const earlier = year.before.peak(name)?.value ?? null;
        const quantity = peak.value * powerFactorClause(peak.window, year.all);
        const notes = share === 1 ? [] : [`${shown(100 * share)} % of the year`];
        if (earlier !== null && earlier < peak.value) {
          notes.push(`until then ${shown(earlier)} ${peak.window.basis}: the rest is billed back`);
        }
        found.push({
          unit: peak.window.basis,
          quantity,
          amount: after.minus(before).toNumber(),
          at: peak.start,
          share,
          note: notes.join('; '),
        });
      }
      return found;
    },
    hoursOfUse(period) {
      const year = [...years.values()].findLast(({ start }) => start < period.end);
      const { maxKw } = year?.all ?? { maxKw: null };
      if (!year || !maxKw) return null;
      const from = year.known ?? Math.max(year.start, period.start);
      const share = shareOf(year, { start: from, end: Math.min(year.end, period.end) }).toNumber();
      return share > 0 ? year.kWh / share / maxKw : null;
    },
  };
}

function shown(value: number): string {
  return String(Number(value.toFixed(2)));
}
