import { describe, expect, it } from 'vitest';
import type { JudgedSpan } from '../oee/judged.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import { attributeEnergy } from './attribute.ts';
import type { EnergyItem } from './items.ts';
import { meterPiece, testMeter, testPlant, testTariff } from './testing.ts';

/* Time and energy of a meter that its machines, their facts or the meters below it do not explain. */

const MINUTE = 60_000;
const T0 = Date.parse('2026-01-14T10:00:00Z');
const at = (seconds: number) => T0 + seconds * 1000;
const bands = [{ name: 'all', rate: 0.2, days: null, months: null, from: null, to: null }];
const feeds = (...value: { machine: string; share: number }[]) => [{ validFrom: Number.NEGATIVE_INFINITY, value }];
const window = { from: T0, to: at(60) };

function plantOf(...meters: Parameters<typeof testMeter>[]) {
  return testPlant(
    meters.map(([id, more]) => testMeter(id, more)),
    { tariffs: [testTariff({ bands })] },
  );
}

const brief = (items: readonly EnergyItem[]) =>
  items.map((i) => [
    i.machine,
    (i.start - T0) / 1000,
    (i.end - T0) / 1000,
    Number(i.energyWh.toFixed(6)),
    Number(i.coveredSeconds.toFixed(6)),
    i.state,
  ]);

describe('a row of which the machine has facts only in part', () => {
  const plant = plantOf(['e1', { feeds: feeds({ machine: 'm1', share: 1 }) }]);
  const row = (more: object = {}) => meterPiece('e1', '', T0, at(60), { energyWh: 600, ...more });
  const piece = (from: number, to: number, energyWh: number, more: object = {}) =>
    meterPiece('e1', 'm1', at(from), at(to), { energyWh, state: 'running', ...more });
  const of = (...meterPieces: ReturnType<typeof meterPiece>[]) =>
    attributeEnergy({ plant, meter: 'e1', meterPieces, spansByMachine: new Map(), ...window });

  it('gives the time before, between and after them what they leave, by time', () => {
    expect(brief(of(row(), piece(10, 20, 200), piece(40, 50, 200)))).toEqual([
      ['m1', 0, 10, 50, 10, 'unknown'],
      ['m1', 10, 20, 200, 10, 'running'],
      ['m1', 20, 40, 100, 20, 'unknown'],
      ['m1', 40, 50, 200, 10, 'running'],
      ['m1', 50, 60, 50, 10, 'unknown'],
    ]);
  });

  it('shares the seconds that readings cover out the same way', () => {
    const items = of(row({ coveredSeconds: 40 }), piece(0, 20, 300, { coveredSeconds: 20 }));
    expect(brief(items)).toEqual([
      ['m1', 0, 20, 300, 20, 'running'],
      ['m1', 20, 60, 300, 20, 'unknown'],
    ]);
    expect(items.every((i) => !i.estimated)).toBe(true);
  });

  it('goes by time where the facts of the machine claim more than was measured, or nothing', () => {
    expect(brief(of(row(), piece(0, 30, 900)))).toEqual([
      ['m1', 0, 30, 300, 30, 'running'],
      ['m1', 30, 60, 300, 30, 'unknown'],
    ]);
    expect(brief(of(row(), piece(0, 30, 0), piece(30, 60, 0))).map((b) => b[3])).toEqual([300, 300]);
  });

  it('goes by their energy where they leave nothing out', () => {
    expect(brief(of(row(), piece(0, 30, 400), piece(30, 60, 100))).map((b) => b[3])).toEqual([480, 120]);
  });

  it('takes a piece that reaches over the row for the part inside', () => {
    const long = meterPiece('e1', 'm1', at(-60), at(120), { energyWh: 1800, state: 'idle', coveredSeconds: 180 });
    expect(brief(of(row(), long))).toEqual([['m1', 0, 60, 600, 60, 'idle']]);
    const two = [
      meterPiece('e1', '', T0, at(30), { energyWh: 300 }),
      meterPiece('e1', '', at(30), at(60), { energyWh: 200 }),
    ];
    const across = piece(10, 50, 400, { coveredSeconds: 40 });
    expect(brief(of(...two, across)).map((b) => [b[1], b[2], b[4], b[5]])).toEqual([
      [0, 10, 10, 'unknown'],
      [10, 30, 20, 'running'],
      [30, 50, 20, 'running'],
      [50, 60, 10, 'unknown'],
    ]);
  });

  it('is estimated where the row, the piece or the span is', () => {
    const both = [row(), piece(0, 30, 300), piece(30, 60, 300, { estimated: true })];
    expect(of(...both).map((i) => i.estimated)).toEqual([false, true]);
    expect(of(row({ estimated: true }), piece(0, 60, 600)).map((i) => i.estimated)).toEqual([true]);
    const span = {
      start: T0,
      end: at(60),
      category: 'run',
      state: 'setup',
      product: 'P',
      order: 'O',
      estimated: true,
    };
    const spansByMachine = new Map([['m1', [span as JudgedSpan]]]);
    const [item] = attributeEnergy({
      plant,
      meter: 'e1',
      meterPieces: [row(), piece(0, 60, 600)],
      spansByMachine,
      ...window,
    });
    expect(item).toMatchObject({
      estimated: true,
      product: 'P',
      order: 'O',
      category: 'run',
      state: 'setup',
      shift: null,
    });
  });

  it('names product and order as the facts do where nothing is judged', () => {
    const [item] = of(row(), piece(0, 60, 600, { product: 'P7', order: 'O7' }));
    expect(item).toMatchObject({ product: 'P7', order: 'O7', category: 'unknown', shift: null, reason: null });
  });
});

describe('the rest of a meter', () => {
  const shift = (id: string, from: number, to: number) =>
    ({ id, start: at(from), end: at(to) }) as unknown as ShiftInstance;

  it('is what its shares leave over, by the shifts of the site', () => {
    const plant = plantOf(['e1', { feeds: feeds({ machine: 'm1', share: 0.7 }) }]);
    const meterPieces = [meterPiece('e1', '', T0, at(60), { energyWh: 600, coveredSeconds: 30 })];
    const items = attributeEnergy({
      plant,
      meter: 'e1',
      meterPieces,
      spansByMachine: new Map(),
      siteShifts: [shift('a', -100, 15), shift('b', 30, 45), shift('c', 60, 100)],
      ...window,
    });
    const rest = items.filter((i) => i.machine === null);
    expect(rest.map((i) => [i.shift?.id ?? null, Number(i.energyWh.toFixed(6)), i.coveredSeconds])).toEqual([
      ['a', 45, 7.5],
      [null, 45, 7.5],
      ['b', 45, 7.5],
      [null, 45, 7.5],
    ]);
    expect(rest.every((i) => Math.abs(i.share - 0.3) < 1e-12 && i.category === null && i.state === null)).toBe(true);
  });

  it('is none where the shares add up, be it in binary fractions', () => {
    const shares = Array.from({ length: 10 }, (_, i) => ({ machine: `m${i}`, share: 0.1 }));
    const plant = plantOf(['e1', { feeds: feeds(...shares) }]);
    const items = attributeEnergy({
      plant,
      meter: 'e1',
      meterPieces: [meterPiece('e1', '', T0, at(60), { energyWh: 600 })],
      spansByMachine: new Map(),
      ...window,
    });
    expect(items.map((i) => i.machine)).not.toContain(null);
    expect(items).toHaveLength(10);
  });

  it('is estimated where any of the meters that it is taken from is, and covered as the upper one is', () => {
    const plant = plantOf(['e1', {}], ['e2', { parent: 'e1' }], ['e3', { parent: 'e1' }]);
    const meterPieces = [
      meterPiece('e1', '', T0, at(60), { energyWh: 600, coveredSeconds: 50 }),
      meterPiece('e2', '', T0, at(60), { energyWh: 150, estimated: true }),
      meterPiece('e3', '', T0, at(60), { energyWh: 50 }),
      meterPiece('e3', '', at(60), at(60) + MINUTE, { energyWh: 50 }),
    ];
    const input = { plant, meter: 'e1', meterPieces, spansByMachine: new Map(), from: T0, to: at(120) };
    const own = attributeEnergy(input).filter((i) => i.meter === 'e1');
    expect(own.map((i) => [i.energyWh, i.coveredSeconds, i.estimated])).toEqual([
      [400, 50, true],
      // The upper meter has no reading there: what the lower one measured is missing above.
      [-50, 0, false],
    ]);
  });
});
