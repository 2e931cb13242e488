import type { Tariff } from '#shared/plant/model.ts';

/*
 * A tariff by brute force: every minute by itself, its wall clock from Intl, plain numbers, no code of the product (the
 * Tariff type apart). Slow, and so simple that one can see that it is right.
 */

const MINUTE = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export interface Wall {
  /** YYYY-MM-DD */
  readonly date: string;
  /** mon to sun */
  readonly weekday: string;
  readonly month: number;
  readonly minutes: number;
}

export function wallAt(zone: string, t: number): Wall {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(t)) parts[type] = value;
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    weekday: (parts.weekday ?? '').toLowerCase(),
    month: Number(parts.month),
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

interface Window {
  readonly days: readonly string[] | null;
  readonly months: readonly number[] | null;
  readonly from: string | null;
  readonly to: string | null;
}

function matches(tariff: Tariff, window: Window, wall: Wall): boolean {
  const isHoliday = tariff.holidays.dates.includes(wall.date) && tariff.holidays.treatAs !== null;
  const weekday = isHoliday ? (tariff.holidays.treatAs as string) : wall.weekday;
  if (window.days !== null && !window.days.includes(weekday)) return false;
  if (window.months !== null && !window.months.includes(wall.month)) return false;
  const minutesOf = (clock: string) => Number(clock.split(':')[0]) * 60 + Number(clock.split(':')[1]);
  const from = window.from === null ? 0 : minutesOf(window.from);
  const to = window.to === null ? 1440 : minutesOf(window.to);
  // A window over midnight is every minute that is not in the gap between its end and its start.
  return from < to ? wall.minutes >= from && wall.minutes < to : !(wall.minutes >= to && wall.minutes < from);
}

export function oracleBandAt(tariff: Tariff, t: number): { band: string; rate: number | null } {
  if (tariff.prices) {
    const price = tariff.prices.find((p) => p.from <= t && t < p.to);
    return { band: 'energy', rate: price ? price.rate : null };
  }
  const wall = wallAt(tariff.timezone, t);
  for (const band of tariff.bands) {
    if (matches(tariff, band, wall)) return { band: band.name, rate: band.rate };
  }
  return { band: '', rate: null };
}

export interface OracleRow {
  readonly start: number;
  readonly kWh: number;
  readonly kvarh: number;
}

export interface OracleBill {
  /** kWh by `band@rate`. */
  readonly kWhByBand: Record<string, number>;
  readonly energyCost: number;
  readonly unpricedKWh: number;
  /** Highest kW or kVA by demand name. */
  readonly maxByName: Record<string, number>;
  readonly maxKva: number;
  readonly excessKvarh: number;
  /** Local dates in the load, each once. */
  readonly dates: number;
}

export function oracleBill(tariff: Tariff, rows: readonly OracleRow[]): OracleBill {
  const kWhByBand: Record<string, number> = {};
  const maxByName: Record<string, number> = {};
  const dates = new Set<string>();
  let energyCost = 0;
  let unpricedKWh = 0;
  let maxKva = 0;
  let excessKvarh = 0;
  const hours = tariff.intervalMinutes / 60;
  for (const row of rows) {
    for (let m = 0; m < tariff.intervalMinutes; m += 1) {
      const t = row.start + m * MINUTE;
      const { band, rate } = oracleBandAt(tariff, t);
      const kWh = row.kWh / tariff.intervalMinutes;
      dates.add(wallAt(tariff.timezone, t).date);
      if (rate === null) unpricedKWh += kWh;
      else {
        kWhByBand[`${band}@${rate}`] = (kWhByBand[`${band}@${rate}`] ?? 0) + kWh;
        energyCost += kWh * rate;
      }
    }
    const kva = Math.sqrt(row.kWh * row.kWh + row.kvarh * row.kvarh) / hours;
    if (kva > maxKva) maxKva = kva;
    const wall = wallAt(tariff.timezone, row.start);
    for (const window of tariff.demand) {
      if (!matches(tariff, window, wall)) continue;
      const value = window.basis === 'kW' ? row.kWh / hours : kva;
      if (maxByName[window.name] === undefined || value > (maxByName[window.name] as number)) {
        maxByName[window.name] = value;
      }
    }
    const free = (tariff.reactive ? tariff.reactive.freeShareOfKwh : 0) * row.kWh;
    if (row.kvarh > free) excessKvarh += row.kvarh - free;
  }
  return { kWhByBand, energyCost, unpricedKWh, maxByName, maxKva, excessKvarh, dates: dates.size };
}
