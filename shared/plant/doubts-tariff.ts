import { windowMatches } from '../energy/tariff.ts';
import { type Instant, MINUTE } from '../time/instant.ts';
import { addDays, clockLabel, localDate, localMidnight, minutesOfDay, weekdayOf } from '../time/zone.ts';
import type { Doubting } from './doubts.ts';
import type { PlantDraft } from './draft.ts';
import type { Plant, Tariff, Weekday } from './model.ts';
import type { Path } from './problem.ts';

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

/** A version without a successor is looked at for this long, in days: a year, and a leap day. */
const OPEN_END_DAYS = 366;
/** A holiday later than this after the start of an open-ended version is nearly always a wrong digit. */
const FAR_YEARS = 5;

export function doubtTariffs(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  for (const { path, value: tariff } of draft.tariffs) {
    const last = lastDay(draft, tariff);
    const name = `tariff "${tariff.id}" from ${tariff.validFrom}`;
    if (tariff.prices === null) {
      const { uncovered, unused } = coverage(tariff, last);
      if (uncovered !== null) {
        doubt(
          'tariffLeavesGaps',
          path,
          `tariff "${tariff.id}" has no band for ${uncovered}, so energy then has no cost; add a last band without days and times`,
        );
      }
      for (const i of unused) {
        const band = tariff.bands[i];
        const isEver = band !== undefined && coverage(tariff, null).unused.every((k) => k !== i);
        const why = isEver
          ? `not between ${tariff.validFrom} and ${last}, when this version holds`
          : 'the bands before it take all its time (the first match wins)';
        doubt('bandNeverApplies', [...path, 'bands', i], `band "${band?.name}" never applies in ${name}: ${why}`);
      }
    } else {
      doubtPrices(tariff, name, path, doubt);
    }
    doubtHolidays(tariff, name, last, path, doubt);
    if (tariff.meter === null) {
      doubt('tariffWithoutMeter', path, `tariff "${tariff.id}" has no meter, so it prices nothing here`);
    }
  }
  if (plant.tariffs.size > 0) doubtUnpriced(draft, plant, doubt);
}

/** Last date on which a version holds; null where nothing ends it. */
function lastDay(draft: PlantDraft, tariff: Tariff): string | null {
  const next = draft.tariffs
    .map(({ value }) => value)
    .filter((other) => other.id === tariff.id && other.validFrom > tariff.validFrom)
    .map(({ validFrom }) => addDays(validFrom, -1));
  const ends = [...next, ...(tariff.validTo ? [tariff.validTo] : [])].sort();
  return ends[0] ?? null;
}

const MAX_TOLD = 3;

/** Holes in prices per interval: whole days by their date, shorter ones by their first instant. */
function doubtPrices(tariff: Tariff, name: string, path: Path, doubt: Doubting): void {
  const prices = tariff.prices ?? [];
  const [first] = prices;
  if (!first) {
    doubt('priceMissing', [...path, 'prices'], `${name} has no price at all, so its energy has no cost`);
    return;
  }
  const begins = localMidnight(tariff.timezone, tariff.validFrom);
  const holes = first.from > begins && tariff.validFrom > '1970-01-01' ? [{ from: begins, to: first.from }] : [];
  prices.forEach((price, i) => {
    const next = prices[i + 1];
    if (next && next.from > price.to) holes.push({ from: price.to, to: next.from });
  });
  const told = holes.slice(0, MAX_TOLD).map((hole) => {
    const at = wall(tariff.timezone, hole.from);
    const until = wall(tariff.timezone, hole.to);
    const missing = Math.max(1, Math.round((hole.to - hole.from) / (tariff.intervalMinutes * MINUTE)));
    return missing === 1 ? `${at} (one ${tariff.intervalMinutes}-minute interval)` : `${at} to ${until}`;
  });
  if (told.length === 0) return;
  const more = holes.length > MAX_TOLD ? ` and ${holes.length - MAX_TOLD} more holes` : '';
  doubt(
    'priceMissing',
    [...path, 'prices'],
    `${name} has no price at ${told.join(', ')}${more}: energy then has no cost; add the rows`,
  );
}

function doubtHolidays(tariff: Tariff, name: string, last: string | null, path: Path, doubt: Doubting): void {
  const seen = new Set<string>();
  const limit = last ?? `${Number(tariff.validFrom.slice(0, 4)) + FAR_YEARS}${tariff.validFrom.slice(4)}`;
  const bounded = tariff.validFrom > '1970-01-01';
  tariff.holidays.dates.forEach((date, i) => {
    const at = [...path, 'holidays', 'dates', i];
    if (seen.has(date)) doubt('holidayOdd', at, `holiday ${date} of ${name} is there twice; was another day meant?`);
    else if (bounded && (date < tariff.validFrom || date > limit)) {
      const span = last === null ? `which began on ${tariff.validFrom}` : `which holds until ${last}`;
      doubt('holidayOdd', at, `holiday ${date} is not in the time of ${name}, ${span}; is a digit wrong?`);
    } else if (tariff.holidays.treatAs !== null && weekdayOf(date) === tariff.holidays.treatAs) {
      doubt(
        'holidayOdd',
        at,
        `holiday ${date} of ${name} is a ${tariff.holidays.treatAs} anyway, so it changes nothing; was another day meant?`,
      );
    }
    seen.add(date);
  });
}

function wall(zone: string, t: Instant): string {
  return `${localDate(zone, t)} ${clockLabel(zone, t)}`;
}

/** Electricity meters with no tariff on the way up; only the topmost of each tree is told. */
function doubtUnpriced(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const priced = new Set([...plant.tariffs.values()].flatMap((versions) => versions.map((v) => v.value.meter)));
  for (const { path, value: meter } of draft.meters) {
    if (meter.medium !== 'electricity' || meter.sum || meter.parent !== null || priced.has(meter.id)) continue;
    doubt('meterWithoutTariff', path, `no tariff prices meter "${meter.id}", so its energy has no cost`);
  }
}

/**
 * Walks the days on which a version holds by month, weekday and band edge: is there a time without a band, and a band
 * without a time? `last` null: an ordinary year.
 */
function coverage(tariff: Tariff, last: string | null): { uncovered: string | null; unused: number[] } {
  const edges = new Set([0]);
  for (const { from, to } of tariff.bands) {
    for (const time of [from, to]) {
      const minute = time === null ? null : minutesOfDay(time);
      if (minute !== null && minute < 1440) edges.add(minute);
    }
  }
  const used = new Set<number>();
  let uncovered: string | null = null;
  for (const { month, weekday } of kindsOfDay(tariff, last)) {
    for (const minute of edges) {
      const band = tariff.bands.findIndex((b) => windowMatches(b, { month, weekday, timeMs: minute * MINUTE }));
      if (band >= 0) used.add(band);
      else uncovered ??= `${weekday} ${clock(minute)} in ${MONTHS[month - 1]}`;
    }
  }
  return { uncovered, unused: tariff.bands.flatMap((_, i) => (used.has(i) ? [] : [i])) };
}

function kindsOfDay(tariff: Tariff, last: string | null): { readonly month: number; readonly weekday: Weekday }[] {
  const all = MONTHS.flatMap((_, i) => WEEKDAYS.map((weekday) => ({ month: i + 1, weekday })));
  if (last === null) return all;
  const days = new Set<string>();
  let date = tariff.validFrom;
  for (let n = 0; n < OPEN_END_DAYS && date <= last; n += 1, date = addDays(date, 1)) {
    const isHoliday = tariff.holidays.treatAs !== null && tariff.holidays.dates.includes(date);
    const weekday = isHoliday ? tariff.holidays.treatAs : weekdayOf(date);
    days.add(`${Number(date.slice(5, 7))} ${weekday}`);
  }
  return all.filter(({ month, weekday }) => days.has(`${month} ${weekday}`));
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
