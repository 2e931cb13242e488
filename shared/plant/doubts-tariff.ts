import { windowMatches } from '../energy/tariff.ts';
import { MINUTE } from '../time/instant.ts';
import { minutesOfDay } from '../time/zone.ts';
import type { Doubting } from './doubts.ts';
import type { PlantDraft } from './draft.ts';
import type { Plant, Tariff, Weekday } from './model.ts';

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export function doubtTariffs(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  for (const { path, value: tariff } of draft.tariffs) {
    if (tariff.prices === null) {
      const { uncovered, unused } = coverage(tariff);
      if (uncovered !== null) {
        doubt(
          'tariffLeavesGaps',
          path,
          `tariff "${tariff.id}" has no band for ${uncovered}, so energy then has no cost; add a last band without days and times`,
        );
      }
      for (const i of unused) {
        doubt(
          'bandNeverApplies',
          [...path, 'bands', i],
          `band "${tariff.bands[i]?.name}" never applies: the bands before it take all its time (the first match wins)`,
        );
      }
    }
    if (tariff.meter === null) {
      doubt('tariffWithoutMeter', path, `tariff "${tariff.id}" has no meter, so it prices nothing here`);
    }
  }
  if (plant.tariffs.size > 0) doubtUnpriced(draft, plant, doubt);
}

/** Electricity meters with no tariff on the way up; only the topmost of each tree is told. */
function doubtUnpriced(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const priced = new Set([...plant.tariffs.values()].flatMap((versions) => versions.map((v) => v.value.meter)));
  for (const { path, value: meter } of draft.meters) {
    if (meter.medium !== 'electricity' || meter.sum || meter.parent !== null || priced.has(meter.id)) continue;
    doubt('meterWithoutTariff', path, `no tariff prices meter "${meter.id}", so its energy has no cost`);
  }
}

/** Walks an ordinary year by month, weekday and band edge: is there a time without a band, and a band without a time? */
function coverage(tariff: Tariff): { uncovered: string | null; unused: number[] } {
  const edges = new Set([0]);
  for (const { from, to } of tariff.bands) {
    for (const time of [from, to]) {
      const minute = time === null ? null : minutesOfDay(time);
      if (minute !== null && minute < 1440) edges.add(minute);
    }
  }
  const used = new Set<number>();
  let uncovered: string | null = null;
  for (let month = 1; month <= 12; month += 1) {
    for (const weekday of WEEKDAYS) {
      for (const minute of edges) {
        const band = tariff.bands.findIndex((b) => windowMatches(b, { month, weekday, timeMs: minute * MINUTE }));
        if (band >= 0) used.add(band);
        else uncovered ??= `${weekday} ${clock(minute)} in ${MONTHS[month - 1]}`;
      }
    }
  }
  return { uncovered, unused: tariff.bands.flatMap((_, i) => (used.has(i) ? [] : [i])) };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
