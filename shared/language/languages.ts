/** The languages of every page. Names are written in the language itself, as people look for their own. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', pl: 'Polski' } as const;

export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_IDS = ['en', 'de', 'fr', 'es', 'pl'] as const satisfies readonly Language[];

/** "de-AT" -> "de"; null where no page speaks it. */
export function languageOf(tag: string | null | undefined): Language | null {
  const language = (tag ?? '').toLowerCase().split(/[-_]/)[0] ?? '';
  return Object.hasOwn(LANGUAGES, language) ? (language as Language) : null;
}

/**
 * Locale of numbers and times: the site's own where it speaks the reader's language ("en-GB"), else the reader's language. English
 * alone would mean that of the United States, with the month first: a reader abroad gets the day first.
 */
export function localeFor(language: Language, siteLocale: string): string {
  if (languageOf(siteLocale) === language) return siteLocale;
  return language === 'en' ? 'en-GB' : language;
}

/** Forms of a word in the order in which messages give them, parted by " | ". */
const PLURAL_FORMS: Readonly<Record<Language, readonly Intl.LDMLPluralRule[]>> = {
  en: ['one', 'other'],
  de: ['one', 'other'],
  fr: ['one', 'other'],
  es: ['one', 'other'],
  pl: ['one', 'few', 'many'],
};

/** How many forms a counted message has in `language`. */
export function formsOf(language: Language): number {
  return PLURAL_FORMS[language].length;
}

/** Which form `count` takes; large round numbers (French and Spanish "many") take the last. */
export function formOf(language: Language, count: number): number {
  const forms = PLURAL_FORMS[language];
  const at = forms.indexOf(new Intl.PluralRules(language).select(count));
  return at < 0 ? forms.length - 1 : at;
}
