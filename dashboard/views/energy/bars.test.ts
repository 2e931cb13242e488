import { describe, expect, it } from 'vitest';
import type { EnergyAnswer } from '#shared/contract/rest-answers.ts';
import type { ShiftEnergyView } from '#shared/contract/socket.ts';
import { bandShade, bandsByPrice, barsOf, withLive } from './bars.ts';

type Item = EnergyAnswer['items'][number];
const item = (start: string, more: Partial<Item>): Item => ({
  scope: 'site',
  window: { start, end: start },
  shift: 'early',
  shiftName: 'Early',
  date: '2026-11-02',
  label: 'Mon 2 Nov Early',
  band: 'day',
  state: null,
  category: null,
  machine: null,
  product: null,
  order: null,
  kWh: 10,
  cost: 2,
  co2Kg: null,
  co2MarketKg: null,
  unpricedKWh: 0,
  coverage: 1,
  missingSeconds: 0,
  kWhPerGood: null,
  kWhPerRunHour: null,
  kWhPerStandardHour: null,
  estimated: false,
  provisional: false,
  ...more,
});
const A = '2026-11-02T06:00:00.000Z';
const B = '2026-11-02T14:00:00.000Z';

describe('bars', () => {
  it('gather the bands of a shift under its name and day', () => {
    const [bar] = barsOf([item(A, {}), item(A, { band: 'night', kWh: 5, cost: null })]);
    expect(bar).toMatchObject({ name: 'Early', group: 'Mon 2 Nov', kWh: 15, cost: 2 });
    expect(Object.keys(bar?.byBand ?? {})).toEqual(['day', 'night']);
  });
  it('are unknown where nothing was read, and none where a gap took nothing', () => {
    const gap = { shift: 'offShift', shiftName: 'Off shift', label: 'Sun 1 Nov Off shift' };
    expect(barsOf([item(A, { coverage: 0, kWh: 0 })])[0]?.kWh).toBeNull();
    expect(barsOf([item(A, { ...gap, kWh: 0 })])).toEqual([]);
    expect(barsOf([item(A, { ...gap, kWh: 7 })])[0]).toMatchObject({ name: 'off', kWh: 7 });
  });
  it('take what the socket knows, inside the period only', () => {
    const live = (start: string, kWh: number) =>
      ({
        start,
        kWh,
        cost: 1,
        byBand: {},
        coverage: 1,
        provisional: true,
        name: 'Early',
        dateLabel: 'Mon',
      }) as unknown as ShiftEnergyView;
    const bars = withLive(
      barsOf([item(A, {})]),
      [live(A, 12), live(B, 3), live('2026-11-09T06:00:00.000Z', 9)],
      Date.parse(A),
      Date.parse(B) + 1,
    );
    expect(bars.map((bar) => [bar.start, bar.kWh])).toEqual([
      [A, 12],
      [B, 3],
    ]);
  });
});

describe('bands', () => {
  it('stand cheapest first and take a shade each', () => {
    const bars = [
      {
        byBand: {
          red: { kWh: 1, cost: 0.3 },
          green: { kWh: 1, cost: 0.1 },
          amber: { kWh: 1, cost: 0.2 },
          '': { kWh: 4, cost: null },
        },
      },
    ];
    const bands = bandsByPrice(bars);
    expect(bands.map((one) => [one.band, one.price])).toEqual([
      ['', null],
      ['green', 0.1],
      ['amber', 0.2],
      ['red', 0.3],
    ]);
    expect(['green', 'amber', 'red'].map((band) => bandShade(bands.slice(1), band))).toEqual([1, 2, 3]);
    expect(bandShade([{ band: 'all' }], 'all')).toBe(2);
  });
});
