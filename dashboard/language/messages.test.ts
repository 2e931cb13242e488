import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createI18n } from 'vue-i18n';
import { formOf, formsOf, LANGUAGES, type Language } from '#shared/language/languages.ts';

const ROOM = join(import.meta.dirname, '..');
const IDS = Object.keys(LANGUAGES) as Language[];
const messages = Object.fromEntries(IDS.map((id) => [id, flat(id)])) as Record<Language, Map<string, string>>;
const sources = filesIn(ROOM).map((path) => readFileSync(path, 'utf8'));

function filesIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return ['dist', 'messages', 'public'].includes(entry.name) ? [] : filesIn(path);
    return /\.(ts|vue)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) ? [path] : [];
  });
}

function flat(language: Language): Map<string, string> {
  const dir = join(ROOM, 'language/messages', language);
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') found.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) walk(inner, `${path}.${key}`);
  };
  for (const file of readdirSync(dir)) {
    walk(JSON.parse(readFileSync(join(dir, file), 'utf8')), file.replace('.json', ''));
  }
  return found;
}

const placeholders = (message: string): string[] => [...new Set(message.match(/\{[a-zA-Z]\w*\}/g))].sort();
const forms = (message: string): number => message.split(' | ').length;
const english = messages.en;

describe.each(IDS)('messages in %s', (language) => {
  const own = messages[language];
  it('are there for every English one, and for none that is gone', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
  });
  it('are not empty and hold the same placeholders', () => {
    const wrong = [...own].filter(([key, text]) => {
      return text.trim() === '' || `${placeholders(text)}` !== `${placeholders(english.get(key) ?? '')}`;
    });
    expect(wrong).toEqual([]);
  });
  it('have every form that the language counts with', () => {
    const wrong = [...own].filter(
      ([key, text]) => forms(text) !== (forms(english.get(key) ?? '') === 1 ? 1 : formsOf(language)),
    );
    expect(wrong).toEqual([]);
  });
  it('can be read by the library', () => {
    const i18n = createI18n({
      legacy: false,
      locale: language,
      flatJson: true,
      messages: { [language]: Object.fromEntries(own) },
    });
    for (const [key, text] of own) {
      const named = Object.fromEntries(placeholders(text).map((name) => [name.slice(1, -1), 'X']));
      const shown = i18n.global.t(key, named, { plural: 1 } as never);
      expect(shown, key).not.toBe(key);
      expect(shown, key).not.toMatch(/^\s*$|[{}]/);
    }
  });
});

it('keeps no language in English', () => {
  for (const language of IDS.filter((id) => id !== 'en')) {
    const same = [...messages[language]].filter(([key, text]) => text === english.get(key) && /[a-z]{4}/.test(text));
    expect(same.length / english.size, `${language}: ${same.map(([key]) => key).join(', ')}`).toBeLessThan(0.1);
  }
});

describe('what pages ask for', () => {
  const literal = new Set(
    sources.flatMap((text) =>
      [/\bt\(\s*'([\w.-]+)'/g, /\bkeypath="([\w.-]+)"/g].flatMap((like) =>
        [...text.matchAll(like)].map(([, key]) => key ?? ''),
      ),
    ),
  );
  const patterns = sources
    .flatMap((text) => [...text.matchAll(/\bt\(\s*`([^`]+)`/g)].map(([, key]) => key ?? ''))
    .map((key) => ({
      key,
      like: new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '[\\w.-]+')}$`),
    }));
  // A table of keys: any quoted 'area.name'.
  const quoted = new Set(
    sources.flatMap((text) => [...text.matchAll(/'([a-z][\w-]*\.[\w.-]+)'/g)].map(([, key]) => key ?? '')),
  );

  it('exists', () => {
    expect([...literal].filter((key) => !english.has(key))).toEqual([]);
    expect(
      patterns.filter(({ like }) => ![...english.keys()].some((key) => like.test(key))).map(({ key }) => key),
    ).toEqual([]);
  });
  it('is all there is', () => {
    const asked = (key: string): boolean =>
      literal.has(key) || quoted.has(key) || patterns.some(({ like }) => like.test(key));
    expect([...english.keys()].filter((key) => !asked(key))).toEqual([]);
  });
});

it.each([
  ['en', [1, 2, 0], [0, 1, 1]],
  ['fr', [0, 1, 2, 1_000_000], [0, 0, 1, 1]],
  ['pl', [1, 2, 4, 5, 12, 22, 25], [0, 1, 1, 2, 2, 1, 2]],
] as const)('%s counts by its own rule', (language, counts, expected) => {
  expect(counts.map((count) => formOf(language, count))).toEqual([...expected]);
});
