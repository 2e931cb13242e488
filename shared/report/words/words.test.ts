import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGE_IDS } from '../../language/languages.ts';
import { EN } from './en.ts';
import { listed, phraseOf, REPORT_WORDS, sayIn } from './words.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ENGLISH = Object.entries(EN);
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

function sourcesIn(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name) && !entry.parentPath.endsWith('words'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe.each(LANGUAGE_IDS)('the words of a report in %s', (language) => {
  const own = REPORT_WORDS[language];
  it('are there for every English one, and for none that is gone', () => {
    expect(Object.keys(own).sort()).toEqual(Object.keys(EN).sort());
  });
  it('are not empty and hold the same placeholders', () => {
    const wrong = ENGLISH.filter(([phrase, text]) => {
      const said = own[phrase as keyof typeof own];
      return said.trim() === '' || `${placeholders(said)}` !== `${placeholders(text)}`;
    });
    expect(wrong).toEqual([]);
  });
  it('are in that language', () => {
    const same = ENGLISH.filter(([phrase, text]) => own[phrase as keyof typeof own] === text && /[a-z]{4}/.test(text));
    expect(language === 'en' || same.length / ENGLISH.length < 0.1, `${same}`).toBe(true);
  });
});

it('has no phrase that no report says', () => {
  const sources = [...sourcesIn('api/reports'), ...sourcesIn('shared/report')].join('\n');
  const families = /^(?:by|state|category)\./;
  const built = [...sources.matchAll(/`((?:\w+\.)+)\$\{/g)].map(([, start]) => start ?? '');
  const unsaid = Object.keys(EN).filter(
    (phrase) =>
      !sources.includes(`'${phrase}'`) && !families.test(phrase) && !built.some((start) => phrase.startsWith(start)),
  );
  expect(unsaid).toEqual([]);
});

it('fills in, lists and names', () => {
  expect(sayIn('de')('tariffFrom', { id: 'netz', date: '2026-04-01' })).toBe('netz ab 2026-04-01');
  expect(listed(['a', 'b', 'c'], 'en')).toBe('a, b and c');
  expect(listed(['Schicht', 'Tarifzeit'], 'de')).toBe('Schicht und Tarifzeit');
  expect([phraseOf('state', 'idle'), phraseOf('state', 'toString')]).toEqual(['state.idle', null]);
});
