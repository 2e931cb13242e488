import type { Finding } from '../oee/judged.ts';
import type { Tariff } from '../plant/model.ts';
import { type Instant, type Span, toIso } from '../time/instant.ts';
import { isAnnual, yearBounds } from './annual-peak.ts';
import { type Bill, type BillLine, type BillPeriod, type BillResult, createBill, sumOf } from './bill.ts';
import { EnergyError } from './energy-error.ts';
import type { LoadRow } from './load.ts';
import { Money } from './money.ts';
import { tariffReigns } from './scope.ts';
import { localDays, monthsBefore } from './settlement.ts';

/*
 * One billing period in which a contract changed: several versions of a tariff.
 *
 * - Energy, fixed, capacity, reactive charges and levies are those of the version in force at the time.
 * - Demand has one metered maximum in the period. Each version prices it, with its own windows, for its share of the days.
 * - Tax is worked out on the lines of its version. One version alone gives the very bill of `createBill`.
 */

export interface VersionedBillLine extends BillLine {
  /** `validFrom` of the version that priced it. */
  readonly version: string;
}

export interface VersionedBill extends Omit<BillResult, 'lines'> {
  readonly lines: readonly VersionedBillLine[];
  /** Versions in force, with the part of the period that each prices, ISO 8601 UTC. */
  readonly versions: readonly { readonly validFrom: string; readonly from: string; readonly to: string }[];
}

export interface PartOfPeriod extends Span {
  readonly tariff: Tariff;
}

/** The versions in force over a period. Time before the first one has none, and is not billed: a finding tells. */
export function partsOfPeriod(versions: readonly Tariff[], period: Span): PartOfPeriod[] {
  return tariffReigns(versions).flatMap(({ start, end, tariff }) => {
    const own = { start: Math.max(start, period.start), end: Math.min(end, period.end) };
    return own.start < own.end ? [{ ...own, tariff }] : [];
  });
}

/** Earliest row that the ratchets of these versions look at, or the start of the year whose maximum they bill. */
export function ratchetStart(versions: readonly Tariff[], from: Instant): Instant {
  const months = Math.max(0, ...versions.flatMap((tariff) => tariff.demand.map((d) => d.ratchet?.months ?? 0)));
  const [first] = versions;
  if (!first) return from;
  const back = months === 0 ? from : monthsBefore(first.timezone, from, months);
  return versions.some(isAnnual) ? Math.min(back, yearBounds(first.timezone, from).start) : back;
}

/**
 * Prices a load with the versions of one tariff over a period. `rowsOf` gives the rows in the settlement intervals of a
 * version, in order, from `ratchetStart` on. Throws EnergyError where no version is in force.
 */
export function priceVersions(
  versions: readonly Tariff[],
  rowsOf: (tariff: Tariff) => Iterable<LoadRow>,
  period: Span,
): VersionedBill {
  const parts = partsOfPeriod(versions, period);
  const priced = parts.map((part) => {
    const own = createBill(part.tariff, { from: part.start, to: part.end });
    const whole = parts.length === 1 ? null : createBill(part.tariff, { from: period.start, to: period.end });
    for (const row of rowsOf(part.tariff)) {
      own.add(row);
      whole?.add(row);
    }
    return { part, own: own.finish(), whole: whole?.finish() ?? null };
  });
  return joined(priced, period);
}

/** The same row by row, for loads of any length; the versions share one interval. */
export function createVersionedBill(versions: readonly Tariff[], period: BillPeriod = {}): Bill<VersionedBill> {
  const [first] = versions;
  const other = versions.find((tariff) => tariff.intervalMinutes !== first?.intervalMinutes);
  if (!first || other) {
    throw new EnergyError(
      'period',
      `versions of a tariff that price one load have one interval; ${first?.intervalMinutes} and ${other?.intervalMinutes} minutes differ`,
    );
  }
  let open: { part: PartOfPeriod; own: Bill<BillResult>; whole: Bill<BillResult> | null }[] | null = null;
  let begun: Span = { start: period.from ?? 0, end: period.to ?? 0 };
  const begin = (from: Instant): NonNullable<typeof open> => {
    const until = period.to ?? Number.POSITIVE_INFINITY;
    begun = { start: from, end: until };
    const parts = partsOfPeriod(versions, begun);
    return parts.map((part) => {
      const to = Number.isFinite(part.end) ? { to: part.end } : {};
      const whole = parts.length === 1 ? null : createBill(part.tariff, { ...period, from });
      return { part, own: createBill(part.tariff, { from: part.start, ...to }), whole };
    });
  };
  return {
    add(row) {
      open ??= begin(period.from ?? row.start);
      for (const { own, whole } of open) {
        own.add(row);
        whole?.add(row);
      }
    },
    finish() {
      if (!open) throw new EnergyError('empty', 'the load has no rows: give the header and one row an interval');
      const wholes = open.map(({ whole }) => whole?.finish() ?? null);
      const reached = wholes[0] ? Date.parse(wholes[0].to) : Number.POSITIVE_INFINITY;
      const priced = open.flatMap(({ part, own }, i) => {
        if (part.start >= reached) return [];
        const result = own.finish();
        return [{ part: { ...part, end: Date.parse(result.to) }, own: result, whole: wholes[i] ?? null }];
      });
      const end = Math.max(begun.start, ...priced.map(({ part }) => part.end));
      return joined(priced, { start: begun.start, end });
    },
  };
}

interface PricedPart {
  readonly part: PartOfPeriod;
  readonly own: BillResult;
  /** The whole period with this version: where its demand comes from. Null where it is the only one. */
  readonly whole: BillResult | null;
}

function joined(priced: readonly PricedPart[], period: Span): VersionedBill {
  const [first] = priced;
  if (!first) {
    throw new EnergyError(
      'period',
      `no version of the tariff is in force between ${toIso(period.start)} and ${toIso(period.end)}; give one with an earlier validFrom`,
    );
  }
  const findings: Finding[] = [];
  const lines = priced.flatMap(({ part, own, whole }) => {
    const of = whole ?? own;
    findings.push(...own.findings.filter((f) => !ofPeriod(f)), ...of.findings.filter(ofPeriod));
    const version = part.tariff.validFrom;
    if (!whole) return own.lines.map((line) => ({ ...line, version }));
    return linesOfPart(part, own, whole, period).map((line) => ({ ...line, version }));
  });
  if (first.part.start > period.start) {
    const id = `tariffMissing:${period.start}`;
    const message = `no version of the tariff is in force from ${toIso(period.start)} to ${toIso(first.part.start)}: that time is not billed`;
    findings.push({ id, code: 'tariffMissing', scope: null, t: period.start, message });
  }
  return {
    from: toIso(period.start),
    to: toIso(period.end),
    versions: priced.map(({ part }) => ({
      validFrom: part.tariff.validFrom,
      from: toIso(part.start),
      to: toIso(part.end),
    })),
    lines,
    energy: sumOf(lines, 'energy').toNumber(),
    demand: sumOf(lines, 'demand').toNumber(),
    total: sumOf(lines).toNumber(),
    findings: [...new Map(findings.map((f) => [f.id, f])).values()],
  };
}

/** Findings that are of the period as a whole, not of a part. */
function ofPeriod({ code }: Finding): boolean {
  return code === 'ratchetShort' || code === 'utilisationPeriod' || code === 'yearShort';
}

function linesOfPart(part: PartOfPeriod, own: BillResult, whole: BillResult, period: Span): BillLine[] {
  const { tariff } = part;
  const days = localDays(tariff.timezone, part.start, part.end);
  const share = new Money(days).div(localDays(tariff.timezone, period.start, period.end));
  const told = `for ${Number(days.toFixed(2))} days of the period, at the rates from ${tariff.validFrom}`;
  const demand = whole.lines
    .filter((line) => line.part === 'demand')
    .map((line): BillLine => {
      const rate = line.rate === null ? null : share.times(line.rate).toNumber();
      const amount = line.amount === null ? null : share.times(line.amount).toNumber();
      return { ...line, rate, amount, note: line.note ? `${line.note}; ${told}` : told };
    });
  // A maximum above what is agreed counts for the whole period, on whichever side of the change it fell.
  const excess = whole.lines.filter(isExcess).map((line): BillLine => {
    const quantity = share.times(line.quantity);
    return { ...line, quantity: quantity.toNumber(), amount: quantity.times(line.rate ?? 0).toNumber() };
  });
  const rest = own.lines.filter((line) => line.part !== 'demand' && line.part !== 'tax' && !isExcess(line));
  const [energy, standing] = [rest.filter(isEnergy), rest.filter((line) => !isEnergy(line))];
  const lines = [
    ...energy,
    ...demand,
    ...standing.filter(isCapacity),
    ...excess,
    ...standing.filter((l) => !isCapacity(l)),
  ];
  if (tariff.taxPercent === 0) return lines;
  const base = sumOf(lines);
  const percent = tariff.taxPercent;
  const amount = base.times(percent).div(100).toNumber();
  return [...lines, { part: 'tax', name: 'tax', quantity: percent, unit: '%', rate: base.div(100).toNumber(), amount }];
}

function isCapacity(line: BillLine): boolean {
  return line.part === 'capacity';
}

function isExcess(line: BillLine): boolean {
  return line.part === 'capacity' && line.name === 'capacity excess';
}

function isEnergy(line: BillLine): boolean {
  return line.part === 'energy';
}
