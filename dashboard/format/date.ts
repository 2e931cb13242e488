import { languageOf, localeFor } from '#shared/language/languages.ts';
import { language } from '../language/language.ts';

/**
 * "Mon 2 Nov" in the language of this page: as the server wrote it where the site speaks that language, else made of the date.
 * @param day - its production date, "2026-11-02", and what the server calls it.
 */
export function dayLabel(day: { readonly date: string; readonly dateLabel: string }, siteLocale: string): string {
  if (languageOf(siteLocale) === language.value) return day.dateLabel;
  const noon = Date.parse(`${day.date}T12:00:00Z`);
  if (Number.isNaN(noon)) return day.dateLabel;
  return new Intl.DateTimeFormat(localeFor(language.value, siteLocale), {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  }).format(noon);
}
