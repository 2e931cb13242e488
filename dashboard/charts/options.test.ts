import { describe, expect, it } from 'vitest';
import type { ShiftEnergyView } from '#shared/contract/socket.ts';
import { bandsByPrice, bandToken, usualShare } from '../views/energy/shifts.ts';
import { plainFills } from './patterns.ts';
import type { Stretch } from './ribbon.ts';
import { middleOfDay } from './shift-energy.ts';
import { longStops, samplesOf } from './shift-power.ts';
import { labelled, niceTop, type ShiftStackData, shiftStackOption, stackRows } from './shift-stack.ts';
import { chartTheme } from './theme.ts';

const theme = chartTheme((name) => `value of ${name}`, 2);
const MIN = 60_000;
const data: ShiftStackData = {
  from: 0,
  to: 480 * MIN,
  stretches: [{ start: 0, end: 100 * MIN, look: 'run', reason: null }],
  power: [
    { start: 0, end: 30 * MIN, kW: 20, look: 'run' },
    { start: 30 * MIN, end: 40 * MIN, kW: 8, look: 'idle' },
    { start: 40 * MIN, end: 60 * MIN, kW: 21, look: 'run' },
  ],
  parts: [{ start: 0, end: 30 * MIN, count: 12 }],
  ideal: { perHour: 24, label: 'ideal 24' },
  idle: { kW: 8.4, label: 'idle 8.4 kW' },
  count: String,
  stopEnergy: [{ at: 35 * MIN, kW: 8, label: '1.3 kWh', look: 'idle' }],
  ticks: [{ at: 0, label: '06:00' }],
};

describe('state, power and parts', () => {
  it('share one time axis: every grid has the same ends and edges', () => {
    const option = shiftStackOption(data, theme, plainFills(theme));
    const axes = option.xAxis as { min: number; max: number }[];
    expect(axes.map(({ min, max }) => [min, max])).toEqual(Array(3).fill([0, 480 * MIN]));
    const grids = option.grid as { left: number; right: number; outerBoundsMode: string }[];
    expect(new Set(grids.map((g) => `${g.left} ${g.right} ${g.outerBoundsMode}`)).size).toBe(1);
  });
  it('give no room to what is not known', () => {
    const bare = { ...data, power: null, parts: null };
    expect(stackRows(bare)).toMatchObject({ power: null, parts: null });
    expect(stackRows(bare).height).toBeLessThan(stackRows(data).height);
    expect((shiftStackOption(bare, theme, plainFills(theme)).grid as unknown[]).length).toBe(1);
  });
  it('break the line of a state where another one was', () => {
    expect(samplesOf(data.power ?? [], 'run')).toEqual([
      [0, 20],
      [30 * MIN, 20],
      [30 * MIN, null],
      [40 * MIN, 21],
      [60 * MIN, 21],
    ]);
  });
  it('say what long waiting drew, and leave short stops and setups alone', () => {
    const of = (look: Stretch['look'], minutes: number): Stretch => ({
      start: 0,
      end: minutes * MIN,
      look,
      reason: null,
    });
    const all = [of('idle', 10), of('idle', 9), of('down', 30), of('setup', 30), of('run', 60)];
    expect(longStops(all)).toEqual([all[0], all[2]]);
  });
  it('keep a sample that is narrower than a pixel', () => {
    expect(samplesOf([{ start: 100, end: 102, kW: 5, look: 'minor' }], 'minor', 10)).toEqual([
      [96, 5],
      [106, 5],
    ]);
  });
  it('name long stops and breaks, and never two on top of each other', () => {
    const stop = (minute: number, length: number, look: Stretch['look'], reason: string | null): Stretch => ({
      start: minute * MIN,
      end: (minute + length) * MIN,
      look,
      reason,
    });
    const names = labelled([
      stop(0, 20, 'setup', 'Start-up'),
      stop(25, 20, 'down', 'Jam'),
      stop(100, 5, 'down', 'Short'),
      stop(200, 20, 'plan', null),
    ]);
    expect([...names.values()]).toEqual(['start-up', 'break']);
  });
  it('have a scale with even steps', () => {
    expect([1, 11, 20, 23, 31, 95, 1483].map((most) => niceTop(most, 3))).toEqual([1.2, 12, 21, 24, 36, 120, 1500]);
    expect([64, 6000, 1].map((most) => niceTop(most, 2))).toEqual([80, 6000, 1]);
  });
});

describe('energy by shift', () => {
  const shift = (date: string, byBand: ShiftEnergyView['byBand'], cost: number | null): ShiftEnergyView =>
    ({ id: 's', name: 'Early', date, dateLabel: date, kWh: 100, cost, byBand, start: date }) as ShiftEnergyView;
  const shifts = [
    shift('1', { red: { kWh: 40, cost: 12 }, green: { kWh: 60, cost: 6 } }, 18),
    shift('1', { amber: { kWh: 100, cost: 20 } }, 20),
    shift('1', { amber: { kWh: 100, cost: null } }, null),
    shift('2', { green: { kWh: 100, cost: 10 } }, 10),
  ];
  const bands = bandsByPrice(shifts);
  it('stacks the cheapest band lowest, the dearest strongest', () => {
    expect(bands).toEqual(['green', 'amber', 'red']);
    expect(bands.map((band) => bandToken(bands, band))).toEqual(['--band-1', '--band-2', '--band-3']);
    expect(bandToken(['only'], 'only')).toBe('--band-2');
  });
  it('writes a day once, under its middle shift', () => {
    expect(shifts.map((_, i) => i === middleOfDay(shifts, i))).toEqual([false, true, false, true]);
  });
  it('compares with the usual only where there is one', () => {
    const energy = { shifts: { a: shifts[0] as ShiftEnergyView }, powerKw: null, usualKWhSoFar: 80 };
    expect(usualShare(energy)).toBeCloseTo(0.25);
    expect(usualShare({ ...energy, usualKWhSoFar: null })).toBeNull();
  });
});
