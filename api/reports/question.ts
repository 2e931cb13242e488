import { ENERGY_BY, type EnergyBy, KPI_BY, type KpiBy, MAX_WINDOW_DAYS, PERIODS } from '#shared/contract/rest.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ReportName } from '#shared/report/model.ts';
import { type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import { dayBounds, monthBounds } from '#shared/time/periods.ts';
import { addDays, localMidnight } from '#shared/time/zone.ts';
import { onePeriod } from '../kpi/kpi-question.ts';
import { badRequest } from '../problem.ts';
import { requireScope, type Scope } from '../scope.ts';

/** What a report is asked for, as a query or a command gives it. */
export interface ReportAsked {
  readonly scope?: string | undefined;
  /** An instant with offset, or a local date: its midnight. */
  readonly from?: string | undefined;
  /** Exclusive; a local date is its midnight too. */
  readonly to?: string | undefined;
  readonly by?: readonly string[] | undefined;
  readonly asOf?: string | undefined;
}

export interface ReportQuestion {
  readonly name: ReportName;
  readonly plant: Plant;
  readonly scope: Scope;
  readonly from: Instant;
  readonly to: Instant;
  /** Where knowledge ends: `to`, or now where the window is not over. */
  readonly until: Instant;
  readonly by: readonly string[];
  readonly asOf: Instant | undefined;
  readonly now: Instant;
}

const DEFAULT_BY: Readonly<Record<ReportName, readonly string[]>> = {
  tariff: ['shift', 'band'],
  energy: ['shift', 'band'],
  shift: ['shift'],
  oee: ['day'],
  stops: [],
};

/**
 * Reads what was asked. Without a window: the last whole month of energy, the last seven whole days of the others.
 * @throws Problem 400 or 404 with one sentence.
 */
export function reportQuestion(
  name: ReportName,
  plant: Plant,
  asked: ReportAsked,
  now: Instant,
  /** Where live knowledge ends for now. */
  knownTo: Instant = now,
): ReportQuestion {
  const scope = requireScope(plant, asked.scope ?? 'site');
  const ofEnergy = name === 'tariff' || name === 'energy';
  if (!ofEnergy && scope.machines.length === 0) {
    throw badRequest(
      plant.machines.size === 0
        ? `this plant has meters alone; ask for the report tariff or energy`
        : `a ${name} report is of machines; ask for site, area:ID, line:ID or machine:ID, or for the report energy`,
    );
  }
  const zone = plant.site.timezone;
  const [from, to] = windowOf(zone, asked, ofEnergy, now);
  if (from >= to) throw badRequest(`from (${toIso(from)}) must be before to (${toIso(to)})`);
  if (to - from > MAX_WINDOW_DAYS * 86_400_000) {
    throw badRequest(`one report may span ${MAX_WINDOW_DAYS} days at most; ask for two`);
  }
  const asOf = asked.asOf === undefined ? undefined : instantOf(zone, 'asOf', asked.asOf);
  const until = Math.min(to, knownTo, asOf ?? Number.POSITIVE_INFINITY);
  if (until <= from)
    throw badRequest(`the period begins at ${toIso(from)}, which is not over yet; nothing is known of it`);
  return { name, plant, scope, from, to, until, by: readBy(name, asked.by), asOf, now };
}

function windowOf(zone: string, asked: ReportAsked, ofEnergy: boolean, now: Instant): [Instant, Instant] {
  const given = {
    from: asked.from === undefined ? null : instantOf(zone, 'from', asked.from),
    to: asked.to === undefined ? null : instantOf(zone, 'to', asked.to),
  };
  if (given.from !== null && given.to !== null) return [given.from, given.to];
  if (given.from !== null) return [given.from, Math.ceil(now / MINUTE) * MINUTE];
  const end = given.to ?? (ofEnergy ? monthBounds(zone, now).start : dayBounds(zone, now).start);
  if (ofEnergy) return [monthBounds(zone, end - 1).start, end];
  const date = Temporal.Instant.fromEpochMilliseconds(end).toZonedDateTimeISO(zone).toPlainDate().toString();
  return [localMidnight(zone, addDays(date, -7)), end];
}

function instantOf(zone: string, name: string, text: string): Instant {
  const wrong = (): never => {
    throw badRequest(
      `${name} "${text}" is no instant with offset (2026-06-01T06:00:00+01:00) and no date (2026-06-01); write one`,
    );
  };
  let t: number;
  try {
    t = /^\d{4}-\d{2}-\d{2}$/.test(text)
      ? localMidnight(zone, Temporal.PlainDate.from(text).toString())
      : Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return wrong();
  }
  if (name === 'asOf' || t % MINUTE === 0) return t;
  const nearest = toIso(Math.round(t / MINUTE) * MINUTE);
  throw badRequest(`${name} must be a whole minute; the nearest to ${text} is ${nearest}`, { nearest });
}

function readBy(name: ReportName, by: readonly string[] | undefined): readonly string[] {
  const list = by === undefined || by.length === 0 ? DEFAULT_BY[name] : [...new Set(by)];
  if (name === 'stops') {
    if (by !== undefined && by.length > 0) throw badRequest('a stops report is a list of stops; it takes no by');
    return [];
  }
  const known: readonly string[] = name === 'tariff' || name === 'energy' ? ENERGY_BY : KPI_BY;
  const strange = list.find((part) => !known.includes(part));
  if (strange !== undefined) {
    throw badRequest(`a ${name} report is not broken down by ${strange}; by takes ${known.join(', ')}`);
  }
  if (list.includes('interval') && PERIODS.some((p) => list.includes(p))) {
    throw badRequest('by takes interval or another period, not both');
  }
  onePeriod(list);
  return list;
}

export const energyBy = (by: readonly string[]): EnergyBy[] => ENERGY_BY.filter((b) => by.includes(b));
export const kpiBy = (by: readonly string[]): KpiBy[] => KPI_BY.filter((b) => by.includes(b));
