import type { PeriodAnswer } from '#shared/contract/energy-answers.ts';
import { languageOf, localeFor } from '#shared/language/languages.ts';
import { dayLabel } from '../../format/date.ts';
import { language, t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

/* Days and periods in the language of this page; where the site speaks it, as the server wrote them. */

/** Window of the demand meter. `word` is the part of a message's name: a half hour has words of its own. */
export interface DemandWindow extends Readonly<Record<string, string | number>> {
  readonly word: 'halfHour' | 'minutes';
  readonly minutes: number;
}

/** Null: not known yet, or the scope has no demand meter. */
export function demandWindow(minutes: number | null): DemandWindow {
  return { word: minutes === 30 ? 'halfHour' : 'minutes', minutes: minutes ?? 30 };
}

/** "Mon 2 Nov". `date`: its production date; without one, that of `start` at the site. */
export function siteDay(
  day: { readonly start: string; readonly date: string | null; readonly label: string },
  siteLocale: string,
  timezone: string,
): string {
  return dayLabel({ date: day.date ?? dateAt(day.start, timezone), dateLabel: day.label }, siteLocale).replace(',', '');
}

/** "Mon 2 Nov 14:30". */
export function dayAndClock(
  { start, label }: { readonly start: string; readonly label: string },
  dayAt: (start: string, label: string) => string,
): string {
  const [, day, clock] = /^(.*) (\d\d:\d\d)$/s.exec(label) ?? [];
  return day === undefined ? label : `${dayAt(start, day)} ${clock}`;
}

/** "2 to 8 November 2026", "2.–8. November 2026", "Early shift, Mon 2 Nov". */
export function periodName(period: PeriodAnswer, siteLocale: string): string {
  if (languageOf(siteLocale) === 'en' && language.value === 'en') return period.label;
  if (period.shift) {
    const { name, date, dateLabel } = period.shift;
    return t('energy.shiftPeriod', {
      name: named(name),
      day: dayLabel({ date, dateLabel }, siteLocale).replace(',', ''),
    });
  }
  const { first, last } = period;
  if (first === null || last === null) return period.label;
  const [from, to] = [Date.parse(`${first}T12:00:00Z`), Date.parse(`${last}T12:00:00Z`)];
  const locale = localeFor(language.value, siteLocale);
  const day = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  if (period.unit === 'month') {
    return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(from);
  }
  if (first === last) return new Intl.DateTimeFormat(locale, { weekday: 'long', ...day }).format(from);
  return new Intl.DateTimeFormat(locale, day).formatRange(from, to);
}

function dateAt(start: string, timezone: string): string {
  const at = Date.parse(start);
  if (Number.isNaN(at)) return '';
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
