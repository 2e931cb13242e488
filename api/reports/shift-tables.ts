import { localeFor } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { nameIn } from '#shared/plant/translations.ts';
import {
  type ReportCell,
  type ReportChart,
  type ReportColumn,
  type ReportFigure,
  type ReportTable,
  textColumn,
} from '#shared/report/model.ts';
import { currencyDigits } from '#shared/report/rounding.ts';
import { type Say, sayIn } from '#shared/report/words/words.ts';
import { DAY } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { answerStops } from '../kpi/machine-questions.ts';
import type { ReportDeps } from './deps.ts';
import { type KpiItemAnswer, kpiColumns } from './kpi-columns.ts';
import type { ReportQuestion } from './question.ts';
import { breakdownTitle } from './words.ts';

/** Stops are judged one by one; beyond this the list is asked for in parts. */
export const MAX_STOP_DAYS = 62;

const minutes = (say: Say): ReportColumn => ({
  id: 'minutes',
  name: say('column.minutes'),
  kind: 'number',
  unit: 'min',
  digits: 1,
});
const share = (say: Say): ReportColumn => ({
  id: 'share',
  name: say('column.share'),
  kind: 'ratio',
  unit: null,
  digits: 1,
});

/** Where the time of the window went: the rows add up to all of it. */
export function lossTable({ seconds: s }: KpiItemAnswer, say: Say): ReportTable {
  const rows: [string, number][] = [
    [say('column.running'), s.run - s.smallStop],
    [say('column.minorStops'), s.smallStop],
    [say('column.unplannedStops'), s.unplannedStop],
    [say('column.plannedStops'), s.plannedStop],
    [say('column.noData'), s.unknown],
    [say('category.scheduleLoss'), s.scheduleLoss],
    [say('time.breaks'), s.break],
    [say('category.offShift'), s.offShift],
  ];
  return {
    id: 'time',
    title: say('time.title'),
    note: null,
    columns: [textColumn('category', say('column.time')), minutes(say), share(say)],
    rows: rows.map(([name, seconds]) => [name, seconds / 60, s.all > 0 ? seconds / s.all : null]),
    total: [say('time.all'), s.all / 60, s.all > 0 ? 1 : null],
  };
}

/** Stops by reason, the longest first, and how much of the stop time somebody or something explained. */
export async function reasonTable(
  { kpi }: ReportDeps,
  { plant, scope, from, until, asOf, language }: ReportQuestion,
): Promise<{ readonly table: ReportTable; readonly explained: number | null } | null> {
  if (until - from > MAX_STOP_DAYS * DAY) return null;
  const say = sayIn(language);
  const window = { from, to: until, ...(asOf !== undefined && { asOf }) };
  const { items } = await answerStops(plant, kpi.windows, { ...window, scope }, null);
  const byReason = new Map<string, { seconds: number; count: number }>();
  let all = 0;
  let open = 0;
  for (const { reasonName, seconds, unexplained, category } of items) {
    if (category === 'smallStop') continue;
    const name = reasonName === null ? say('noReason') : nameIn(plant, language, reasonName);
    const held = byReason.get(name) ?? { seconds: 0, count: 0 };
    byReason.set(name, { seconds: held.seconds + seconds, count: held.count + 1 });
    all += seconds;
    if (unexplained) open += seconds;
  }
  const sorted = [...byReason].sort((a, b) => b[1].seconds - a[1].seconds);
  const count = sorted.reduce((sum, [, of]) => sum + of.count, 0);
  return {
    explained: all > 0 ? 1 - open / all : null,
    table: {
      id: 'reasons',
      title: say('reasons.title'),
      note: say('reasons.note'),
      columns: [
        textColumn('reason', say('column.reason')),
        minutes(say),
        { id: 'count', name: say('column.stops'), kind: 'number', unit: null, digits: 0 },
        share(say),
      ],
      rows: sorted.map(([name, of]) => [name, of.seconds / 60, of.count, all > 0 ? of.seconds / all : null]),
      total: [say('total'), all / 60, count, all > 0 ? 1 : null],
    },
  };
}

export async function machineTable(
  { kpi }: ReportDeps,
  { plant, scope, from, until, asOf, now, language }: ReportQuestion,
): Promise<ReportTable> {
  const shape = kpiColumns(plant, ['machine'], false, language);
  const window = { from, to: until, ...(asOf !== undefined && { asOf }), scope, now };
  const items = await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, by: ['machine'] });
  const order = new Map(scope.machines.map((id, i) => [`machine:${id}`, i]));
  const sorted = items.toSorted((a, b) => (order.get(a.scope) ?? 0) - (order.get(b.scope) ?? 0));
  return {
    id: 'by-machine',
    title: breakdownTitle('oee', ['machine'], language),
    note: null,
    columns: shape.columns,
    rows: sorted.map((item) => shape.row(item, null)),
    total: null,
  };
}

export interface OeePoint {
  readonly start: string;
  readonly shift: string | null;
  readonly oee: number | null;
}

const MAX_POINTS = 400;

/** OEE per group, as far as a page holds it. */
export function oeeChart({ plant, scope, by, language }: ReportQuestion, points: readonly OeePoint[]): ReportChart[] {
  if (points.length < 2 || points.length > MAX_POINTS) return [];
  const { timezone } = plant.site;
  const say = sayIn(language);
  const locale = localeFor(language, plant.site.locale);
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: timezone });
  const targets = scope.machines.map((id) => plant.machines.get(id)?.targetOee?.at(-1)?.value ?? null);
  const [target = null] = targets;
  const same = target !== null && targets.every((t) => t === target);
  return [
    {
      id: 'oee',
      title: say('column.oee'),
      form: 'line',
      unit: '%',
      labels: points.map(({ start, shift }) => {
        const t = Date.parse(start);
        if (by.includes('hour')) return clockLabel(timezone, t);
        return shift === null ? day.format(t) : `${day.format(t)} ${nameIn(plant, language, shift)}`;
      }),
      series: [{ name: say('column.oee'), values: points.map(({ oee }) => (oee === null ? null : oee * 100)) }],
      level: same ? { name: say('column.target'), value: target * 100 } : null,
    },
  ];
}

export function shiftFigures(
  plant: Plant,
  { kpi, counts, targetCount, coverage }: KpiItemAnswer,
  kWh: number | null,
  cost: ReportCell,
  explained: number | null,
  say: Say,
): ReportFigure[] {
  const { currency } = plant.site;
  const ratio = (id: string, name: string, value: number | null, note: string | null = null): ReportFigure => ({
    id,
    name,
    kind: 'ratio',
    unit: null,
    digits: 1,
    value,
    note,
  });
  const number = (id: string, name: string, unit: string | null, digits: number, value: ReportCell): ReportFigure => ({
    id,
    name,
    kind: 'number',
    unit,
    digits,
    value,
    note: null,
  });
  const good = counts.good + counts.unscheduledGood;
  return [
    ratio('oee', say('column.oee'), kpi.oee),
    ratio('availability', say('column.availability'), kpi.availability),
    ratio(
      'performance',
      say('column.performance'),
      kpi.performance,
      (kpi.performance ?? 0) > 1 ? say('figure.idealWrong') : null,
    ),
    ratio('quality', say('column.quality'), kpi.quality),
    number('good', say('figure.goodPieces'), null, 0, counts.good),
    number('target', say('column.target'), null, 0, targetCount),
    number('reject', say('figure.rejects'), null, 0, counts.reject),
    ...(kWh === null ? [] : [number('kWh', say('column.energy'), 'kWh', 1, kWh)]),
    ...(cost === null
      ? []
      : [
          {
            ...number('cost', say('column.energyCost'), currency, currencyDigits(currency), cost),
            kind: 'money',
          } as const,
        ]),
    ...(kWh === null || good <= 0 ? [] : [number('kWhPerGood', say('column.perGood'), 'kWh', 4, kWh / good)]),
    ...(explained === null ? [] : [ratio('explained', say('figure.explained'), explained)]),
    ratio('coverage', say('column.known'), coverage, say('figure.ofPeriod')),
  ];
}
