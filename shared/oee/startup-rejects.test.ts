import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { factsOf, machine, makePlant, product, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { type Loss, lossLedger } from './losses.ts';

/* RULES 1.1, reduced yield: rejects from a changeover on until ten good pieces or fifteen minutes of running. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const plant = makePlant({
  machines: [machine('m1', { idealCycleSeconds: null, costPerHour: 36 })],
  products: [product('A', 2), product('X', null)],
  reasons: [reason('changeover', 'plannedStop'), reason('jam', 'unplannedStop')],
});

function rowsOf(stages: readonly Stage[], end: number) {
  const spans = judge({
    plant,
    machine: 'm1',
    ...factsOf('m1', stages, at(end)),
    entries: [],
    from: at(0),
    to: at(end),
  });
  return Object.fromEntries(lossLedger(plant, 'm1', spans).map((r) => [r.loss, r])) as Record<
    Loss,
    ReturnType<typeof lossLedger>[number]
  >;
}
const run = (minutes: number, good: number, reject: number): Stage => ({
  start: at(minutes),
  state: 'running',
  product: 'A',
  good,
  reject,
});

describe('startup rejects', () => {
  it('end after fifteen minutes of running where no good piece comes', () => {
    const rows = rowsOf([{ start: at(0), state: 'setup', product: 'A' }, run(5, 0, 1)], 40);
    expect([rows.startupRejects.pieces, rows.productionRejects.pieces]).toEqual([15, 20]);
  });

  it('end with the tenth good piece', () => {
    const rows = rowsOf([{ start: at(0), state: 'setup', product: 'A' }, run(5, 5, 1)], 15);
    expect([rows.startupRejects.pieces, rows.productionRejects.pieces]).toEqual([2, 8]);
  });

  it('wait while the machine stands still after the changeover', () => {
    const rows = rowsOf(
      [{ start: at(0), state: 'setup', product: 'A' }, { start: at(5), state: 'down', product: 'A' }, run(30, 0, 1)],
      50,
    );
    expect([rows.startupRejects.pieces, rows.productionRejects.pieces]).toEqual([15, 5]);
  });

  it('begin with a planned stop in any state, and with setup for any reason', () => {
    for (const [state, why] of [
      ['idle', 'changeover'],
      ['setup', 'jam'],
    ] as const) {
      const rows = rowsOf([run(0, 30, 0), { start: at(10), state, reason: why, product: 'A' }, run(20, 0, 1)], 25);
      expect(rows.startupRejects.pieces).toBe(5);
    }
    const fault = rowsOf(
      [run(0, 30, 0), { start: at(10), state: 'down', reason: 'jam', product: 'A' }, run(20, 0, 1)],
      25,
    );
    expect(fault.startupRejects.pieces).toBe(0);
  });
});

describe('losses without an ideal cycle time', () => {
  it('are seconds and money, and no pieces that nobody could have made', () => {
    const rows = rowsOf(
      [
        { start: at(0), state: 'running', product: 'X', good: 5 },
        { start: at(10), state: 'down', product: 'X' },
      ],
      20,
    );
    expect(rows.slowCycles).toMatchObject({ seconds: 600, pieces: 0 });
    expect(rows.slowCycles.cost).toBeCloseTo(6, 9);
    expect(rows.unplannedStop).toMatchObject({ seconds: 600, pieces: 0 });
    expect(rows.unplannedStop.cost).toBeCloseTo(6, 9);
    expect(rows.fullyProductive).toMatchObject({ seconds: 0, pieces: 50, cost: null, kWh: null });
  });

  it('of pieces counted while it stood come out of slow cycles', () => {
    const rows = rowsOf([{ start: at(0), state: 'down', product: 'A', good: 3 }], 10);
    expect(rows.unplannedStop).toMatchObject({ seconds: 600, pieces: 300 });
    expect(rows.slowCycles).toMatchObject({ seconds: -60, pieces: -30 });
  });
});
