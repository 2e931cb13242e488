import { afterAll, expect, it, vi } from 'vitest';
import { formulaWords } from '../views/machine/explain.ts';
import { showLanguage } from './language.ts';
import { said } from './said.ts';

vi.stubGlobal('document', { documentElement: {} });
afterAll(() => showLanguage('en'));

it('leaves every sentence of an English page as the server says it', async () => {
  await showLanguage('en');
  expect(said('running, small stops of 450 s in')).toBe('running, small stops of 450 s in');
});

it('says a sentence of the server with its values, and leaves one that it does not know', async () => {
  await showLanguage('de');
  expect(said('run time')).toBe('Laufzeit');
  expect(said('running, small stops of 450.5 s in')).toBe('Lauf, mit 450.5 s Kurzstillständen');
  expect(said('planned 100 + not scheduled 20 + breaks 3')).toBe('geplant 100 + nicht belegt 20 + Pausen 3');
  expect(said('something new')).toBe('something new');
});

it('prefers the sentence with more words of its own', async () => {
  await showLanguage('de');
  const split = 'meter M-07: its power over time; 60 %, then 40 % of it; split by seconds inside its minutes';
  expect(said(split)).toContain('davon 60 %, then 40 %; in seinen Minuten');
});

it('says a ratio term by term, and a formula that has a stroke of its own as a whole', async () => {
  await showLanguage('de');
  expect(formulaWords('run time / planned production time')).toBe('Laufzeit / geplante Produktionszeit');
  expect(formulaWords('sum over planned seconds of target OEE / ideal cycle of the product then')).toMatch(
    /^Summe über/,
  );
});

/** As api/desk/causes.ts and api/desk/versions.ts say them. */
const CAUSES = [
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

it.each(CAUSES)('%s: the same in English, other words in German', async (sentence) => {
  await showLanguage('en');
  expect(said(sentence)).toBe(sentence);
  await showLanguage('de');
  expect(said(sentence)).not.toMatch(/ (?:was|were|by|changed)\b/);
});

it('tells a cause in one language or the other, never half', async () => {
  await showLanguage('de');
  expect(said('the moon was full, at 15:10 by kim')).toBe('the moon was full, at 15:10 by kim');
});
