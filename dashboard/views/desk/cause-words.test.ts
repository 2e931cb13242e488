import { afterAll, expect, it, vi } from 'vitest';
import { showLanguage } from '../../language/language.ts';
import { causeWords } from './cause-words.ts';

vi.stubGlobal('document', { documentElement: {} });
afterAll(() => showLanguage('en'));

/** As api/desk/causes.ts and api/desk/versions.ts say them. */
const SAID = [
  'the stop at 14:02 was explained as Film jam, at 15:10 by kim',
  'the stop at 14:02 was split: Film jam from 14:05 to 14:20, at 15:10 by kim',
  'the stop at 14:02 was made one again, at 15:10 by kim',
  '12 pieces made by 14:02 were entered as scrap, at 15:10 by kim',
  'from 14:02 on the product was entered as Still 0.5 l, at 15:10 by kim',
  'order WO-1 was entered as started at 14:02, at 15:10 by tablet 3',
  'order WO-1 was entered as finished at 14:02, at 15:10 by kim',
  'a count of filler.good at 14:02 was decided to be 120, at 15:10 by kim',
  'an exchange of the meter m-main was entered, at 15:10 by kim',
  'the shifts of 2026-11-02 were changed, at 15:10 by kim',
  'the target of Filler was changed, at 15:10 by kim',
  'it was taken back that order WO-1 was entered as started at 14:02, at 15:10 by kim',
  'an entry was taken back, at 15:10 by kim',
  'an entry was made, at 15:10 by kim',
  'the plant file was changed',
  'late data changed it',
];

it.each(SAID)('%s: the same in English, other words in German', async (said) => {
  await showLanguage('en');
  expect(causeWords(said)).toBe(said);
  await showLanguage('de');
  expect(causeWords(said)).not.toMatch(/ (?:was|were|by|changed)\b/);
});

it('leaves what it does not know as it came', () => {
  expect(causeWords('the moon was full, at 15:10 by kim')).toBe('the moon was full, at 15:10 by kim');
});
