import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withPlanEntries } from '#shared/ledger/plan.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { EARLY, entryMaker, machine as makeMachine, makePlant } from '#shared/oee/fixture.ts';
import type { Plant } from '#shared/plant/model.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { DAY, HOUR, MINUTE } from '#shared/time/instant.ts';
import { createCounters } from '../metrics/counters.ts';
import type { EnergySlice } from './energy-slices.ts';
import { STORED_ENERGY } from './energy-stored.ts';
import { createStoredSlices } from './stored-slices.ts';
import { openSumStore, type SumStore } from './sum-store.ts';

const START = Date.UTC(2026, 5, 2, 6);
const SPAN = { start: START, end: START + HOUR };
const PLANT = makePlant({ calendar: EARLY, machines: [makeMachine('a')] });

const SLICE: EnergySlice = {
  cells: [
    {
      meter: 'm',
      machine: 'a',
      band: 'day',
      state: 'running',
      category: 'run',
      product: 'P "1" é',
      order: '',
      kWh: 1 / 3,
      pricedKWh: 0.1,
      cost: -2.5e-9,
      factoredKWh: 4,
      co2Kg: 5,
      marketKWh: 6,
      co2MarketKg: 7,
      estimated: true,
    },
    {
      meter: 'm',
      machine: null,
      band: 'night',
      state: null,
      category: null,
      product: '',
      order: 'O-1',
      kWh: 2 ** 60,
      pricedKWh: 0,
      cost: 0,
      factoredKWh: 0,
      co2Kg: 0,
      marketKWh: 0,
      co2MarketKg: 0,
      estimated: false,
    },
  ],
  coveredSeconds: new Map([['m', 3599.5]]),
  curves: new Map([
    ['a', new Float32Array([1, 0.5])],
    ['', new Float32Array([0, 2])],
  ]),
  profile: {
    firstBin: 7,
    energyWh: new Float64Array([1.25]),
    exportWh: new Float64Array([0]),
    varh: new Float64Array([-1]),
    coveredSeconds: new Float64Array([900]),
  },
};

const plain = ({ cells, coveredSeconds, curves, profile }: EnergySlice) => ({
  cells,
  covered: [...coveredSeconds],
  curves: [...curves].map(([name, curve]) => [name, [...curve]]),
  profile: Object.entries(profile).map(([name, value]) => [name, typeof value === 'number' ? value : [...value]]),
});

describe('energy on disk', () => {
  let dir: string;
  let store: SumStore;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'linewatt-energy-'));
    store = openSumStore(join(dir, 'judged.sqlite'));
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('comes back as it was, to the last bit', () => {
    const { encode, decode } = STORED_ENERGY;
    expect(plain(decode(encode(SLICE)))).toEqual(plain(SLICE));
    const empty = { ...SLICE, cells: [], curves: new Map(), coveredSeconds: new Map() };
    expect(plain(decode(encode(empty)))).toEqual(plain(empty));
  });

  it('is no longer believed when a shift is closed by an entry, a register step is found, or a price file changes', async () => {
    const file = join(dir, 'historian.sqlite');
    const writer = openSqliteWriter(file);
    const row = { state: 'unknown', product: '', order: '', slot: 0, exportWh: 0, varh: 0, revision: 1 } as const;
    const minute = { minute: START, intervalStart: START, start: START, end: START + MINUTE };
    await writer.write({
      ...emptyBatch(),
      meterPieces: [{ ...row, ...minute, meter: 'm', machine: '', energyWh: 1, coveredSeconds: 60 }],
    });
    const reader = openSqliteReader(file);
    const stored = (plant: Plant) =>
      createStoredSlices(STORED_ENERGY, {
        store,
        plant: () => plant,
        historian: { connected: true, reader: () => reader },
        live: { heldFrom: null },
        entries: { all: () => [], ofMachine: () => [], asOf: () => [] },
        counters: createCounters(),
      }).begin([{ owner: 'energy:m', subjects: ['m', 'a'], isAsked: true }], [SPAN]);
    const keep = async (plant: Plant) => {
      const window = await stored(plant);
      window?.keep('energy:m', SPAN, SLICE, SPAN);
      window?.save();
    };
    const holds = async (plant: Plant) => (await stored(plant))?.get('energy:m', SPAN) !== undefined;

    await keep(PLANT);
    expect(await holds(PLANT)).toBe(true);

    const line = [...PLANT.lines.keys()][0] ?? '';
    const closed = entryMaker()({ type: 'calendarException', line, date: '2026-06-02', closed: true });
    expect(await holds(withPlanEntries(PLANT, [closed]))).toBe(false);
    expect(await holds({ ...PLANT, tariffs: new Map([['grid', []]]) })).toBe(false);
    expect(await holds(PLANT)).toBe(true);

    // A step that begins in the slice and ends a day later, as a meter that was silent over night has it.
    const step = { signal: 'm.importWh', t: START + DAY, previousT: START, raw: 9, previousRaw: 1 };
    await writer.write({
      ...emptyBatch(),
      counterEvents: [{ ...step, verdict: 'pendingJump', counted: 0, revision: 2 }],
    });
    expect(await holds(PLANT)).toBe(false);
    await keep(PLANT);
    expect(await holds(PLANT)).toBe(true);
    await writer.write({
      ...emptyBatch(),
      counterEvents: [{ ...step, verdict: 'pendingJump', counted: 0, revision: 3, void: true }],
    });
    expect(await holds(PLANT)).toBe(false);
    await writer.close();
    await reader.close();
  });
});
