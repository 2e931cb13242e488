import { describe, expect, it } from 'vitest';
import { isCounted, isLineCounted, withoutCounts } from './counted.ts';
import { figuresOf } from './figures.ts';
import { machine, makePlant } from './fixture.ts';
import { zeroSums } from './sums.ts';

const counter = {
  binding: { source: 'plc', address: {} },
  kind: 'cumulative' as const,
  modulus: null,
  maxPerSecond: null,
  jitter: 0,
};

describe('a machine', () => {
  it('is counted by its total, its good pieces or its cycles, not by rejects alone', () => {
    const by = ['total', 'good', 'cycles', 'reject'] as const;
    expect(by.map((name) => isCounted(machine('m1', { [name]: counter })))).toEqual([true, true, true, false]);
    expect(isCounted(machine('m1'))).toBe(false);
  });
});

describe('a line', () => {
  const counted = machine('a', { total: counter });
  const machines = [counted, machine('b')];

  it('with a constraint is counted at its last machine', () => {
    expect(isLineCounted(makePlant({ machines, constraint: 'a' }), 'l1')).toBe(false);
    expect(isLineCounted(makePlant({ machines: [...machines].reverse(), constraint: 'b' }), 'l1')).toBe(true);
  });

  it('without one is counted where any of its machines is', () => {
    expect(isLineCounted(makePlant({ machines }), 'l1')).toBe(true);
    expect(isLineCounted(makePlant({ machines: [machine('b')] }), 'l1')).toBe(false);
  });

  it('that is none, or whose machines the plant does not know, is not', () => {
    expect(isLineCounted(makePlant({ machines }), 'l9')).toBe(false);
    const plant = makePlant({ machines });
    expect(isLineCounted({ ...plant, machines: new Map() }, 'l1')).toBe(false);
  });
});

describe('figures where nothing counts', () => {
  it('keep time and lose what rests on pieces: undefined, not 0 %', () => {
    const figures = figuresOf({
      ...zeroSums(),
      allSeconds: 100,
      runSeconds: 40,
      unplannedStopSeconds: 40,
      offShiftSeconds: 20,
    });
    expect(figures.kpi).toMatchObject({ availability: 0.5, performance: 0, oee: 0 });
    expect(withoutCounts(figures)).toEqual({
      ...figures,
      kpi: {
        availability: 0.5,
        utilization: 0.8,
        performance: null,
        quality: null,
        oee: null,
        teep: null,
        ooe: null,
        yield: null,
      },
    });
  });
});
