import { expect, it } from 'vitest';
import { duration, historyLength, ordinal } from './duration.ts';

it.each([
  [0, '0 s'],
  [47.9, '47 s'],
  [59.99, '59 s'],
  [60, '1 min'],
  [12 * 60 + 59, '12 min'],
  [3599, '59 min'],
  [3840, '1 h 04'],
  [86_399, '23 h 59'],
  [86_400 * 2 + 3 * 3600, '2 d 3 h'],
  [-5, '0 s'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

it('shows a dash for an unknown duration', () => expect(duration(null)).toBe('–'));

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [12, '12th'],
  [21, '21st'],
  [112, '112th'],
])('%d is %s', (n, text) => expect(ordinal(n)).toBe(text));

it('says how long a past is being made, in words where there are any', () => {
  expect([14, 7, 1, 10].map(historyLength)).toEqual(['two weeks', 'one week', 'one day', '10 days']);
});
