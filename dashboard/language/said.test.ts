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
