import type { Look } from '#shared/contract/socket.ts';
import { t } from '../language/language.ts';
import { named } from '../language/names.ts';

/*
 * Words beside the glyphs, in the language of this page. The server says state words in English, whole ("Down", "Starved by
 * Capper"); what it takes from the plant file (names, reasons) stays as it is written there, and so does a word not known here.
 */
const STATE_WORDS: Readonly<Record<string, Look | 'off'>> = {
  Running: 'run',
  Waiting: 'idle',
  Setup: 'setup',
  'Minor stop': 'minor',
  Down: 'down',
  'Switched off': 'off',
  'No plan': 'plan',
  'No data': 'unknown',
};

/** "Minor stop". */
export function lookWord(look: Look): string {
  return t(`states.word.${look}`);
}

/** "minor stop", for the middle of a text; nouns stay capital where the language writes them so. */
export function lookInText(look: Look): string {
  return t(`states.inText.${look}`);
}

/** A state word of the server: "Switched off". */
export function stateWord(word: string): string {
  const state = STATE_WORDS[word];
  return state === undefined ? word : t(`states.word.${state}`);
}

/** A state word of the server in the middle of a text: "switched off". */
export function stateInText(word: string): string {
  const state = STATE_WORDS[word];
  return state === undefined ? word : t(`states.inText.${state}`);
}

/** The shortest word for a state word of the server, for narrow places: "switched off". */
export function stateInShort(word: string): string {
  const state = STATE_WORDS[word];
  return state === undefined ? word : t(`states.short.${state}`);
}

/** Whether a state word of the server says that somebody switched the machine off. */
export function isSwitchedOff(word: string): boolean {
  return STATE_WORDS[word] === 'off';
}

/** Why a machine stands, of the server: "Starved by Capper", "Break", or a reason's own name. */
export function detailWords(detail: string): string {
  if (detail === 'Break') return t('states.break');
  const [, way, machine] = /^(Starved|Blocked) by (.+)$/s.exec(detail) ?? [];
  if (machine === undefined) return named(detail);
  return t(way === 'Starved' ? 'states.starvedBy' : 'states.blockedBy', { machine: named(machine) });
}

/** What a loss is called, of the server: a reason's own name, "Minor stops", "Down, no reason", "Capper, no reason". */
export function lossWords(name: string): string {
  if (name === 'Minor stops') return t('states.minorStops');
  const [, what] = /^(.+), no reason$/s.exec(name) ?? [];
  return what === undefined
    ? named(name)
    : t('states.noReason', { what: STATE_WORDS[what] ? stateWord(what) : named(what) });
}
