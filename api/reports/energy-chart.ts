import { localeFor } from '#shared/language/languages.ts';
import type { ReportChart } from '#shared/report/model.ts';
import { sayIn } from '#shared/report/words/words.ts';
import { DAY } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import type { EnergySum } from './energy-sums.ts';
import type { ReportQuestion } from './question.ts';
import { wordFor } from './words.ts';

/** Energy per hour, day or month, stacked by tariff band. None where there is a single column. */
export function bandChart(
  { plant, from, until, language }: ReportQuestion,
  sums: Iterable<EnergySum>,
  bandOrder: readonly string[],
): ReportChart[] {
  const list = [...sums];
  const starts = [...new Set(list.map((s) => s.start))].sort();
  if (starts.length < 2) return [];
  const { timezone } = plant.site;
  const say = sayIn(language);
  const span = until - from;
  const format = new Intl.DateTimeFormat(
    localeFor(language, plant.site.locale),
    span > 63 * DAY
      ? { month: 'short', year: '2-digit', timeZone: timezone }
      : { day: 'numeric', month: 'short', timeZone: timezone },
  );
  const label = (start: string): string =>
    span <= 2 * DAY ? clockLabel(timezone, Date.parse(start)) : format.format(Date.parse(start));
  const found = [...new Set(list.map((s) => s.split['band'] ?? ''))];
  const bands = [...bandOrder.filter((b) => found.includes(b)), ...found.filter((b) => !bandOrder.includes(b))];
  const at = new Map(list.map((s) => [`${s.start}|${s.split['band'] ?? ''}`, s.kWh]));
  return [
    {
      id: 'energy',
      title: say(
        span <= 2 * DAY ? 'chart.energyPerHour' : span > 63 * DAY ? 'chart.energyPerMonth' : 'chart.energyPerDay',
      ),
      form: 'columns',
      unit: 'kWh',
      labels: starts.map(label),
      // The dearest band last, on top.
      series: bands.toReversed().map((band) => ({
        name: wordFor(plant, 'band', band, language),
        values: starts.map((start) => at.get(`${start}|${band}`) ?? null),
      })),
      level: null,
    },
  ];
}
