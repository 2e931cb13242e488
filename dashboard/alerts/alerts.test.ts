import { expect, it } from 'vitest';
import type { AlertAnswer } from '#shared/contract/office-answers.ts';
import { byUrgency, pageOf } from './alerts.ts';

const alert = (id: string, openedAt: string, acknowledgedAt: string | null): AlertAnswer =>
  ({ id, openedAt, acknowledgedAt }) as AlertAnswer;

it('puts first what nobody takes care of, the newest of it on top', () => {
  const list = [alert('a', '1', null), alert('b', '3', '4'), alert('c', '2', null), alert('d', '1', '4')];
  expect(byUrgency(list).map((a) => a.id)).toEqual(['c', 'a', 'b', 'd']);
});

it('knows where to look', () => {
  expect(
    ['machine:filler', 'machine:mill.vibration', 'line:filling', 'wall:filling', 'meter:m', 'source:plc', 'x'].map(
      pageOf,
    ),
  ).toEqual(['/machine/filler', '/machine/mill', '/wall/filling', '/wall/filling', '/energy', '/sources', null]);
});
