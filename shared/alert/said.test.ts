import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../language/languages.ts';
import { PLAIN_ENGLISH, type Said, say, sayAll } from './said.ts';
import { ALERT_WORDS } from './words.ts';

const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();
const german = {
  language: 'de',
  locale: 'de-DE',
  named: (name: string) => (name === 'Filler' ? 'Füller' : name),
} as const;

describe.each(Object.keys(LANGUAGES) as Language[])('alerts in %s', (language) => {
  it('have the same places for values as the English ones', () => {
    const wrong = Object.entries(ALERT_WORDS.en).filter(([key, text]) => {
      return `${places(text)}` !== `${places(ALERT_WORDS[language][key as keyof typeof ALERT_WORDS.en])}`;
    });
    expect(wrong).toEqual([]);
  });
});

const longer: Said = {
  key: 'stop.longer',
  values: { machine: { name: 'Filler' }, state: { key: 'state.down' }, minutes: { n: 1440.5, digits: 0 } },
};

it('says the same in another language, with its numbers and the names that the plant has in it', () => {
  expect(say(longer, PLAIN_ENGLISH)).toBe('Filler: down for more than 1,441 min');
  expect(say(longer, german)).toBe('Füller: Störung seit mehr als 1.441 min');
});

it('lists machines by name, and joins what there is to say', () => {
  const wait: Said = { key: 'demand.couldWait', values: { machines: [{ name: 'Filler' }, { name: 'Washer' }] } };
  expect(sayAll([{ key: 'source.failed' }, wait], german)).toBe('ausgefallen; Füller, Washer könnten warten');
});

it('has nothing to say for a key of another version, and shows what is missing', () => {
  expect(say({ key: 'no.such' } as unknown as Said, german)).toBe('');
  expect(say({ key: 'oee.now' }, german)).toBe('? % seit Schichtbeginn');
});
