import { expect, it } from 'vitest';
import type { Line } from '../plant/model.ts';
import { isCounted, isLineCounted, withoutCounts } from './counted.ts';
import { figuresOf } from './figures.ts';
import { always, machine, makePlant } from './fixture.ts';
import { zeroSums } from './sums.ts';

const counter = {
  binding: { source: 's', address: {} },
  kind: 'cumulative',
  modulus: null,
  maxPerSecond: null,
  jitter: 0,
} as const;

it('takes a total, good pieces or cycles for counting, rejects alone for nothing', () => {
  for (const name of ['total', 'good', 'cycles'] as const)
    expect(isCounted(machine('m', { [name]: counter }))).toBe(true);
  expect(isCounted(machine('m', { reject: counter }))).toBe(false);
});

it('asks the last machine of a line with a constraint, and any machine of another', () => {
  const machines = [machine('first', { total: counter }), machine('last')];
  const plain = { id: 'l1', name: 'l1', area: 'a', calendar: 'c', machines: ['first', 'last'] };
  const of = (constraint: Line['constraint']) => makePlant({ machines, lines: [{ ...plain, constraint }] });
  expect(isLineCounted(of(always('first')), 'l1')).toBe(false);
  expect(isLineCounted(of(null), 'l1')).toBe(true);
});

it('leaves availability and utilization, and says nothing of what rests on pieces', () => {
  const sums = { ...zeroSums(), allSeconds: 3600, runSeconds: 1800, unplannedStopSeconds: 600, offShiftSeconds: 1200 };
  const { kpi } = withoutCounts(figuresOf(sums));
  expect(kpi).toEqual({
    availability: 0.75,
    utilization: 2400 / 3600,
    performance: null,
    quality: null,
    oee: null,
    teep: null,
    ooe: null,
    yield: null,
  });
});
