import type { BillReplayAnswer, BillReplayBody } from '#shared/contract/energy-answers.ts';
import {
  type Alternative,
  type OurLine,
  type ReplayLine,
  replayBill,
  type TheirLine,
} from '#shared/energy/bill-replay.ts';
import { intervalEnd, type LoadRow } from '#shared/energy/load.ts';
import type { Plant, Tariff, Weekday } from '#shared/plant/model.ts';
import { DAY, HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { KpiService } from '../kpi/service.ts';
import { Problem } from '../problem.ts';
import { billOf, moneyDigits, type PricedBill, priced } from './bill.ts';
import { loadRows } from './load.ts';
import { dateLabel } from './period.ts';

/** How many of the highest blocks are looked at for a supplier's peak. */
const BLOCKS = 50;

/** Recomputes a supplier's bill from our readings and explains each difference by other calculations of the same readings. */
export async function replayedBill(
  plant: Plant,
  kpi: KpiService,
  body: BillReplayBody,
  now: Instant,
): Promise<BillReplayAnswer> {
  const [from, to] = [Date.parse(body.from), Date.parse(body.to)];
  const question = { tariff: body.tariff, meter: body.meter ?? null, from, to, now };
  const ours = await billOf(plant, kpi, question);
  // A day more on either side, for bills whose days are others.
  const wide = await billRows(plant, kpi, ours, from - DAY, to + DAY);
  const theirs: TheirLine[] = body.lines.map((line) => ({
    name: line.name,
    quantity: line.quantity ?? null,
    unit: line.unit ?? null,
    rate: line.rate ?? null,
    amount: line.amount ?? null,
  }));
  const { exact, answer } = ours;
  const tariff = ours.versions.at(-1) as Tariff;
  const rows = ours.rowsOf(tariff).filter((row) => row.start >= from && row.start < to);
  const allSeconds = (to - from) / 1000;
  const minutes = tariff.intervalMinutes;
  const missing = rows.filter((row) => row.kWh === null || row.complete === false).length * minutes * 60;
  const lines = replayBill({
    ours: merged(answer.lines),
    theirs,
    alternatives: alternativesOf(plant, ours, wide, body.tariff),
    missingSeconds: missing,
    allSeconds,
    blocks: highest(plant, tariff, rows),
    digits: moneyDigits(plant.site.currency),
  });
  const given = theirs.every((line) => line.amount !== null);
  const sum = theirs.reduce((all, line) => all + (line.amount ?? 0), 0);
  const total = body.total ?? (given ? sum : null);
  const unexplained = lines.filter((line) => !line.isExplained).reduce((all, line) => all + (line.difference ?? 0), 0);
  return {
    bill: answer,
    lines: lines.map((line) => ({
      ...line,
      because: [...line.because],
      ours: side(line.ours),
      theirs: side(line.theirs),
    })),
    ours: exact.lines.length === 0 ? 0 : answer.total,
    theirs: total,
    difference: total === null ? null : tidy(total - answer.total),
    unexplained: total === null ? null : tidy(unexplained),
  };
}

function side(line: ReplayLine['ours'] | ReplayLine['theirs']): BillReplayAnswer['lines'][number]['ours'] {
  return line && { quantity: line.quantity, unit: line.unit, rate: line.rate, amount: line.amount };
}

/** A bill that a change of contract cut in two prints one line per name. */
function merged(lines: readonly OurLine[]): OurLine[] {
  const found = new Map<string, OurLine>();
  for (const { part, name, quantity, unit, rate, amount } of lines) {
    const key = `${part} ${name}`;
    const before = found.get(key);
    const isPeak = part === 'demand' || part === 'tax';
    found.set(key, {
      part,
      name,
      unit,
      quantity: before && !isPeak ? before.quantity + quantity : quantity,
      rate: before && before.rate !== rate ? null : rate,
      amount: before?.amount != null && amount !== null ? tidy(before.amount + amount) : amount,
    });
  }
  return [...found.values()];
}

async function billRows(plant: Plant, kpi: KpiService, bill: PricedBill, from: Instant, to: Instant) {
  const found = new Map<string, readonly LoadRow[]>();
  for (const tariff of bill.versions) {
    found.set(tariff.validFrom, await loadRows(plant, kpi, bill.meter, tariff, { from, to }));
  }
  return found;
}

/** Mistakes that suppliers, meters and plant files are known to make, each calculated. */
function alternativesOf(
  plant: Plant,
  ours: PricedBill,
  wide: ReadonlyMap<string, readonly LoadRow[]>,
  id: string,
): Alternative[] {
  const { period, versions } = ours;
  const wideRows = (tariff: Tariff): readonly LoadRow[] => wide.get(tariff.validFrom) ?? [];
  const ownRows = ({ validFrom }: Tariff): readonly LoadRow[] => {
    const version = versions.find((tariff) => tariff.validFrom === validFrom);
    return version ? ours.rowsOf(version) : [];
  };
  const found: Alternative[] = [];
  const attempt = (
    when: string,
    change: (tariff: Tariff) => Tariff,
    rowsOf: (tariff: Tariff) => readonly LoadRow[],
    own = period,
  ): void => {
    try {
      const bill = priced(plant, {
        ...ours,
        question: { tariff: id },
        versions: versions.map(change),
        rowsOf,
        period: own,
      });
      found.push({ when, lines: merged(bill.answer.lines) });
    } catch (error) {
      // A try that cannot be priced (an edge that is no interval of that clock) explains nothing.
      if (!(error instanceof Problem)) throw error;
    }
  };
  const same = (tariff: Tariff): Tariff => tariff;
  const [first] = versions;
  if (!first) return [];
  const onStandardTime = (tariff: Tariff): Tariff => ({
    ...tariff,
    timezone: standardZone(tariff.timezone, period.start),
  });
  attempt('where bands follow the clock without summer time', onStandardTime, ownRows);
  attempt('where bands follow UTC', (tariff) => ({ ...tariff, timezone: 'UTC' }), ownRows);
  const step = first.intervalMinutes * MINUTE;
  attempt(
    `where the time of an interval is its end, not its start (all ${first.intervalMinutes} minutes earlier)`,
    same,
    (tariff) => wideRows(tariff).map((row) => ({ ...row, start: row.start - step })),
  );
  attempt('where the readings are an hour later', same, (tariff) =>
    wideRows(tariff).map((row) => ({ ...row, start: row.start + HOUR })),
  );
  const holidays =
    (treatAs: Weekday | null) =>
    (tariff: Tariff): Tariff => ({
      ...tariff,
      holidays: { dates: tariff.holidays.dates, treatAs },
    });
  if (versions.some((tariff) => tariff.holidays.dates.length > 0)) {
    attempt('where holidays are ordinary weekdays', holidays(null), ownRows);
    attempt('where holidays count as Sundays', holidays('sun'), ownRows);
  }
  for (const [when, start, end] of [
    ['where the bill has a day more at its end', 0, 1],
    ['where the bill has a day less at its end', 0, -1],
    ['where the bill begins a day earlier', -1, 0],
    ['where the bill begins a day later', 1, 0],
    ['where the bill lies a day later', 1, 1],
    ['where the bill lies a day earlier', -1, -1],
  ] as const) {
    const own = { start: period.start + start * DAY, end: period.end + end * DAY };
    if (own.end > own.start) attempt(when, same, wideRows, own);
  }
  const complete = (tariff: Tariff): readonly LoadRow[] =>
    ownRows(tariff).map((row) => (row.complete === false ? { ...row, complete: true } : row));
  attempt('where intervals that are only partly measured may set the maximum', same, complete);
  attempt('where the maximum is in kVA', withBasis('kVA'), ownRows);
  attempt('where the maximum is in kW', withBasis('kW'), ownRows);
  for (const minutes of [15, 30, 60]) {
    if (minutes <= first.intervalMinutes || minutes % first.intervalMinutes !== 0) continue;
    attempt(
      `where blocks are ${minutes} minutes long`,
      (tariff) => ({ ...tariff, intervalMinutes: minutes }),
      (tariff) => joinedRows(ownRows(tariff), tariff.timezone, minutes),
    );
  }
  return found;
}

const withBasis =
  (basis: 'kW' | 'kVA') =>
  (tariff: Tariff): Tariff => ({
    ...tariff,
    demand: tariff.demand.map((window) => ({ ...window, basis })),
  });

/** A zone of the same winter clock all year: Etc/GMT names have the sign the other way round. */
function standardZone(zone: string, at: Instant): string {
  const year = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).year;
  const offset = (month: number): number =>
    Temporal.PlainDateTime.from({ year, month, day: 15 }).toZonedDateTime(zone).offsetNanoseconds / 3.6e12;
  const hours = Math.min(offset(1), offset(7));
  return Number.isInteger(hours) && hours !== 0 ? `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}` : 'UTC';
}

function joinedRows(rows: readonly LoadRow[], zone: string, minutes: number): LoadRow[] {
  const found: { start: Instant; kWh: number | null; kvarh: number | null; complete: boolean }[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const open = found.at(-1);
    if (!open || row.start >= end) {
      end = intervalEnd(zone, minutes, row.start);
      found.push({ start: row.start, kWh: row.kWh, kvarh: row.kvarh, complete: row.complete !== false });
      continue;
    }
    open.kWh = open.kWh === null || row.kWh === null ? null : open.kWh + row.kWh;
    open.kvarh = open.kvarh === null || row.kvarh === null ? null : open.kvarh + row.kvarh;
    open.complete &&= row.complete !== false;
  }
  return found;
}

function highest(
  plant: Plant,
  tariff: Tariff,
  rows: readonly LoadRow[],
): { label: string; kW: number; kVA: number | null }[] {
  const zone = tariff.timezone;
  const hours = tariff.intervalMinutes / 60;
  return rows
    .filter((row) => row.kWh !== null && row.complete !== false)
    .map((row) => ({
      start: row.start,
      kW: (row.kWh ?? 0) / hours,
      kVA: row.kvarh === null ? null : Math.hypot(row.kWh ?? 0, row.kvarh) / hours,
    }))
    .sort((a, b) => b.kW - a.kW)
    .slice(0, BLOCKS)
    .map(({ start, kW, kVA }) => ({
      label: `${dateLabel(plant, localDate(zone, start))} ${clockLabel(zone, start)}`,
      kW,
      kVA,
    }));
}

function tidy(value: number): number {
  return Number(value.toFixed(6));
}
