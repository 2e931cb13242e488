import { type Language, localeFor } from '../language/languages.ts';
import { clockLabel, localDate } from '../time/zone.ts';
import type { ColumnKind, ReportCell, ReportHead } from './model.ts';
import { sayIn } from './words/words.ts';

/* Cells as people read them, in the language of the report. Unknown is a dash; minus is U+2212. */

export const DASH = '–';

export interface CellShower {
  show(cell: ReportCell, kind: ColumnKind, digits: number): string;
}

/** Whose clock, and whose way to write numbers and dates: the site's own where it speaks the language of the report. */
export interface ShownFor extends Pick<ReportHead['site'], 'locale' | 'timezone'> {
  readonly language: Language;
}

export function createCellShower({ locale: siteLocale, timezone, language }: ShownFor): CellShower {
  const locale = localeFor(language, siteLocale);
  const percentSign = percentSignOf(locale);
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
      if (kind === 'ratio') return `${number(cell * 100, 1)}${percentSign}`;
      return number(cell, digits);
    },
  };
}

/** "1 June 2026, 06:00 to 8 June 2026, 06:00"; whole local days leave the clock out and name the last day. */
export function periodLabel({ locale, timezone, language }: ShownFor, from: number, to: number): string {
  const say = sayIn(language);
  const day = new Intl.DateTimeFormat(localeFor(language, locale), { dateStyle: 'long', timeZone: timezone });
  const midnight = (t: number): boolean => clockLabel(timezone, t) === '00:00';
  if (!midnight(from) || !midnight(to)) {
    const clocks = { fromClock: clockLabel(timezone, from), toClock: clockLabel(timezone, to) };
    return say('period.clock', { from: day.format(from), to: day.format(to), ...clocks });
  }
  const first = localDate(timezone, from);
  const last = localDate(timezone, to - 1);
  return first === last ? day.format(from) : say('period.dates', { from: day.format(from), to: day.format(to - 1) });
}

/** "%" with the space that the language puts before it. */
function percentSignOf(locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: 'percent' }).formatToParts(0.5);
  const signs = parts.filter(({ type }) => type !== 'integer').map(({ value }) => value);
  return signs.join('').replace(/[\u202f\u00a0]/g, ' ');
}
