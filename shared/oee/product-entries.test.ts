import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import { applyScrap, createProductView, type ProductEntry, piecesNeededFrom, productEntries } from './corrections.ts';
import { entryMaker, factsOf, machine, makePlant } from './fixture.ts';
import { judge } from './judge.ts';

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * 60_000;

function entries(...bodies: readonly Record<string, unknown>[]): Entry[] {
  const make = entryMaker();
  return bodies.map((body) => make({ machine: 'm1', type: 'product', ...body }));
}
const viewOf = (...bodies: readonly Record<string, unknown>[]) =>
  createProductView(productEntries(entries(...bodies)) as ProductEntry[]);

describe('product entries', () => {
  it('hold from their instant, the order as measured where they name none', () => {
    const view = viewOf({ at: at(20), product: 'C', order: 'o2' }, { at: at(10), product: 'B' });
    view.measured('A', 'o1', at(0));
    view.moveTo(at(9));
    expect([view.product, view.order, view.nextChange]).toEqual([null, null, at(10)]);
    view.moveTo(at(10));
    expect([view.product, view.order, view.nextChange]).toEqual(['B', null, at(20)]);
    view.moveTo(at(25));
    expect([view.product, view.order, view.nextChange]).toEqual(['C', 'o2', Number.POSITIVE_INFINITY]);
  });

  it('end where the PLC reports another product; product and order hold apart', () => {
    const view = viewOf({ at: at(5), product: 'B', order: 'o9' });
    view.measured('A', 'o1', at(0));
    view.moveTo(at(6));
    view.measured('A', 'o1', at(7));
    expect([view.product, view.order]).toEqual(['B', 'o9']);
    view.measured('A', 'o2', at(8));
    expect([view.product, view.order]).toEqual(['B', null]);
    view.measured('D', 'o2', at(9));
    expect([view.product, view.order]).toEqual([null, null]);
  });

  it('that nobody asked about before a change of the PLC are over, all of them', () => {
    const view = viewOf(
      { at: at(2), product: 'B', order: 'o8' },
      { at: at(3), product: 'C' },
      { at: at(8), product: 'D' },
    );
    view.measured('A', 'o1', at(0));
    view.measured('E', 'o1', at(5));
    expect([view.product, view.order, view.nextChange]).toEqual([null, 'o8', at(8)]);
  });

  it('at the very instant of a change of the PLC come after it', () => {
    const view = viewOf({ at: at(5), product: 'B' });
    view.measured('A', '', at(0));
    view.measured('C', '', at(5));
    view.moveTo(at(5));
    expect(view.product).toBe('B');
  });
});

describe('how far back pieces are needed', () => {
  const binding = { source: 'plc', address: {} };
  const reported = makePlant({ machines: [machine('m1', { product: { binding, map: null } })] });
  const needed = (plant: ReturnType<typeof makePlant>, ...bodies: readonly Record<string, unknown>[]) =>
    (piecesNeededFrom(plant, 'm1', entries(...bodies), at(60)) - START) / 60_000;

  it('is to the entries in force for the product and for the order', () => {
    expect(needed(reported)).toBe(60);
    expect(needed(reported, { at: at(10), product: 'A' }, { at: at(30), product: 'B' })).toBe(30);
    expect(needed(reported, { at: at(10), product: 'A', order: 'o1' }, { at: at(30), product: 'B' })).toBe(10);
    expect(needed(reported, { at: at(10), product: 'A', order: 'o1' }, { at: at(30), product: 'B', order: 'o2' })).toBe(
      30,
    );
    expect(needed(reported, { at: at(60), product: 'A' })).toBe(60);
    expect(needed(reported, { at: at(61), product: 'A' })).toBe(60);
  });

  it('is no further than the window where nothing was entered for the machine, or it reports neither', () => {
    expect(needed(reported, { at: at(10), product: 'A', machine: 'm2' })).toBe(60);
    expect(needed(reported, { at: at(10), type: 'scrap', count: 1 })).toBe(60);
    expect(needed(makePlant(), { at: at(10), product: 'A' })).toBe(60);
    const orders = makePlant({ machines: [machine('m1', { order: { binding } })] });
    expect(needed(orders, { at: at(10), product: 'A' })).toBe(10);
  });
});

describe('scrap entries', () => {
  const spans = () =>
    judge({
      plant: makePlant(),
      machine: 'm1',
      ...factsOf('m1', [{ start: at(0), state: 'running', good: 5 }], at(3)),
      entries: [],
      from: at(0),
      to: at(3),
    });
  const scrapped = (minutes: number) => {
    const list = spans();
    applyScrap(list, entries({ type: 'scrap', at: at(minutes), count: 2 }));
    return list.map((s) => s.rejectCount);
  };

  it('belong to the second before their instant, and to no time outside the window', () => {
    expect(scrapped(1)).toEqual([2, 0, 0]);
    expect(scrapped(1.5)).toEqual([0, 2, 0]);
    expect(scrapped(3)).toEqual([0, 0, 2]);
    expect(scrapped(0)).toEqual([0, 0, 0]);
    expect(scrapped(3.1)).toEqual([0, 0, 0]);
  });
});

describe('judgement', () => {
  it('refuses a machine that the plant does not have', () => {
    const input = { plant: makePlant(), machine: 'm9', intervals: [], pieces: [], entries: [], from: at(0), to: at(1) };
    expect(() => judge(input)).toThrow('the plant has no machine "m9"');
  });

  it('leaves other machines’ entries to them', () => {
    const facts = factsOf('m1', [{ start: at(0), state: 'running', good: 5, product: 'A' }], at(3));
    const others = entries(
      { machine: 'm2', at: at(1), product: 'B' },
      { machine: 'm2', type: 'scrap', at: at(2), count: 3 },
      { machine: 'm2', type: 'stopReason', at: at(2), reason: 'jam' },
    );
    const input = { plant: makePlant(), machine: 'm1', ...facts, from: at(0), to: at(3) };
    expect(judge({ ...input, entries: others })).toEqual(judge({ ...input, entries: [] }));
  });
});
