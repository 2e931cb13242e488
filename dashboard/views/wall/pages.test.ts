import { describe, expect, it } from 'vitest';
import { evenPages, turnSeconds, wallPages } from './pages.ts';

describe('the address of a wall', () => {
  it('is one line, several, or all of them, and up to three in turn', () => {
    expect(wallPages(['filling'])).toEqual([{ key: 'filling', lines: ['filling'], scope: 'line:filling' }]);
    expect(wallPages(['filling,machining,filling'])).toMatchObject([
      { lines: ['filling', 'machining'], scope: 'site' },
    ]);
    expect(wallPages(['all'])).toMatchObject([{ lines: null, scope: 'site' }]);
    expect(wallPages(['site'])).toMatchObject([{ lines: null, scope: 'site' }]);
    expect(wallPages(['filling', '', 'all']).map((page) => page.key)).toEqual(['filling', 'all']);
  });
  it('keeps turns between ten seconds and ten minutes', () => {
    expect([undefined, '', 'soon', '5', '45', '9999'].map(turnSeconds)).toEqual([30, 30, 30, 10, 45, 600]);
  });
});

it('spreads lines evenly over the fewest pages', () => {
  const lines = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  expect(evenPages(lines(12), 5).map((page) => page.length)).toEqual([4, 4, 4]);
  expect(evenPages(lines(7), 6).map((page) => page.length)).toEqual([4, 3]);
  expect(evenPages(lines(3), 6).map((page) => page.length)).toEqual([3]);
  expect(evenPages([], 6)).toEqual([]);
});
