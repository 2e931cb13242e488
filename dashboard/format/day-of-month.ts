import { languageOf, localeFor } from '#shared/language/languages.ts';
import { language } from '../language/language.ts';

/**
 * "2 Nov" in the language of this page: as the server wrote it where the site speaks that language, else made of the date.
 * @param date - local date, "2026-11-02"; undefined from a server that tells none.
 */
export function dayOfMonth(date: string | null | undefined, label: string, siteLocale: string): string {
  if (!date || languageOf(siteLocale) === language.value) return label;
  const noon = Date.parse(`${date}T12:00:00Z`);
  if (Number.isNaN(noon)) return label;
  const format = new Intl.DateTimeFormat(localeFor(language.value, siteLocale), {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  return format.format(noon);
}
