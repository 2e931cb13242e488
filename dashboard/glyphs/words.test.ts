import { afterAll, expect, it, vi } from 'vitest';
import { duration, historyLength, ordinal } from '../format/duration.ts';
import { createNumberFormat } from '../format/number.ts';
import { showLanguage } from '../language/language.ts';
import { detailWords, isSwitchedOff, lookInText, lossWords, stateInShort, stateInText, stateWord } from './words.ts';

vi.stubGlobal('document', { documentElement: {} });
afterAll(() => showLanguage('en'));

it('says in English what the server says, letter for letter', () => {
  for (const word of ['Running', 'Waiting', 'Setup', 'Minor stop', 'Down', 'Switched off', 'No plan', 'No data']) {
    expect(stateWord(word)).toBe(word);
    expect(stateInText(word)).toBe(word.toLowerCase());
    expect(stateInShort(word)).toBe(word.toLowerCase());
  }
  for (const detail of ['Break', 'Starved by Capper', 'Blocked by Case packer', 'Cap feed jam']) {
    expect(detailWords(detail)).toBe(detail);
  }
  for (const name of ['Minor stops', 'Down, no reason', 'Capper, no reason', 'Waiting, no reason', 'Cap feed jam']) {
    expect(lossWords(name)).toBe(name);
  }
});

it('says the same in another language, and leaves the names of the plant file alone', async () => {
  await showLanguage('de');
  expect([stateWord('Down'), stateInText('Down'), lookInText('idle')]).toEqual(['Störung', 'Störung', 'wartet']);
  expect(stateWord('Fermenting')).toBe('Fermenting');
  expect(detailWords('Starved by Capper')).toBe('Materialmangel durch Capper');
  expect(detailWords('Cap feed jam')).toBe('Cap feed jam');
  expect(lossWords('Switched off, no reason')).toBe('Ausgeschaltet, ohne Grund');
  expect(lossWords('Capper, no reason')).toBe('Capper, ohne Grund');
  expect([isSwitchedOff('Switched off'), isSwitchedOff('Down')]).toEqual([true, false]);
});

it.each([
  ['de', '2 T 3 h', ['1.', '2.', '3.', '11.'], 'zwei Wochen', '+4,1\u00a0%', 'kWh je 1.000 Gutteile'],
  ['fr', '2 j 3 h', ['1re', '2e', '3e', '11e'], 'deux semaines', '+4,1\u00a0%', 'kWh pour 1\u202f000 bonnes'],
  ['es', '2 d 3 h', ['1.ª', '2.ª', '3.ª', '11.ª'], 'dos semanas', '+4,1\u00a0%', 'kWh por 1000 buenas'],
  ['pl', '2 d 3 h', ['1.', '2.', '3.', '11.'], 'dwóch tygodni', '+4,1%', 'kWh na 1000 dobrych'],
] as const)(
  '%s writes durations, turns and figures its own way',
  async (language, days, turns, past, percent, unit) => {
    await showLanguage(language);
    expect(duration(86_400 * 2 + 3 * 3600)).toBe(days);
    expect(duration(3840)).toBe('1 h 04');
    expect([1, 2, 3, 11].map(ordinal)).toEqual(turns);
    expect(historyLength(14)).toBe(past);
    const format = createNumberFormat(language, 'EUR');
    expect(format.signedPercent(0.041, 1)).toBe(percent);
    expect(format.perGood(0.0306).unit).toBe(unit);
  },
);
