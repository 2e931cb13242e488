import { expect, it } from 'vitest';
import { paretoBars, shares } from './pareto.ts';

const row = (name: string, seconds: number, count: number, money: number | null) => ({
  reason: name,
  name,
  look: 'down' as const,
  seconds,
  count,
  pieces: 0,
  money,
});

it('orders by the measure asked for, and adds up to all of it', () => {
  const rows = [row('a', 100, 9, null), row('b', 300, 1, 5)];
  expect(paretoBars(rows, 'seconds').map((b) => [b.row.name, b.length, b.cumulative])).toEqual([
    ['b', 1, 0.75],
    ['a', 1 / 3, 1],
  ]);
  expect(paretoBars(rows, 'count').map((b) => b.row.name)).toEqual(['a', 'b']);
  expect(paretoBars(rows, 'money').map((b) => b.row.name)).toEqual(['b']);
  expect(paretoBars(rows, 'pieces')).toEqual([]);
});

it('gives whole percents that add up to 100', () => {
  expect(shares([1, 1, 1])).toEqual([34, 33, 33]);
  expect(shares([62.4, 30.3, 7.3])).toEqual([63, 30, 7]);
  expect(shares([0, 0, 0])).toEqual([0, 0, 0]);
});
