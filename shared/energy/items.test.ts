import { describe, expect, it } from 'vitest';
import {
  coveredSecondsOf,
  cutItems,
  type EnergyItem,
  type ItemLabels,
  sumEnergy,
  type WeightedCell,
  weighCells,
} from './items.ts';

const cell = (start: number, end: number, more: Partial<WeightedCell> = {}): WeightedCell => ({
  start,
  end,
  tariff: null,
  band: 'all',
  rate: 0.2,
  gramsPerKwh: 500,
  marketGramsPerKwh: null,
  weight: 1,
  ...more,
});

const labels: ItemLabels = {
  meter: 'e1',
  machine: null,
  share: 1,
  category: null,
  state: null,
  reason: null,
  product: '',
  order: '',
  shift: null,
  estimated: false,
};

function cut(cells: readonly WeightedCell[], start: number, end: number): EnergyItem[] {
  const items: EnergyItem[] = [];
  cutItems((item) => items.push(item), cells, { start, end, energyWh: 4000, coveredSeconds: 8 }, labels);
  return items;
}

describe('a stretch of energy', () => {
  it('inside one cell is priced whole, with the CO2 of its factor', () => {
    expect(cut([cell(0, 100), cell(100, 200)], 20, 100)).toEqual([
      {
        ...labels,
        start: 20,
        end: 100,
        energyWh: 4000,
        coveredSeconds: 8,
        band: 'all',
        rate: 0.2,
        cost: 0.8,
        gramsPerKwh: 500,
        co2Kg: 2,
        co2MarketKg: null,
      },
    ]);
  });

  it('is shared out by time over the cells that it touches, energy and covered seconds alike', () => {
    const items = cut([cell(0, 100), cell(100, 200, { rate: 0.4, gramsPerKwh: 100 }), cell(200, 300)], 75, 175);
    expect(items.map((i) => [i.start, i.end, i.energyWh, i.coveredSeconds, i.cost, i.co2Kg])).toEqual([
      [75, 100, 1000, 2, 0.2, 0.5],
      [100, 175, 3000, 6, 3 * 0.4, 0.3],
    ]);
    const wide = cut([cell(100, 125), cell(125, 200)], 100, 200);
    expect(wide.map((i) => [i.energyWh, i.coveredSeconds])).toEqual([
      [1000, 2],
      [3000, 6],
    ]);
  });

  it('counts with the weight of its cell; its covered seconds are seconds', () => {
    expect(cut([cell(0, 100, { weight: -0.5 })], 0, 100)).toMatchObject([
      { energyWh: -2000, coveredSeconds: 8, cost: -0.4, co2Kg: -1 },
    ]);
  });

  it('without a price or a factor has no cost and no CO2', () => {
    expect(cut([cell(0, 100, { rate: null, gramsPerKwh: null })], 0, 100)).toMatchObject([{ cost: null, co2Kg: null }]);
  });
});

describe('sums of items', () => {
  it('price each rate once and say what has none', () => {
    const items = [
      { energyWh: 1000, rate: 0.1, gramsPerKwh: 200 },
      { energyWh: 500, rate: null, gramsPerKwh: 100 },
      { energyWh: 3000, rate: 0.3, gramsPerKwh: null },
    ];
    expect(sumEnergy(items)).toEqual({ kWh: 4.5, cost: 1, co2Kg: 0.25, unpricedKWh: 0.5, kWhWithoutFactor: 3 });
    expect(sumEnergy([])).toEqual({ kWh: 0, cost: null, co2Kg: null, unpricedKWh: 0, kWhWithoutFactor: 0 });
    expect(coveredSecondsOf([{ coveredSeconds: 3 }, { coveredSeconds: 4 }])).toBe(7);
  });
});

describe('weighing cells', () => {
  const edges = (cells: readonly WeightedCell[]) => cells.map((c) => [c.start, c.end, c.weight]);

  it('cuts them along the weights and drops the time that has none', () => {
    const weights = [
      { start: 10, end: 50, weight: 2 },
      { start: 50, end: 60, weight: -1 },
      { start: 120, end: 150, weight: 3 },
    ];
    expect(edges(weighCells([cell(0, 100), cell(100, 130, { weight: 0.5 }), cell(130, 200)], weights))).toEqual([
      [10, 50, 2],
      [50, 60, -1],
      [120, 130, 1.5],
      [130, 150, 3],
    ]);
  });

  it('joins what one weight cut for nothing, and never two cells', () => {
    const same = [
      { start: 0, end: 30, weight: 1 },
      { start: 30, end: 100, weight: 1 },
      { start: 100, end: 160, weight: 1 },
    ];
    expect(edges(weighCells([cell(0, 100), cell(100, 200)], same))).toEqual([
      [0, 100, 1],
      [100, 160, 1],
    ]);
    const apart = [
      { start: 0, end: 30, weight: 1 },
      { start: 40, end: 100, weight: 1 },
    ];
    expect(edges(weighCells([cell(0, 100)], apart))).toEqual([
      [0, 30, 1],
      [40, 100, 1],
    ]);
  });
});
