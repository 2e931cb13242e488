import { describe, expect, it } from 'vitest';
import type { MetersAnswer } from '#shared/contract/energy-answers.ts';
import type { EnergyAnswer, PlantAnswer } from '#shared/contract/rest-answers.ts';
import { spentOn, spentRows } from './rows.ts';

type Item = EnergyAnswer['items'][number];
const item = (machine: string, state: string | null, category: string | null, kWh: number, cost: number | null) =>
  ({ machine, state, category, kWh, cost }) as unknown as Item;
const plant = {
  lines: [
    { id: 'a', name: 'Line A' },
    { id: 'b', name: 'Line B' },
  ],
  machines: [
    { id: 'a1', name: 'A one', line: 'a' },
    { id: 'a2', name: 'A two', line: 'a' },
    { id: 'b1', name: 'B one', line: 'b' },
  ],
  meters: [
    { id: 'main', feeds: [] },
    { id: 'air', feeds: [] },
    { id: 'm-a1', feeds: [{ machine: 'a1', share: 1 }] },
  ],
} as unknown as PlantAnswer;
const meter = (id: string, kWh: number, depth: number, parent: string | null) =>
  ({
    meter: id,
    name: id,
    medium: 'electricity',
    parent,
    depth,
    kind: 'meter',
    kWh,
  }) as unknown as MetersAnswer['items'][number];
const items = [
  item('a1', 'running', 'run', 100, 20),
  item('a1', 'idle', 'unplannedStop', 10, 2),
  item('a2', 'down', 'unplannedStop', 5, 1),
  item('b1', 'idle', 'unplannedStop', 30, 6),
  item('b1', 'off', 'offShift', 2, 0.4),
  item('', null, null, 53, 10),
];

describe('what energy was spent on', () => {
  it('goes by what the screens call it', () => {
    expect(spentOn('running', 'run')).toBe('productive');
    expect(spentOn('setup', 'plannedStop')).toBe('productive');
    expect(spentOn('idle', 'unplannedStop')).toBe('waiting');
    expect(spentOn('down', 'unplannedStop')).toBe('down');
    expect(spentOn('idle', 'offShift')).toBe('off');
  });
  it('stands by line with the dearest waiting first, and adds up with what no machine drew', () => {
    const rows = spentRows(
      items,
      plant,
      [meter('main', 200, 0, null), meter('air', 40, 1, 'main'), meter('m-a1', 110, 1, 'main')],
      'lines',
    );
    expect(rows.map((row) => [row.name, row.kWh, row.waitingCost])).toEqual([
      ['Line B', 32, 6],
      ['B one', 32, 6],
      ['Line A', 115, 2],
      ['A one', 110, 2],
      ['A two', 5, 0],
      ['air', 40, null],
      ['Not explained', 13, null],
    ]);
    expect(rows.filter((row) => !row.isPart).reduce((sum, row) => sum + row.kWh, 0)).toBe(200);
  });
  it('stands by machine for a part of the plant', () => {
    expect(spentRows(items.slice(0, 3), plant, null, 'machines').map((row) => row.name)).toEqual(['A one', 'A two']);
  });
});
