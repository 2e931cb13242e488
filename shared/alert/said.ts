import type { Language } from '../language/languages.ts';
import { ALERT_WORDS, type AlertKey } from './words.ts';

/*
 * What an alert says, before it is put into words: so that a mail is in the language of the site, and a page in that of its reader.
 * Plain values only; it is kept with the alert.
 */
export interface Said {
  readonly key: AlertKey;
  readonly values?: Readonly<Record<string, SaidValue>>;
}

export type SaidValue =
  /** As it stands: an id, a clock label, a unit. */
  | string
  /** A number, with at most so many digits after the point. */
  | { readonly n: number; readonly digits: number }
  /** A name of the plant file, which may have another one in the reader's language. */
  | { readonly name: string }
  | readonly { readonly name: string }[]
  | Said;

export interface Speech {
  readonly language: Language;
  /** Writes numbers: "de-DE". */
  readonly locale: string;
  /** A name of the plant file in the language. */
  readonly named: (name: string) => string;
}

/** For programs, and for those who asked for no language. */
export const PLAIN_ENGLISH: Speech = { language: 'en', locale: 'en-GB', named: (name) => name };

/** '' for a key of another version. */
export function say(said: Said, speech: Speech): string {
  const words: string | undefined = ALERT_WORDS[speech.language][said.key];
  if (words === undefined) return '';
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => textOf(said.values?.[name] ?? '?', speech)).trim();
}

/** Several sentences of one alert, as one line. */
export function sayAll(all: readonly Said[], speech: Speech): string {
  return all.map((said) => say(said, speech)).join('; ');
}

function textOf(value: SaidValue, speech: Speech): string {
  if (typeof value === 'string') return value;
  if ('n' in value) return value.n.toLocaleString(speech.locale, { maximumFractionDigits: value.digits });
  if ('key' in value) return say(value, speech);
  if ('name' in value) return speech.named(value.name);
  return value.map(({ name }) => speech.named(name)).join(', ');
}
