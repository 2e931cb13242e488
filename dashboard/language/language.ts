import { computed } from 'vue';
import { createI18n } from 'vue-i18n';
import { formOf, LANGUAGES, type Language, languageOf } from '#shared/language/languages.ts';

/*
 * The language of this page.
 *
 * - English is always loaded: a word that a language lacks is shown in English, never as a key.
 * - A language is loaded whole before the page shows a word of it: no page speaks two.
 * - Chosen once, kept on this device; before that the site's own language, which the server writes into index.html.
 */
export interface Messages {
  [key: string]: string | Messages;
}

const KEPT_AS = 'linewatt.language';
const english = import.meta.glob<Messages>('./messages/en/*.json', { eager: true, import: 'default' });
/** Each language is one file of its own: fetched in one go, and kept whole by the service worker. */
const others = {
  de: () => import('./words-de.ts'),
  fr: () => import('./words-fr.ts'),
  es: () => import('./words-es.ts'),
  pl: () => import('./words-pl.ts'),
};

const rule = (language: Language) => (count: number) => formOf(language, count);
export const i18n = createI18n<false>({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en: byArea(Object.entries(english)) },
  pluralRules: Object.fromEntries(Object.keys(LANGUAGES).map((language) => [language, rule(language as Language)])),
  missingWarn: false,
  fallbackWarn: false,
});

/** The language shown now. */
export const language = computed<Language>(() => languageOf(i18n.global.locale.value) ?? 'en');

/**
 * A message in the language of this page; computed values that ask for one follow a change of language.
 * @param key - area and name, "wall.shiftEnds"; the area is the file under messages/<language>.
 * @param named - values of the placeholders; `n` also chooses between "one piece | many pieces".
 */
export function t(key: string, named: Readonly<Record<string, string | number>> = {}): string {
  const count = named['n'];
  if (typeof count === 'number') return i18n.global.t(key, named, count);
  return i18n.global.t(key, named);
}

/** Whether there is such a message; English has them all. */
export function hasMessage(key: string): boolean {
  return i18n.global.te(key, 'en');
}

/** The English messages of an area by their names, "a.b.c", as they are written. */
export function englishOf(area: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (messages: Messages, path: string): void => {
    for (const [name, value] of Object.entries(messages)) {
      if (typeof value === 'string') found.set(path + name, value);
      else walk(value, `${path}${name}.`);
    }
  };
  walk(english[`./messages/en/${area}.json`] ?? {}, '');
  return found;
}

/** Shows every word in `wanted` from now on. @throws Error when its messages cannot be fetched; the old language stays. */
export async function showLanguage(wanted: Language): Promise<void> {
  if (wanted !== 'en' && !i18n.global.availableLocales.includes(wanted as 'en')) {
    i18n.global.setLocaleMessage(wanted, byArea(Object.entries((await others[wanted]()).default)));
  }
  i18n.global.locale.value = wanted as 'en';
  document.documentElement.lang = wanted;
}

/** Shows and remembers a language that a person chose. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  await showLanguage(wanted);
  localStorage.setItem(KEPT_AS, wanted);
}

/** What to begin with: the address (`?lang=de`), what was chosen on this device, the site's own. */
export function firstLanguage(): Language {
  const asked = languageOf(new URLSearchParams(location.search).get('lang'));
  return asked ?? languageOf(localStorage.getItem(KEPT_AS)) ?? languageOf(document.documentElement.lang) ?? 'en';
}

function byArea(files: readonly (readonly [string, Messages])[]): Messages {
  return Object.fromEntries(files.map(([path, messages]) => [/([\w-]+)\.json$/.exec(path)?.[1] ?? path, messages]));
}
