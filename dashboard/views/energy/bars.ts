import type { EnergyAnswer } from '#shared/contract/rest-answers.ts';
import type { ShiftEnergyView } from '#shared/contract/socket.ts';
import { t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

type Item = EnergyAnswer['items'][number];

/** One bar: a shift, a day or an hour, by tariff band. */
export interface EnergyBar {
  readonly start: string;
  /** Under the bar: the shift's name, the hour. */
  readonly name: string;
  /** Under the bars of one day; '' where the name says it all. */
  readonly group: string;
  readonly kWh: number | null;
  readonly cost: number | null;
  readonly byBand: Readonly<Record<string, { readonly kWh: number; readonly cost: number | null }>>;
  readonly coverage: number | null;
  readonly provisional: boolean;
}

interface Draft {
  start: string;
  name: string;
  group: string;
  kWh: number;
  cost: number | null;
  byBand: Record<string, { kWh: number; cost: number | null }>;
  coverage: number | null;
  provisional: boolean;
}

/** What a day is called on this page: `date` where an answer names its production date, `label` as the server calls it. */
export type DayName = (start: string, label: string, date: string | null) => string;
const asServed: DayName = (_, label) => label;

/** Items of `by=<period>,band` as bars, in order. A gap between shifts is a bar only where it took energy. */
export function barsOf(items: readonly Item[], dayName: DayName = asServed): EnergyBar[] {
  const bars = new Map<string, Draft>();
  const gaps = new Set<string>();
  for (const item of items) {
    const { start } = item.window;
    let bar = bars.get(start);
    if (!bar) {
      const isOff = item.shift === 'offShift';
      if (isOff) gaps.add(start);
      const isClock = /^\d\d:\d\d$/.test(item.label);
      const own =
        (item.shiftName && named(item.shiftName)) ?? (isClock ? item.label : dayName(start, item.label, item.date));
      const name = isOff ? t('energy.off') : own;
      const group = item.shiftName === null || isOff ? '' : dayName(start, dayOf(item), item.date);
      bar = {
        start,
        name,
        group,
        kWh: 0,
        cost: null,
        byBand: {},
        coverage: item.coverage,
        provisional: item.provisional,
      };
      bars.set(start, bar);
    }
    bar.kWh += item.kWh;
    if (item.cost !== null) bar.cost = (bar.cost ?? 0) + item.cost;
    bar.byBand[item.band ?? ''] = { kWh: item.kWh, cost: item.cost };
  }
  return [...bars.values()]
    .filter((bar) => !gaps.has(bar.start) || Math.abs(bar.kWh) > 0.05)
    .map((bar) => (bar.coverage === 0 ? { ...bar, kWh: null } : bar));
}

/** The day of a shift's label: what stands before its name. */
function dayOf({ label, shiftName }: Item): string {
  return shiftName !== null && label.endsWith(shiftName) ? label.slice(0, -shiftName.length).trim() : label;
}

/** Shifts that the socket knows, over those that were read: it is never older. */
export function withLive(
  bars: readonly EnergyBar[],
  live: readonly ShiftEnergyView[],
  from: number,
  to: number,
  dayName: DayName = asServed,
): EnergyBar[] {
  const found = new Map(bars.map((bar) => [Date.parse(bar.start), bar]));
  for (const shift of live) {
    const start = Date.parse(shift.start);
    if (start < from || start >= to) continue;
    const { kWh, cost, byBand, coverage, provisional, date, dateLabel } = shift;
    const name = named(shift.name);
    const group = dayName(shift.start, dateLabel, date);
    found.set(start, { start: shift.start, name, group, kWh, cost, byBand, coverage, provisional });
  }
  return [...found].sort(([a], [b]) => a - b).map(([, bar]) => bar);
}

/** Tariff bands, the cheapest first, by their mean price over the bars; '' = no tariff. */
export function bandsByPrice(bars: readonly Pick<EnergyBar, 'byBand'>[]): { band: string; price: number | null }[] {
  const sums = new Map<string, { kWh: number; cost: number }>();
  for (const bar of bars) {
    for (const [band, { kWh, cost }] of Object.entries(bar.byBand)) {
      const sum = sums.get(band) ?? { kWh: 0, cost: 0 };
      sums.set(band, cost === null ? sum : { kWh: sum.kWh + kWh, cost: sum.cost + cost });
    }
  }
  return [...sums]
    .map(([band, { kWh, cost }]) => ({ band, price: kWh > 0 ? cost / kWh : null }))
    .sort((a, b) => (a.price ?? 0) - (b.price ?? 0) || a.band.localeCompare(b.band));
}

/** The grey of a band: one ramp of three, dearer is stronger; a single band takes the middle. */
export function bandShade(bands: readonly { readonly band: string }[], band: string): 1 | 2 | 3 {
  const index = bands.findIndex((one) => one.band === band);
  const place = bands.length < 2 ? 0.5 : index / (bands.length - 1);
  return place < 1 / 3 ? 1 : place < 2 / 3 ? 2 : 3;
}
