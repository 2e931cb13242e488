import type { BillAnswer } from '#shared/contract/energy-answers.ts';
import { roundedBill } from '#shared/energy/bill-text.ts';
import { priceVersions, ratchetStart, type VersionedBill } from '#shared/energy/bill-versions.ts';
import { EnergyError } from '#shared/energy/energy-error.ts';
import type { LoadRow } from '#shared/energy/load.ts';
import { tariffFor } from '#shared/energy/scope.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import { type Instant, type Span, toIso } from '#shared/time/instant.ts';
import { intervalBounds } from '#shared/time/periods.ts';
import { findingAnswers } from '../kpi/answers.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import type { KpiService } from '../kpi/service.ts';
import { badRequest, notFound } from '../problem.ts';
import { loadRows } from './load.ts';

export interface BillQuestion {
  readonly tariff: string;
  /** Whose load; null: the tariff's own meter. */
  readonly meter: string | null;
  readonly from: Instant;
  readonly to: Instant;
  readonly asOf?: Instant;
  /** A period that still runs ends with the last interval that is over. */
  readonly now: Instant;
}

export interface PricedBill {
  readonly answer: BillAnswer;
  readonly exact: VersionedBill;
  readonly versions: readonly Tariff[];
  readonly meter: string;
  /** The rows of each interval length that were priced. */
  readonly rowsOf: (tariff: Tariff) => readonly LoadRow[];
  readonly period: Span;
}

/** Minor units of the site's currency: 2 for GBP, 0 for JPY. */
export function moneyDigits(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** One billing period of a contract, priced from what the meter read. @throws Problem 400 or 404 in words. */
export async function billOf(plant: Plant, kpi: KpiService, question: BillQuestion): Promise<PricedBill> {
  const versions = versionsOf(plant, question.tariff);
  const meter = meterOf(plant, question.meter, versions);
  const { from, asOf } = question;
  const to = settledBy(versions, question);
  const loads = new Map<string, LoadRow[]>();
  for (const tariff of versions) {
    const key = keyOf(tariff);
    if (loads.has(key)) continue;
    const window = { from: alignedStart(versions, from), to, ...(asOf !== undefined && { asOf }) };
    loads.set(key, await loadRows(plant, kpi, meter, tariff, window));
  }
  const rowsOf = (tariff: Tariff): readonly LoadRow[] => loads.get(keyOf(tariff)) ?? [];
  return priced(plant, { question, versions, meter, rowsOf, period: { start: from, end: to } });
}

/** Prices rows that are at hand, for what-if and for tries at explaining a supplier's bill. */
export function priced(
  plant: Plant,
  given: Omit<PricedBill, 'answer' | 'exact'> & { readonly question: Pick<BillQuestion, 'tariff'> },
): PricedBill {
  const { versions, meter, rowsOf, period, question } = given;
  let exact: VersionedBill;
  try {
    exact = priceVersions(versions, rowsOf, period);
  } catch (error) {
    if (error instanceof EnergyError) throw badRequest(error.message);
    throw error;
  }
  return {
    answer: answerOf(plant, question.tariff, meter, exact, rowsOf, versions),
    exact,
    versions,
    meter,
    rowsOf,
    period,
  };
}

function settledBy(versions: readonly Tariff[], { from, to, now }: BillQuestion): Instant {
  const last = versions.at(-1);
  if (!last || to <= now) return to;
  const settled = intervalBounds(last.timezone, now, last.intervalMinutes).start;
  if (settled > from) return settled;
  throw badRequest('nothing of that period is settled yet; ask for an earlier one');
}

function keyOf(tariff: Tariff): string {
  return `${tariff.timezone} ${tariff.intervalMinutes}`;
}

/** Ratchets look back; a load that does not reach is a finding of the bill. */
function alignedStart(versions: readonly Tariff[], from: Instant): Instant {
  return Math.min(from, ratchetStart(versions, from));
}

export function versionsOf(plant: Plant, id: string): readonly Tariff[] {
  const versions = plant.tariffs.get(id)?.map(({ value }) => value);
  if (versions) return versions;
  const known = [...plant.tariffs.keys()].slice(0, 20).join(', ');
  throw notFound(`This plant has no tariff "${id}". It has ${known || 'none; add tariffs to the plant file'}.`);
}

function meterOf(plant: Plant, asked: string | null, versions: readonly Tariff[]): string {
  if (asked !== null) {
    if (plant.meters.has(asked)) return asked;
    throw notFound(`This plant has no meter "${asked}"; /api/v1/plant lists them.`);
  }
  const own = versions.findLast((tariff) => tariff.meter !== null)?.meter ?? rootMeters(plant)[0];
  if (own !== undefined && own !== null) return own;
  throw badRequest('this tariff has no meter of its own; add meter=ID to price the load of one');
}

/** The tariff in force for a meter, for who asks without naming one. */
export function tariffIdOf(plant: Plant, meter: string, at: Instant): string | null {
  return tariffFor(plant, meter, at)?.id ?? null;
}

function answerOf(
  plant: Plant,
  tariff: string,
  meter: string,
  exact: VersionedBill,
  rowsOf: (tariff: Tariff) => readonly LoadRow[],
  versions: readonly Tariff[],
): BillAnswer {
  const { currency } = plant.site;
  const bill = roundedBill(exact, moneyDigits(currency));
  const from = Date.parse(exact.from);
  const last = versions.at(-1);
  const rows = (last ? rowsOf(last) : []).filter((row) => row.start >= from);
  const complete = rows.filter((row) => row.complete !== false && row.kWh !== null).length;
  return {
    tariff,
    meter,
    currency,
    window: { start: toIso(from), end: exact.to },
    plantHash: plant.hash,
    versions: [...exact.versions],
    lines: bill.lines.map((line, i) => ({ ...line, exact: exact.lines[i]?.amount ?? null })),
    energy: bill.energy,
    demand: bill.demand,
    total: bill.total,
    kWh: rows.reduce((sum, row) => sum + (row.kWh ?? 0), 0),
    coverage: rows.length > 0 ? complete / rows.length : null,
    findings: findingAnswers(exact.findings),
  };
}
