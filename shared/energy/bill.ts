import type { Finding } from '../oee/judged.ts';
import type { Tariff } from '../plant/model.ts';
import { type Instant, toIso } from '../time/instant.ts';
import { createAnnualPeaks, isAnnual, yearBounds } from './annual-peak.ts';
import { billFindings } from './bill-findings.ts';
import { EnergyError } from './energy-error.ts';
import { intervalEnd, type LoadRow, startsInterval } from './load.ts';
import { Money } from './money.ts';
import { billedDemand, createPeriodPeaks, type PeriodPeaks, rateByUtilisation } from './peaks.ts';
import { localDays, localMonths, monthsBefore } from './settlement.ts';
import { PRICED_BAND, segmentCursor } from './tariff.ts';

/*
 * A bill: one billing period of a load, priced with one version of a tariff.
 *
 * - Money is decimal and unrounded; `roundedBill` rounds each line once and adds the rounded lines.
 * - Reactive energy is worked out per settlement interval, never on the period's total.
 * - Fixed and capacity charges are per local day; a day that is only partly in the period counts its share.
 * - Demand by the year's maximum is charged in parts: annual-peak.ts says how.
 * - What could not be priced is left out of the sums and named in the findings.
 */

export type BillPart = 'energy' | 'demand' | 'capacity' | 'fixed' | 'reactive' | 'levy' | 'tax';

export interface BillLine {
  readonly part: BillPart;
  readonly name: string;
  readonly quantity: number;
  /** kWh, kW, kVA, 'kVA day', day, month, kvarh or %. */
  readonly unit: string;
  /** Money per unit; null where energy has no price. A line priced by the interval shows its mean. */
  readonly rate: number | null;
  readonly amount: number | null;
  /** Demand lines: start of the block with the maximum, ISO 8601 UTC. */
  readonly at?: string;
  /** How the line came about, where quantity x rate does not tell it all. */
  readonly note?: string;
}

export interface BillResult {
  /** ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  readonly lines: readonly BillLine[];
  /** Sum of the band lines, of the demand lines, of all lines; unrounded. */
  readonly energy: number;
  readonly demand: number;
  readonly total: number;
  readonly findings: readonly Finding[];
}

export interface BillPeriod {
  /** Default: the first row. Rows before it feed ratchets. */
  readonly from?: Instant;
  /** Default: the end of the last row. Later rows are left out. */
  readonly to?: Instant;
}

/** Prices a load in memory. Throws EnergyError where rows are out of order or the period does not cut at an interval. */
export function priceLoad(tariff: Tariff, rows: Iterable<LoadRow>, period: BillPeriod = {}): BillResult {
  const bill = createBill(tariff, period);
  for (const row of rows) bill.add(row);
  return bill.finish();
}

export interface Bill<Result = BillResult> {
  /** Rows in order of time. */
  add(row: LoadRow): void;
  finish(): Result;
}

/** Prices a load row by row, in constant memory. */
export function createBill(tariff: Tariff, period: BillPeriod = {}): Bill {
  const { timezone: zone, intervalMinutes } = tariff;
  for (const t of [period.from, period.to]) {
    if (t !== undefined && !startsInterval(zone, intervalMinutes, t)) {
      throw new EnergyError(
        'period',
        `the period must begin and end with a ${intervalMinutes}-minute interval of ${zone}, ${toIso(t)} does not`,
      );
    }
  }
  if (period.from !== undefined && period.to !== undefined && period.to <= period.from) {
    throw new EnergyError('period', `the period ends at ${toIso(period.to)}, which is not after ${toIso(period.from)}`);
  }
  const segmentsOf = segmentCursor(tariff);
  const lookBack = Math.max(0, ...tariff.demand.map((d) => d.ratchet?.months ?? 0));
  const current = createPeriodPeaks(tariff);
  const annual = isAnnual(tariff) ? createAnnualPeaks(tariff) : null;
  const past: PeriodPeaks[] = Array.from({ length: lookBack }, () => createPeriodPeaks(tariff));
  /** Starts of the months before the period, the nearest first. */
  const pastStarts =
    period.from === undefined ? [] : past.map((_, k) => monthsBefore(zone, period.from as Instant, k + 1));

  const energy = new Map<string, EnergyAmount>();
  let kWh = new Money(0);
  let excessKvarh = new Money(0);
  let first: Instant | null = null;
  let begin: Instant | null = period.from ?? null;
  let last: Instant | null = null;
  const gaps: { start: Instant; end: Instant }[] = [];
  let incomplete = 0;
  let firstUnpriced: Instant | null = null;
  let begunYear: { readonly of: Instant; readonly start: Instant } | null = null;

  return { add, finish };

  /** Of the year that the period begins in; asked for every row before it. */
  function yearStart(t: Instant): Instant {
    if (begunYear?.of !== t) begunYear = { of: t, start: yearBounds(zone, t).start };
    return begunYear.start;
  }

  function add(row: LoadRow): void {
    if (last !== null && row.start < last) {
      throw new EnergyError('order', `rows must come in order of time; ${toIso(row.start)} is before ${toIso(last)}`);
    }
    const end = intervalEnd(zone, intervalMinutes, row.start);
    first ??= row.start;
    begin ??= row.start;
    if (row.start < begin) {
      if (row.start >= yearStart(begin)) annual?.add(row, end, false);
      const index = pastStarts.findIndex((start) => row.start >= start);
      past[index]?.add(row, end);
      last = end;
      return;
    }
    if (period.to !== undefined && row.start >= period.to) return;
    noteGap(Math.max(last ?? begin, begin), row.start);
    last = end;
    if (row.kWh === null) {
      noteGap(row.start, end);
      return;
    }
    if (row.complete === false) incomplete += 1;
    current.add(row, end);
    annual?.add(row, end, true);
    kWh = kWh.plus(row.kWh);
    if (tariff.reactive && row.kvarh !== null) {
      const excess = new Money(row.kvarh).minus(new Money(row.kWh).times(tariff.reactive.freeShareOfKwh));
      if (excess.gt(0)) excessKvarh = excessKvarh.plus(excess);
    }
    for (const segment of segmentsOf({ start: row.start, end })) {
      if (segment.rate === null) firstUnpriced ??= segment.start;
      const share = new Money(segment.end - segment.start).div(end - row.start);
      addEnergy(segment.band, segment.rate, share.times(row.kWh));
    }
  }

  function addEnergy(band: string, rate: number | null, quantity: Money): void {
    const key = rate === null ? '' : tariff.prices ? PRICED_BAND : `${band}\n${rate}`;
    const amount = rate === null ? null : quantity.times(rate);
    const sum = energy.get(key);
    if (!sum) {
      energy.set(key, { band, rate, quantity, amount });
      return;
    }
    sum.quantity = sum.quantity.plus(quantity);
    if (sum.amount !== null && amount !== null) sum.amount = sum.amount.plus(amount);
  }

  function noteGap(start: Instant, end: Instant): void {
    if (end <= start) return;
    const open = gaps.at(-1);
    if (open && open.end === start) open.end = end;
    else gaps.push({ start, end });
  }

  function finish(): BillResult {
    const from = begin;
    const to = period.to ?? last;
    if (from === null || to === null || to <= from) {
      throw new EnergyError(
        'empty',
        from === null
          ? 'the load has no rows: give the header start,kWh and one row an interval, from the start of the period on'
          : `the load has no rows from ${toIso(from)} on`,
      );
    }
    noteGap(Math.max(last ?? from, from), to);
    const farthest = pastStarts.at(-1);
    const whole = { start: from, end: to };
    const utilisation = annual ? annual.hoursOfUse(whole) : current.maxKw ? kWh.div(current.maxKw).toNumber() : null;
    const energyLines = [...energy.values()]
      .sort((a, b) => rank(a) - rank(b))
      .map((sum) => energyLine(sum, utilisation));
    const demandLines = [...new Set(tariff.demand.map((d) => d.name))].flatMap((name): BillLine[] => {
      if (annual && tariff.demand.some((d) => d.name === name && d.billed === 'annualMaximum')) {
        return annual.charge(name, whole).map(({ unit, quantity, amount, at, note }) => ({
          part: 'demand',
          name,
          quantity,
          unit,
          rate: quantity > 0 ? new Money(amount).div(quantity).toNumber() : null,
          amount,
          at: toIso(at),
          ...(note ? { note } : {}),
        }));
      }
      const billed = billedDemand(zone, name, current, past, kWh.toNumber());
      if (!billed) return [];
      const { unit, quantity, rate, at, note } = billed;
      const amount = new Money(quantity).times(rate).toNumber();
      return [
        { part: 'demand' as const, name, quantity, unit, rate, amount, at: toIso(at), ...(note ? { note } : {}) },
      ];
    });
    const lines: BillLine[] = [...energyLines, ...demandLines, ...standingLines(from, to)];
    if (tariff.taxPercent > 0) {
      const base = sumOf(lines);
      lines.push({
        part: 'tax',
        name: 'tax',
        quantity: tariff.taxPercent,
        unit: '%',
        rate: base.div(100).toNumber(),
        amount: base.times(tariff.taxPercent).div(100).toNumber(),
      });
    }
    return {
      from: toIso(from),
      to: toIso(to),
      lines,
      energy: sumOf(lines, 'energy').toNumber(),
      demand: sumOf(lines, 'demand').toNumber(),
      total: sumOf(lines).toNumber(),
      findings: billFindings(tariff, {
        start: from,
        end: to,
        gaps,
        incomplete,
        unpricedKWh: energy.get('')?.quantity.toNumber() ?? 0,
        firstUnpriced,
        lacksKvarh: current.lacksKvarh,
        lookBack,
        historyReaches: farthest !== undefined && first !== null && first <= farthest,
        yearUnknownBefore: annual && first !== null && first > yearBounds(zone, from).start ? first : null,
      }),
    };
  }

  function energyLine(sum: EnergyAmount, utilisation: number | null): BillLine {
    const part = 'energy';
    const quantity = sum.quantity.toNumber();
    if (sum.amount === null || sum.rate === null) {
      return { part, name: 'energy without a price', quantity, unit: 'kWh', rate: null, amount: null };
    }
    if (tariff.prices) {
      const rate = sum.quantity.isZero() ? null : sum.amount.div(sum.quantity).toNumber();
      return {
        part,
        name: sum.band,
        quantity,
        unit: 'kWh',
        rate,
        amount: sum.amount.toNumber(),
        note: 'priced by the interval',
      };
    }
    const pair = tariff.bands.find((b) => b.name === sum.band && b.rate === sum.rate)?.byUtilisation;
    const rate = pair ? rateByUtilisation(pair, utilisation) : sum.rate;
    return { part, name: sum.band, quantity, unit: 'kWh', rate, amount: sum.quantity.times(rate).toNumber() };
  }

  /** Bands in the order of the tariff, what has no price last. */
  function rank(sum: EnergyAmount): number {
    const index = tariff.bands.findIndex((b) => b.name === sum.band && b.rate === sum.rate);
    return index >= 0 ? index : tariff.bands.length;
  }

  function standingLines(from: Instant, to: Instant): BillLine[] {
    const days = localDays(zone, from, to);
    const { capacity, reactive } = tariff;
    const lines: BillLine[] = [];
    const push = (part: BillPart, name: string, quantity: Money, unit: string, rate: number): void => {
      const amount = quantity.times(rate).toNumber();
      lines.push({ part, name, quantity: quantity.toNumber(), unit, rate, amount });
    };
    if (capacity) {
      const agreed = new Money(capacity.agreedKva);
      push('capacity', 'capacity', agreed.times(days), 'kVA day', capacity.ratePerKvaPerDay);
      const excess = Money.max(0, new Money(current.maxKva ?? 0).minus(agreed));
      if (excess.gt(0))
        push('capacity', 'capacity excess', excess.times(days), 'kVA day', capacity.excessRatePerKvaPerDay);
    }
    for (const { name, perDay, perMonth } of tariff.fixed) {
      if (perMonth === undefined) push('fixed', name, new Money(days), 'day', perDay);
      else push('fixed', name, new Money(localMonths(zone, from, to)), 'month', perMonth);
    }
    if (reactive) push('reactive', 'reactive', excessKvarh, 'kvarh', reactive.ratePerKvarh);
    for (const levy of tariff.levies) push('levy', levy.name, kWh, 'kWh', levy.perKwh);
    return lines;
  }
}

interface EnergyAmount {
  readonly band: string;
  readonly rate: number | null;
  quantity: Money;
  amount: Money | null;
}

/** Sum of the lines of one part, or of all. */
export function sumOf(lines: readonly BillLine[], part: BillPart | null = null): Money {
  return lines.reduce(
    (sum, line) => (part === null || line.part === part ? sum.plus(line.amount ?? 0) : sum),
    new Money(0),
  );
}
