import { describe, expect, it } from 'vitest';
import type { EnergyBar } from '../views/energy/bars.ts';
import { energyBarsOption, middleOfGroup } from './energy-bars.ts';
import { loadOption } from './energy-load.ts';
import { trendOf } from './energy-trend.ts';
import { chartTheme } from './theme.ts';

const theme = chartTheme((name) => name, 1);
const bar = (group: string, byBand: EnergyBar['byBand'], cost: number | null): EnergyBar => ({
  start: group,
  name: 'Early',
  group,
  kWh: 100,
  cost,
  byBand,
  coverage: 1,
  provisional: false,
});
const BARS = [
  bar('Mon', { red: { kWh: 40, cost: 12 }, green: { kWh: 60, cost: 6 } }, 18),
  bar('Mon', { green: { kWh: 100, cost: null } }, null),
  bar('Tue', { green: { kWh: 100, cost: 10 } }, 10),
];
interface Series {
  readonly name: string;
  readonly data: readonly unknown[];
  readonly label?: { readonly show: boolean; formatter(p: { dataIndex: number }): string };
}

describe('bars of energy', () => {
  it('stack a series a band, and have no cost over a bar that has none', () => {
    const bands = [
      { band: 'green', shade: 1 },
      { band: 'red', shade: 3 },
    ] as const;
    const option = energyBarsOption(BARS, bands, { money: (n) => `£${n}`, count: String }, theme);
    const series = option.series as unknown as Series[];
    expect(series.map((one) => [one.name, one.data])).toEqual([
      ['green', [60, 100, 100]],
      ['red', [40, 0, 0]],
      ['cost', [0, 0, 0]],
    ]);
    expect([0, 1, 2].map((dataIndex) => series[2]?.label?.formatter({ dataIndex }))).toEqual(['£18', '', '£10']);
  });
  it('write a day once, under the middle of its bars', () => {
    expect(BARS.map((_, i) => i === middleOfGroup(BARS, i))).toEqual([true, false, true]);
    expect(middleOfGroup([{ group: '' }], 0)).toBe(-1);
  });
});

describe('demand', () => {
  it('marks whole blocks above the limit and leaves holes where nothing was read', () => {
    const block = (kW: number | null, complete = true) => ({
      start: '',
      label: '10:00',
      kW,
      kVA: null,
      complete,
      band: '',
    });
    const days = [
      {
        date: '',
        label: 'Mon 2 Nov',
        start: '',
        blocks: [block(90), block(null, false), block(120), block(130, false)],
      },
    ];
    const option = loadOption(days, 100, { count: String, limit: 'agreed 100 kW' }, theme);
    const [load, over] = option.series as unknown as Series[];
    expect(load?.data).toEqual([90, null, 120, 130]);
    expect(over?.data).toEqual([null, null, 120, null]);
  });
});

describe('the trend of kWh per piece', () => {
  it('is a mean of seven days, and knows what is usual from ten days before the last week on', () => {
    const days = Array.from({ length: 20 }, (_, i) => ({ label: `${i}`, value: i === 3 ? null : i }));
    const { smooth, usual } = trendOf(days);
    expect(smooth.at(-1)).toBe(16);
    expect(smooth[4]).toBe((0 + 1 + 2 + 4) / 4);
    expect(usual).toEqual({ low: 1, high: 11 });
    expect(trendOf(days.slice(0, 10)).usual).toBeNull();
  });
});
