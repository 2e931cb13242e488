import { afterEach, expect, it } from 'vitest';
import { i18n } from '../language/language.ts';
import de from '../language/words-de.ts';
import { problemWords } from './problem.ts';

const german = Object.fromEntries(
  Object.entries(de).map(([path, messages]) => [/([\w-]+)\.json$/.exec(path)?.[1] ?? path, messages]),
);
i18n.global.setLocaleMessage('de', german);
const speak = (language: string): void => {
  i18n.global.locale.value = language as 'en';
};
afterEach(() => speak('en'));

const LOCKED = { code: 'locked', until: '2026-11-23T04:55:00.000Z', detail: 'Too many wrong tries: locked.' };

it('is what the server says, in English', () => {
  expect(problemWords(LOCKED, 429)).toBe('Too many wrong tries: locked.');
  expect(problemWords({ title: 'Not found' }, 404)).toBe('Not found');
});

it('is said by its code in another language, and stays as it is without one that is known', () => {
  speak('de');
  expect(problemWords(LOCKED, 429)).toContain('bis 04:55 UTC gesperrt');
  expect(problemWords({ code: 'wrongPin', detail: 'The PIN is wrong.' }, 401)).toBe('Die PIN ist falsch.');
  expect(problemWords({ code: 'newer', detail: 'Something of a newer server.' }, 422)).toBe(
    'Something of a newer server.',
  );
});

it('is a number where the server says nothing', () => {
  expect(problemWords(null, 502)).toBe('The server answered 502.');
});
