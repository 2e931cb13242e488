import { type Instant, MINUTE, toIso } from '../time/instant.ts';
import { clockLabel, nextOffsetChange, utcOffsetMinutes } from '../time/zone.ts';
import { EnergyError } from './energy-error.ts';

/*
 * load.csv: `start,kWh[,kvarh]` or `start,kW[,kvar]` (means of the interval), instants with offset, one row an interval,
 * in order of time (INTERFACES, "bill").
 *
 * - Read line by line, so that a load of any length takes constant memory.
 * - What cannot be read is refused with file and line. What is not there (a gap, an empty cell) is a missing interval: it
 *   is priced as nothing, and the bill says so.
 */

/** One settlement interval of a load. */
export interface LoadRow {
  readonly start: Instant;
  /** Null = not measured. */
  readonly kWh: number | null;
  readonly kvarh: number | null;
  /** False where readings cover only a part of it: it counts as energy and never sets a maximum. Default true. */
  readonly complete?: boolean;
}

export interface LoadFormat {
  /** Named in messages. */
  readonly file: string;
  readonly intervalMinutes: number;
  readonly timezone: string;
}

export interface LoadReader {
  /** The next line of the file, without its line break; null where it holds no row (header, empty line). */
  line(text: string): LoadRow | null;
}

const HEADERS: Readonly<Record<string, { readonly power: boolean; readonly columns: number }>> = {
  'start,kwh': { power: false, columns: 2 },
  'start,kwh,kvarh': { power: false, columns: 3 },
  'start,kw': { power: true, columns: 2 },
  'start,kw,kvar': { power: true, columns: 3 },
};
/** More than any grid delivers in an interval. */
const LARGEST = 1e12;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function loadReader({ file, intervalMinutes, timezone }: LoadFormat): LoadReader {
  let number = 0;
  let header: { readonly power: boolean; readonly columns: number } | null = null;
  let previous: { readonly start: Instant; readonly number: number } | null = null;
  const hours = intervalMinutes / 60;

  return {
    line(text) {
      number += 1;
      const row = (number === 1 ? text.replace(/^\uFEFF/, '') : text).trim();
      if (row === '') return null;
      if (!header) {
        header = readHeader(row);
        return null;
      }
      const cells = row.split(',').map((cell) => cell.trim());
      if (cells.length !== header.columns) {
        const comma = cells.length > header.columns ? ' (numbers take a decimal point, not a comma)' : '';
        refuse('columns', `has ${cells.length} columns, the header has ${header.columns}${comma}`);
      }
      const start = readInstant(cells[0] ?? '');
      const amount = readNumber(cells[1] ?? '', header.power ? 'kW' : 'kWh');
      const reactive = header.columns === 3 ? readNumber(cells[2] ?? '', header.power ? 'kvar' : 'kvarh') : null;
      if (amount !== null && amount < 0) {
        refuse('number', `${amount} is negative: a load is energy drawn from the grid; leave exported energy out`);
      }
      checkPlace(start);
      previous = { start, number };
      const toEnergy = (value: number | null): number | null =>
        value === null ? null : header?.power ? value * hours : value;
      return { start, kWh: toEnergy(amount), kvarh: toEnergy(reactive) };
    },
  };

  function refuse(code: EnergyError['code'], what: string): never {
    throw new EnergyError(code, `${file}:${number}: ${what}`);
  }

  function readHeader(row: string): { readonly power: boolean; readonly columns: number } {
    const found = HEADERS[row.toLowerCase().replaceAll(' ', '')];
    if (found) return found;
    const hint = row.includes(';') ? '; separate columns by a comma' : '';
    return refuse(
      'header',
      `must begin with the header "start,kWh", "start,kWh,kvarh", "start,kW" or "start,kW,kvar", not "${short(row)}"${hint}`,
    );
  }

  function readInstant(cell: string): Instant {
    const match = INSTANT.exec(cell);
    if (!match) refuse('instant', `"${short(cell)}" is not an instant; write it like 2026-04-01T00:00:00+01:00`);
    const [, date, clock, offset] = match;
    if (offset === undefined) {
      refuse('instant', `${cell} has no offset, so it is two instants in autumn; add Z or an offset like +01:00`);
    }
    try {
      return Temporal.Instant.from(`${date}T${clock}${offset}`).epochMilliseconds;
    } catch {
      return refuse('instant', `${cell} does not exist in the calendar`);
    }
  }

  function readNumber(cell: string, column: string): number | null {
    if (cell === '') return null;
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
    if (Math.abs(value) > LARGEST)
      refuse('number', `${cell} ${column} is beyond any reading; check how the file was made`);
    if (Number.isFinite(value)) return value;
    return refuse(
      'number',
      `${column} must be a number, not "${short(cell)}"; leave the cell empty where it is not known`,
    );
  }

  function checkPlace(start: Instant): void {
    if (previous && start === previous.start) {
      refuse('duplicate', `${toIso(start)} was there already, on line ${previous.number}; keep one of the two`);
    }
    if (previous && start < previous.start) {
      refuse(
        'order',
        `${toIso(start)} comes after ${toIso(previous.start)} on line ${previous.number}; sort the rows by time`,
      );
    }
    if (!startsInterval(timezone, intervalMinutes, start)) {
      refuse(
        'alignment',
        `starts at ${clockLabel(timezone, start)} in ${timezone}, which is not the start of a ${intervalMinutes}-minute ` +
          `interval; the tariff's intervalMinutes must be that of the load`,
      );
    }
    const last = previous ? intervalEnd(timezone, intervalMinutes, previous.start) : start;
    if (start < last)
      refuse('overlap', `starts before the interval of line ${previous?.number} ends, at ${toIso(last)}`);
  }
}

/** Whether a settlement interval of the zone starts at `t`. Intervals divide the hour. */
export function startsInterval(zone: string, intervalMinutes: number, t: Instant): boolean {
  const local = t + utcOffsetMinutes(zone, t) * MINUTE;
  return local % (intervalMinutes * MINUTE) === 0 || (nextOffsetChange(zone, t - 1) ?? Number.NaN) === t;
}

/** End of the settlement interval that starts at `t`: a change of offset that is not a whole interval ends one early. */
export function intervalEnd(zone: string, intervalMinutes: number, t: Instant): Instant {
  const local = t + utcOffsetMinutes(zone, t) * MINUTE;
  const length = intervalMinutes * MINUTE;
  const end = t + length - (local % length);
  return Math.min(end, nextOffsetChange(zone, t) ?? end);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
