import { clockLabel, localDate } from '../time/zone.ts';
import type { ColumnKind, ReportCell, ReportHead } from './model.ts';

/* Cells as people read them, in the site's locale. Unknown is a dash; minus is U+2212. */

export const DASH = '–';

export interface CellShower {
  show(cell: ReportCell, kind: ColumnKind, digits: number): string;
}

export function createCellShower({ locale, timezone }: ReportHead['site']): CellShower {
  const formats = new Map<string, Intl.NumberFormat>();
  const number = (value: number, digits: number): string => {
    const key = String(digits);
    let format = formats.get(key);
    if (!format) {
      format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
      formats.set(key, format);
    }
    const text = format.format(Number(value.toFixed(digits)) === 0 ? 0 : value);
    // Narrow no-break spaces are in few fonts.
    return text.replace('-', '−').replace(/[\u202f\u00a0]/g, ' ');
  };
  return {
    show(cell, kind, digits) {
      if (cell === null) return DASH;
      if (typeof cell === 'string') return cell;
      if (kind === 'instant') return `${localDate(timezone, cell)} ${clockLabel(timezone, cell)}`;
      if (kind === 'ratio') return `${number(cell * 100, 1)}%`;
      return number(cell, digits);
    },
  };
}

/** "1 June 2026, 06:00 to 8 June 2026, 06:00"; whole local days leave the clock out and name the last day. */
export function periodLabel(
  { locale, timezone }: Pick<ReportHead['site'], 'locale' | 'timezone'>,
  from: number,
  to: number,
): string {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: timezone });
  const midnight = (t: number): boolean => clockLabel(timezone, t) === '00:00';
  if (!midnight(from) || !midnight(to)) {
    return `${day.format(from)}, ${clockLabel(timezone, from)} to ${day.format(to)}, ${clockLabel(timezone, to)}`;
  }
  const first = localDate(timezone, from);
  const last = localDate(timezone, to - 1);
  return first === last ? day.format(from) : `${day.format(from)} to ${day.format(to - 1)}`;
}
