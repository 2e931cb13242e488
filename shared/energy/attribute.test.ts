import { describe, expect, it } from 'vitest';
import type { JudgedSpan } from '../oee/judged.ts';
import { attributeEnergy } from './attribute.ts';
import { groupEnergy } from './items.ts';
import { energyResult } from './result.ts';
import { metersBehind, tariffFor } from './scope.ts';
import { meterPiece, testMeter, testPlant, testTariff } from './testing.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-01-14T10:00:00Z');
const always = [{ name: 'all', rate: 0.2, days: null, months: null, from: null, to: null }];
const feeds = (...value: { machine: string; share: number }[]) => [{ validFrom: Number.NEGATIVE_INFINITY, value }];

const span = (start: number, end: number, more: Partial<JudgedSpan>): JudgedSpan => ({
  start,
  end,
  minute: T0,
  intervalStart: start,
  stretchStart: null,
  state: 'running',
  category: 'run',
  reason: null,
  product: 'P1',
  order: '',
  shift: null,
  totalCount: 0,
  goodCount: 0,
  rejectCount: 0,
  idealSecondsPerPiece: null,
  estimated: false,
  ...more,
});

const round = (groups: ReadonlyMap<string, { kWh: number }>) =>
  Object.fromEntries([...groups].map(([key, sum]) => [key, Number(sum.kWh.toFixed(9))]));

describe('energy of a fed machine', () => {
  const plant = testPlant(
    [testMeter('e1', { feeds: feeds({ machine: 'm1', share: 0.75 }, { machine: 'm2', share: 0.25 }) })],
    {
      tariffs: [testTariff({ bands: always })],
    },
  );
  const window = { from: T0, to: T0 + MINUTE };
  // 600 Wh in the minute: 500 while m1 ran for its first 30 s, 100 after that.
  const meterPieces = [
    meterPiece('e1', '', T0, T0 + MINUTE, { energyWh: 600 }),
    meterPiece('e1', 'm1', T0, T0 + 30_000, { energyWh: 500, state: 'running', product: 'P1' }),
    meterPiece('e1', 'm1', T0 + 30_000, T0 + MINUTE, { energyWh: 100, state: 'down', product: 'P1' }),
    meterPiece('e1', 'm2', T0, T0 + MINUTE, { energyWh: 600, state: 'idle' }),
  ];
  const spansByMachine = new Map([
    [
      'm1',
      [
        span(T0, T0 + 30_000, {}),
        span(T0 + 30_000, T0 + 45_000, { state: 'down', category: 'unplannedStop', reason: 'jam' }),
        span(T0 + 45_000, T0 + MINUTE, { state: 'down', category: 'break' }),
      ],
    ],
    ['m2', [span(T0, T0 + MINUTE, { state: 'idle', category: 'plannedStop' })]],
  ]);
  const items = attributeEnergy({ plant, meter: 'e1', meterPieces, spansByMachine, ...window });

  it('follows the pieces of each machine, by share, and the judged spans inside a piece', () => {
    expect(round(groupEnergy(items, (i) => `${i.machine} ${i.category}`))).toEqual({
      'm1 run': 0.375,
      'm1 unplannedStop': 0.0375,
      'm1 break': 0.0375,
      'm2 plannedStop': 0.15,
    });
    expect(items.find((i) => i.category === 'unplannedStop')).toMatchObject({
      start: T0 + 30_000,
      end: T0 + 45_000,
      state: 'down',
      reason: 'jam',
      product: 'P1',
      share: 0.75,
      band: 'all',
      coveredSeconds: 15,
    });
  });

  it('is what a query by category gives, every category named, no rest where there is none', () => {
    const query = { plant, meter: 'e1', meterPieces, spansByMachine, ...window, counterEvents: [], entries: [] };
    const { byCategory } = energyResult({ ...query, byCategory: true });
    expect(byCategory).toMatchObject({
      run: 0.375,
      smallStop: 0,
      unplannedStop: 0.0375,
      plannedStop: 0.15,
      break: 0.0375,
    });
    expect(byCategory).not.toHaveProperty('rest');
  });

  it('is unknown where nothing is known of the machine', () => {
    const bare = [meterPiece('e1', '', T0, T0 + MINUTE, { energyWh: 600 })];
    const found = attributeEnergy({ plant, meter: 'e1', meterPieces: bare, spansByMachine: new Map(), ...window });
    expect(round(groupEnergy(found, (i) => `${i.machine} ${i.state} ${i.category}`))).toEqual({
      'm1 unknown unknown': 0.45,
      'm2 unknown unknown': 0.15,
    });
  });
});

describe('a meter tree', () => {
  const shift = { id: 'early', name: 'Early', productionDate: '2026-01-14', start: T0, end: T0 + 30_000, breaks: [] };
  const plant = testPlant(
    [
      testMeter('main'),
      testMeter('a', { parent: 'main', feeds: feeds({ machine: 'm1', share: 1 }) }),
      testMeter('gas', { parent: 'main', medium: 'gas' }),
      testMeter('net', {
        sum: [
          { meter: 'main', sign: 1 },
          { meter: 'a', sign: -1 },
        ],
      }),
    ],
    { tariffs: [testTariff({ meter: 'main', bands: always })] },
  );
  const window = { from: T0, to: T0 + MINUTE };
  const meterPieces = [
    meterPiece('main', '', T0, T0 + MINUTE, { energyWh: 1000 }),
    meterPiece('a', '', T0, T0 + MINUTE, { energyWh: 400 }),
    meterPiece('a', 'm1', T0, T0 + MINUTE, { energyWh: 400, state: 'running' }),
    meterPiece('gas', '', T0, T0 + MINUTE, { energyWh: 5000 }),
  ];
  const facts = { spansByMachine: new Map(), counterEvents: [], entries: [], ...window };

  it('counts what sub-meters explain once, and calls the other the rest', () => {
    const items = attributeEnergy({ plant, meter: 'main', meterPieces, siteShifts: [shift], ...facts });
    expect(round(groupEnergy(items, (i) => i.machine ?? 'rest'))).toEqual({ m1: 0.4, rest: 0.6 });
    expect(round(groupEnergy(items, (i) => `${i.machine} ${i.shift?.id}`))).toEqual({
      'm1 undefined': 0.4,
      'null early': 0.3,
      'null undefined': 0.3,
    });
  });

  it('has virtual meters, which are missing where one of their terms is', () => {
    expect(energyResult({ plant, meter: 'net', meterPieces, ...facts })).toMatchObject({ kWh: 0.6, coverage: 1 });
    const half = meterPieces.filter((p) => p.meter !== 'a');
    expect(energyResult({ plant, meter: 'net', meterPieces: half, ...facts })).toMatchObject({
      kWh: null,
      coverage: 0,
    });
    expect(metersBehind(plant, 'net')).toEqual(['main', 'a']);
  });

  it('prices a meter by the nearest one above it that has a tariff, and a virtual one by its first term', () => {
    for (const meter of ['main', 'a', 'net']) expect(tariffFor(plant, meter, T0)?.id).toBe('grid');
    expect(energyResult({ plant, meter: 'a', meterPieces, ...facts }).cost).toBeCloseTo(0.08, 12);
    const none = testPlant([testMeter('x')]);
    expect(tariffFor(none, 'x', T0)).toBeNull();
  });

  it('tells of sub-meters that read more than the main one, and keeps the sum', () => {
    const wrong = meterPieces.map((p) => (p.meter === 'a' ? { ...p, energyWh: 1400 } : p));
    const result = energyResult({ plant, meter: 'main', meterPieces: wrong, ...facts, byCategory: true });
    expect(result.byCategory).toMatchObject({ rest: -0.4, unknown: 1.4 });
    expect(result.findings.map((f) => f.code)).toEqual(['restNegative']);
  });
});

describe('versions', () => {
  const versioned = testPlant(
    [
      testMeter('e1', {
        feeds: [
          { validFrom: Number.NEGATIVE_INFINITY, value: [{ machine: 'm1', share: 1 }] },
          { validFrom: T0 + MINUTE, value: [{ machine: 'm2', share: 1 }] },
        ],
      }),
    ],
    {
      timezone: 'Europe/London',
      tariffs: [
        testTariff({ validFrom: '2026-01-14', bands: [{ ...always[0]!, name: 'old', rate: 0.1 }] }),
        testTariff({ validFrom: '2026-01-15', bands: [{ ...always[0]!, name: 'new', rate: 0.3 }] }),
      ],
    },
  );
  const facts = { spansByMachine: new Map(), counterEvents: [], entries: [] };

  it('of a tariff change at its local midnight, and reach back no further than the first', () => {
    const rows = [
      ['2026-01-13T23:59:00Z', 1000],
      ['2026-01-14T12:00:00Z', 1000],
      ['2026-01-14T23:59:00Z', 1000],
      ['2026-01-15T00:00:00Z', 1000],
    ] as const;
    const result = energyResult({
      plant: versioned,
      meter: 'e1',
      meterPieces: rows.map(([t, energyWh]) =>
        meterPiece('e1', '', Date.parse(t), Date.parse(t) + MINUTE, { energyWh }),
      ),
      ...facts,
      from: Date.parse('2026-01-13T00:00:00Z'),
      to: Date.parse('2026-01-16T00:00:00Z'),
    });
    expect(result.byBand).toEqual({
      '': { kWh: 1, cost: null },
      old: { kWh: 2, cost: 0.2 },
      new: { kWh: 1, cost: 0.3 },
    });
    expect(result.cost).toBeCloseTo(0.5, 12);
    expect(result.findings.map((f) => f.code)).toEqual(['tariffMissing']);
    expect(result.findings[0]?.message).toContain('1 kWh');
  });

  it('of what a meter feeds move its energy from then on', () => {
    const meterPieces = [0, 1].map((i) =>
      meterPiece('e1', '', T0 + i * MINUTE, T0 + (i + 1) * MINUTE, { energyWh: 100 }),
    );
    const items = attributeEnergy({
      plant: versioned,
      meter: 'e1',
      meterPieces,
      ...facts,
      from: T0,
      to: T0 + 2 * MINUTE,
    });
    expect(items.map((i) => i.machine)).toEqual(['m1', 'm2']);
  });
});
