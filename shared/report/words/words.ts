import type { Language } from '../../language/languages.ts';
import { DE } from './de.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';
import { PL } from './pl.ts';

/*
 * The words of a report in its language. Ids of columns, figures and tables are no words: programs read them, and they stay.
 */
export type ReportPhrase = keyof typeof EN;
export type ReportPhrases = Readonly<Record<ReportPhrase, string>>;

export const REPORT_WORDS: Readonly<Record<Language, ReportPhrases>> = { en: EN, de: DE, fr: FR, es: ES, pl: PL };

/** A phrase with its placeholders filled in. */
export type Say = (phrase: ReportPhrase, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: Language): Say {
  const phrases = REPORT_WORDS[language];
  return (phrase, values = {}) =>
    phrases[phrase].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A phrase of a family by an id of the data, such as a machine state; null where the family has none of this name. */
export function phraseOf(family: 'by' | 'state' | 'category', id: string): ReportPhrase | null {
  const phrase = `${family}.${id}`;
  return Object.hasOwn(EN, phrase) ? (phrase as ReportPhrase) : null;
}

/** "a, b and c" */
export function listed(parts: readonly string[], language: Language): string {
  // British English, as the rest of the product: no comma before the last.
  return new Intl.ListFormat(language === 'en' ? 'en-GB' : language, { type: 'conjunction' }).format(parts);
}
