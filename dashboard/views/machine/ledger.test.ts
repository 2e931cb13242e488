import { describe, expect, it } from 'vitest';
import type { FiguresView, ShiftEnergyView } from '#shared/contract/socket.ts';
import type { Stretch } from '../../charts/ribbon.ts';
import { partsBins, powerSamples } from './history.ts';
import { timeLedger } from './ledger.ts';
import { stopList } from './stops.ts';

const figures = {
  seconds: {
    plannedProduction: 19_326,
    run: 14_466,
    smallStop: 450,
    unplannedStop: 3780,
    plannedStop: 1080,
    unknown: 0,
  },
  counts: { total: 88, good: 86 },
  idealSeconds: 13_200,
  idealGoodSeconds: 12_900,
  kpi: { availability: 0.749, performance: 0.912, quality: 0.977, oee: 0.667 },
} as unknown as FiguresView;
const energy = {
  kWh: 90.4,
  cost: 19.15,
  byState: { run: 75.7, minor: 1.5, setup: 3.3, idle: 5.8, down: 2.4, plan: 1.7, unknown: 0 },
} as unknown as ShiftEnergyView;
const S = 1000;
const ribbon: Stretch[] = [
  { start: 0, end: 2460 * S, look: 'idle', reason: null },
  { start: 2460 * S, end: 3780 * S, look: 'down', reason: null },
];

describe('loss ledger', () => {
  const rows = timeLedger(figures, ribbon, energy);
  const row = (key: string) => rows.find((r) => r.key === key);
  it('adds up: each total is the one above less the losses between them', () => {
    let left = rows[0]?.seconds ?? 0;
    for (const r of rows.slice(1)) {
      if (r.total) expect(r.seconds).toBeCloseTo(left, 6);
      else left -= r.seconds;
      expect(r.offsetSeconds).toBeCloseTo(r.total ? 0 : left, 6);
    }
    expect(row('productive')?.seconds).toBe(12_900);
  });
  it('divides unplanned time into waiting and down as the ribbon does', () => {
    expect(row('waiting')?.seconds).toBeCloseTo(2460);
    expect(row('down')?.seconds).toBeCloseTo(1320);
  });
  it('adds up in kWh as well, breaks left out', () => {
    expect(row('planned')?.kWh).toBeCloseTo(88.7);
    const losses = ['setup', 'waiting', 'down', 'minor', 'slow', 'rejects'].reduce(
      (sum, key) => sum + (row(key)?.kWh ?? 0),
      0,
    );
    expect((row('productive')?.kWh ?? 0) + losses).toBeCloseTo(88.7);
  });
  it('shows a cycle faster than ideal instead of hiding it', () => {
    const fast = timeLedger({ ...figures, idealSeconds: 15_000 } as FiguresView, ribbon, null);
    expect(fast.find((r) => r.key === 'slow')).toMatchObject({
      label: 'Faster than ideal',
      seconds: -984,
      kWh: null,
      cost: null,
    });
  });
  it('ends at running time where nothing counts the pieces', () => {
    const nobody = { ...figures.kpi, performance: null, quality: null, oee: null };
    const rows = timeLedger(
      { ...figures, idealSeconds: 0, idealGoodSeconds: 0, kpi: nobody } as FiguresView,
      [],
      energy,
    );
    expect(rows.map((row) => row.key)).toEqual(['planned', 'setup', 'waiting', 'down', 'running', 'minor']);
  });
  it('has no parts without an ideal cycle and no money without a tariff', () => {
    const bare = timeLedger({ ...figures, idealSeconds: 0 } as FiguresView, [], {
      ...energy,
      cost: null,
    } as ShiftEnergyView);
    expect(bare[0]).toMatchObject({ parts: null, cost: null });
  });
});

it('lists the big stops and the newest minor ones, and adds up the rest', () => {
  const stretch = (start: number, look: Stretch['look']): Stretch => ({
    start: start * S,
    end: (start + 30) * S,
    look,
    reason: null,
  });
  const list = stopList(
    [
      stretch(0, 'run'),
      stretch(100, 'minor'),
      stretch(200, 'minor'),
      stretch(300, 'down'),
      stretch(400, 'minor'),
      stretch(500, 'plan'),
    ],
    [
      { start: new Date(400 * S).toISOString(), end: null, kWh: 0.4 },
      { start: new Date(100 * S).toISOString(), end: null, kWh: 0.1 },
      { start: new Date(200 * S).toISOString(), end: null, kWh: 0.2 },
    ],
    3,
  );
  expect(list.count).toBe(4);
  expect(list.shown.map((stop) => stop.start / S)).toEqual([400, 300]);
  expect(list.shown.map((stop) => stop.kWh)).toEqual([0.4, null]);
  expect(list.moreMinor).toMatchObject({ count: 2, seconds: 60 });
  expect(list.moreMinor.kWh).toBeCloseTo(0.3);
});

describe('along the shift', () => {
  const at = (minute: number): string => new Date(minute * 60_000).toISOString();
  const states = [
    { start: at(0), end: at(10), state: 'unknown', look: 'unknown' as const },
    { start: at(10), end: at(20), state: 'running', look: 'run' as const },
    { start: at(20), end: at(25), state: 'idle', look: 'idle' as const },
    { start: at(25), end: null, state: 'running', look: 'run' as const },
  ];
  it('gives each state its own mean power within the interval', () => {
    const items = [
      { window: { start: at(0), end: at(30) }, state: 'running', kWh: 3 },
      { window: { start: at(0), end: at(30) }, state: 'idle', kWh: 0.5 },
    ];
    expect(
      powerSamples(items, states, 30 * 60_000).map((s) => [
        s.start / 60_000,
        s.end / 60_000,
        s.look,
        Math.round(s.kW * 10) / 10,
      ]),
    ).toEqual([
      [10, 20, 'run', 12],
      [20, 25, 'idle', 6],
      [25, 30, 'run', 12],
    ]);
  });
  it('draws no bucket where nothing was heard, and cuts the running one', () => {
    const items = [
      { start: at(0), end: at(10), total: 0 },
      { start: at(10), end: at(20), total: 7 },
      { start: at(20), end: at(30), total: 4 },
    ];
    expect(
      partsBins(items, states, 26 * 60_000).map((bin) => [bin.start / 60_000, bin.end / 60_000, bin.count]),
    ).toEqual([
      [10, 20, 7],
      [20, 26, 4],
    ]);
  });
});
