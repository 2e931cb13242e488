import { ENERGY_BY, type EnergyBy, KPI_BY, type KpiBy, MAX_WINDOW_DAYS, PERIODS } from '#shared/contract/rest.ts';
import { type Language, languageOf } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ReportName } from '#shared/report/model.ts';
import { type Instant, MINUTE, type Span, toIso } from '#shared/time/instant.ts';
import { dayBounds, monthBounds, weekBounds } from '#shared/time/periods.ts';
import { addDays, localDate, localMidnight } from '#shared/time/zone.ts';
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
  /** Instead of `to`: the last local date that belongs to it. */
  readonly through?: string | undefined;
  /** Instead of all of them: a period of the local calendar in words. */
  readonly period?: ReportPeriod | undefined;
  readonly by?: readonly string[] | undefined;
  readonly asOf?: string | undefined;
  /** Default: the site's, where reports speak it, else English. */
  readonly language?: Language | undefined;
}

export const REPORT_PERIODS = [
  'today',
  'yesterday',
  'last7Days',
  'thisWeek',
  'lastWeek',
  'thisMonth',
  'lastMonth',
  'thisYear',
] as const;
export type ReportPeriod = (typeof REPORT_PERIODS)[number];

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
  readonly language: Language;
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
  const language = asked.language ?? languageOf(plant.site.locale) ?? 'en';
  return { name, plant, scope, from, to, until, by: readBy(name, asked.by), asOf, now, language };
}

function windowOf(zone: string, asked: ReportAsked, ofEnergy: boolean, now: Instant): [Instant, Instant] {
  if (asked.period !== undefined) {
    if (asked.from !== undefined || asked.to !== undefined || asked.through !== undefined) {
      throw badRequest('period stands instead of from and to; leave one of the two out');
    }
    return namedPeriod(zone, asked.period, now);
  }
  if (asked.to !== undefined && asked.through !== undefined) {
    throw badRequest('through stands instead of to; leave one of the two out');
  }
  const end = asked.through === undefined ? asked.to : dayAfter(asked.through);
  const given = {
    from: asked.from === undefined ? null : instantOf(zone, 'from', asked.from),
    to: end === undefined ? null : instantOf(zone, asked.through === undefined ? 'to' : 'through', end),
  };
  if (given.from !== null && given.to !== null) return [given.from, given.to];
  if (given.from !== null) return [given.from, Math.ceil(now / MINUTE) * MINUTE];
  const last = given.to ?? (ofEnergy ? monthBounds(zone, now).start : dayBounds(zone, now).start);
  if (ofEnergy) return [monthBounds(zone, last - 1).start, last];
  return [localMidnight(zone, addDays(localDate(zone, last), -7)), last];
}

/** The day after a local date; what is no date is left as it is, to be refused by name. */
function dayAfter(date: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date)) ? addDays(date, 1) : date;
}

function namedPeriod(zone: string, period: ReportPeriod, now: Instant): [Instant, Instant] {
  const day = dayBounds(zone, now);
  const week = weekBounds(zone, now);
  const month = monthBounds(zone, now);
  const whole = ({ start, end }: Span): [Instant, Instant] => [start, end];
  switch (period) {
    case 'today':
      return whole(day);
    case 'yesterday':
      return whole(dayBounds(zone, day.start - 1));
    case 'last7Days':
      return [localMidnight(zone, addDays(localDate(zone, now), -7)), day.start];
    case 'thisWeek':
      return whole(week);
    case 'lastWeek':
      return whole(weekBounds(zone, week.start - 1));
    case 'thisMonth':
      return whole(month);
    case 'lastMonth':
      return whole(monthBounds(zone, month.start - 1));
    case 'thisYear':
      return [localMidnight(zone, `${localDate(zone, now).slice(0, 4)}-01-01`), day.end];
  }
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
