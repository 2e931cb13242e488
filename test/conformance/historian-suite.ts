import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConditionMinute,
  type CounterEvent,
  emptyBatch,
  type FactBatch,
  type MachinePiece,
  type MeterPiece,
  type OeePoint,
  type StateInterval,
} from '#shared/oee/facts.ts';
import type { HistorianReader, HistorianWriter } from '#shared/store/historian.ts';

export interface HistorianUnderTest {
  readonly name: string;
  /** A fresh, empty historian. */
  open(): Promise<{ writer: HistorianWriter; reader: () => Promise<HistorianReader> }>;
  start?(): Promise<void>;
  stop(): Promise<void>;
}

const T0 = Date.UTC(2026, 5, 1, 6);
const MINUTE = 60_000;

const piece = (over: Partial<MachinePiece> = {}): MachinePiece => ({
  machine: 'filler',
  minute: T0,
  state: 'running',
  product: 'BTL500',
  order: 'WO-1',
  slot: 0,
  intervalStart: T0,
  start: over.minute ?? T0,
  end: (over.minute ?? T0) + MINUTE,
  totalCount: 90,
  goodCount: 88,
  rejectCount: 2,
  revision: 1,
  ...over,
});
const interval = (over: Partial<StateInterval> = {}): StateInterval => ({
  machine: 'filler',
  start: T0,
  end: T0 + 10 * MINUTE,
  state: 'running',
  reason: null,
  revision: 1,
  ...over,
});
const meterPiece = (over: Partial<MeterPiece> = {}): MeterPiece => ({
  meter: 'm-filler',
  machine: '',
  minute: T0,
  state: 'unknown',
  product: '',
  order: '',
  slot: 0,
  intervalStart: T0,
  start: T0,
  end: T0 + MINUTE,
  energyWh: 312.5,
  exportWh: 0,
  varh: 12.25,
  coveredSeconds: 60,
  revision: 1,
  ...over,
});
const condition: ConditionMinute = {
  machine: 'filler',
  condition: 'vibration',
  minute: T0,
  min: 1.5,
  mean: 2.25,
  max: 3,
  last: 2,
  coveredSeconds: 60,
  revision: 1,
};
const event: CounterEvent = {
  signal: 'filler.total',
  t: T0 + 1234,
  raw: 12,
  previousT: T0,
  previousRaw: 65_530,
  verdict: 'rollover',
  counted: 18,
  revision: 1,
};
const point: OeePoint = {
  scope: 'line:filling',
  t: T0,
  shift: 'early',
  date: '2026-06-01',
  availability: 0.875,
  performance: null,
  quality: 0.5,
  oee: 0.25,
  plannedProductionSeconds: 3600,
  runSeconds: 3150,
  idealSeconds: 1800,
  idealGoodSeconds: 900,
  totalCount: 3000,
  goodCount: 1500,
  rejectCount: 1500,
};
const batch = (over: Partial<FactBatch>): FactBatch => ({ ...emptyBatch(), ...over });
const hour = { from: T0, to: T0 + 60 * MINUTE };

/** What every historian promises (shared/store/historian.ts). An engine's own test is this call and how to start it. */
export function historianConformance(engine: HistorianUnderTest): void {
  describe(`historian conformance: ${engine.name}`, () => {
    let writer: HistorianWriter;
    let reader: HistorianReader;
    beforeAll(async () => engine.start?.());
    afterAll(async () => engine.stop());
    beforeEach(async () => {
      const opened = await engine.open();
      writer = opened.writer;
      await writer.write(batch({}));
      reader = await opened.reader();
      return async () => {
        await reader.close();
        await writer.close();
      };
    });

    it('is empty at first, and says which engine it is', async () => {
      expect(await reader.extent()).toBeNull();
      expect(await reader.pieces(['filler'], hour)).toEqual([]);
      expect(await reader.intervals(['filler'], hour)).toEqual([]);
      const { engine: name, version } = await reader.engine();
      expect(['sqlite', 'influxdb']).toContain(name);
      expect(version).toMatch(/^\d+\.\d+/);
    });

    it('gives back every kind of fact as it was written', async () => {
      await writer.write(
        batch({
          intervals: [interval(), interval({ start: T0 + 10 * MINUTE, end: null, state: 'down', reason: 'jam' })],
          pieces: [piece(), piece({ minute: T0 + MINUTE, product: '', order: '', provisional: true, totalCount: 0.5 })],
          meterPieces: [meterPiece(), meterPiece({ machine: 'filler', state: 'running', estimated: true })],
          conditions: [condition],
          counterEvents: [event],
          oee: [point],
        }),
      );
      expect(await reader.intervals(['filler'], hour)).toEqual([
        interval(),
        interval({ start: T0 + 10 * MINUTE, end: null, state: 'down', reason: 'jam' }),
      ]);
      expect(await reader.pieces(['filler'], hour)).toEqual([
        piece(),
        piece({ minute: T0 + MINUTE, product: '', order: '', provisional: true, totalCount: 0.5 }),
      ]);
      const meters = await reader.meterPieces(['m-filler'], hour);
      expect(meters).toHaveLength(2);
      expect(meters).toEqual(
        expect.arrayContaining([meterPiece(), meterPiece({ machine: 'filler', state: 'running', estimated: true })]),
      );
      expect(await reader.conditions(['filler'], hour)).toEqual([condition]);
      expect(await reader.counterEvents(hour)).toEqual([event]);
      expect(await reader.oeePoints(['line:filling'], hour)).toEqual([point]);
      expect(await reader.extent()).toEqual({ from: T0, to: T0 + MINUTE });
    });

    it('takes the same batch twice as once, and a higher revision in place of a lower', async () => {
      const first = batch({ pieces: [piece()], intervals: [interval({ end: null })], meterPieces: [meterPiece()] });
      await writer.write(first);
      await writer.write(first);
      expect(await reader.pieces(['filler'], hour)).toEqual([piece()]);
      const better = piece({ totalCount: 91, goodCount: 89, revision: 2 });
      const closed = interval({ end: T0 + 5 * MINUTE, revision: 2 });
      await writer.write(batch({ pieces: [better], intervals: [closed] }));
      expect(await reader.pieces(['filler'], hour)).toEqual([better]);
      expect(await reader.intervals(['filler'], hour)).toEqual([closed]);
      expect(await reader.meterPieces(['m-filler'], hour)).toEqual([meterPiece()]);
    });

    it('counts the writes of each day, for what was worked out from it before', async () => {
      const day = 86_400_000;
      const count = async (machine: string) =>
        (await reader.factRevisions?.([machine], T0 - day, T0 + day))?.get(machine) ?? new Map<number, number>();
      expect(await count('filler')).toEqual(new Map());
      await writer.write(batch({ pieces: [piece()] }));
      const first = await count('filler');
      expect([...first.keys()]).toEqual([Math.floor(T0 / day)]);
      await writer.write(batch({ pieces: [piece({ machine: 'capper' })], meterPieces: [meterPiece()] }));
      expect(await count('filler')).toEqual(first);
      expect((await count('m-filler')).size).toBe(1);
      await writer.write(batch({ intervals: [interval({ start: T0 - day, end: T0 + MINUTE })] }));
      const second = await count('filler');
      expect([...second.keys()]).toEqual([Math.floor(T0 / day) - 1, Math.floor(T0 / day)]);
      expect(second.get(Math.floor(T0 / day))).toBeGreaterThan(first.get(Math.floor(T0 / day)) ?? 0);
    });

    it('drops what a void row takes back, and lets the key live again', async () => {
      await writer.write(batch({ pieces: [piece(), piece({ state: 'down', slot: 1 })], intervals: [interval()] }));
      const gone = { totalCount: 0, goodCount: 0, rejectCount: 0, void: true, revision: 2 };
      await writer.write(batch({ pieces: [piece(gone)], intervals: [interval({ end: T0, void: true, revision: 2 })] }));
      expect(await reader.pieces(['filler'], hour)).toEqual([piece({ state: 'down', slot: 1 })]);
      expect(await reader.intervals(['filler'], hour)).toEqual([]);
      await writer.write(batch({ pieces: [piece({ revision: 3 })] }));
      expect(await reader.pieces(['filler'], hour)).toHaveLength(2);
    });

    it('leaves no ghost when an interval changes its state', async () => {
      await writer.write(batch({ intervals: [interval({ end: null, state: 'down' })] }));
      const corrected = interval({ state: 'idle', end: T0 + MINUTE, revision: 2 });
      await writer.write(batch({ intervals: [corrected] }));
      expect(await reader.intervals(['filler'], hour)).toEqual([corrected]);
    });

    it('reads half-open windows, one owner at a time', async () => {
      const other = piece({ machine: 'capper', minute: T0 });
      const next = piece({ minute: T0 + 60 * MINUTE });
      await writer.write(batch({ pieces: [next, piece(), other] }));
      expect(await reader.pieces(['filler'], hour)).toEqual([piece()]);
      expect(await reader.pieces(['filler'], { from: T0 + MINUTE, to: T0 + 61 * MINUTE })).toEqual([next]);
      expect((await reader.pieces(['filler', 'capper'], hour)).map((p) => p.machine).sort()).toEqual([
        'capper',
        'filler',
      ]);
    });

    it('gives stops whole, however narrow the window', async () => {
      const row = (n: number, state: StateInterval['state']) =>
        interval({ start: T0 + n * MINUTE, end: T0 + (n + 1) * MINUTE, state });
      const all = [
        row(0, 'running'),
        row(1, 'down'),
        row(2, 'unknown'),
        row(3, 'idle'),
        row(4, 'setup'),
        row(5, 'running'),
      ];
      await writer.write(batch({ intervals: all }));
      const at = (from: number, to: number) =>
        reader.intervals(['filler'], { from: T0 + from * MINUTE, to: T0 + to * MINUTE });
      expect(await at(2.2, 2.4)).toEqual(all.slice(1, 5));
      expect(await at(0.2, 0.4)).toEqual(all.slice(0, 1));
      expect(await at(0, 1)).toEqual(all.slice(0, 1));
      expect(await at(0.5, 1.5)).toEqual(all.slice(0, 5));
      expect(await at(4, 6)).toEqual(all.slice(1, 6));
      expect(await at(7, 9)).toEqual([]);
    });

    it('reads facts as they were known then', async () => {
      await writer.write(batch({ pieces: [piece()], intervals: [interval()] }));
      const at = T0 + 3_600_000;
      const rewritten = piece({ totalCount: 95, revision: 2 });
      const late = piece({ state: 'idle', product: '', revision: 1 });
      const shorter = interval({ end: T0 + MINUTE, revision: 2 });
      await writer.write(
        batch({
          pieces: [rewritten, late],
          intervals: [shorter],
          history: [
            { kind: 'piece', fact: piece(), knownFrom: T0, knownTo: at },
            { kind: 'piece', fact: { ...late, void: true, revision: 0 }, knownFrom: 0, knownTo: at },
            { kind: 'interval', fact: interval(), knownFrom: T0, knownTo: at },
          ],
        }),
      );
      expect(await reader.pieces(['filler'], { ...hour, asOf: at - 1 })).toEqual([piece()]);
      expect(await reader.pieces(['filler'], { ...hour, asOf: at })).toHaveLength(2);
      expect(await reader.intervals(['filler'], { ...hour, asOf: at - 1 })).toEqual([interval()]);
      expect(await reader.intervals(['filler'], { ...hour, asOf: at })).toEqual([shorter]);
      expect(await reader.intervals(['filler'], hour)).toEqual([shorter]);
    });

    it('keeps names with quotes, spaces, commas and backslashes apart', async () => {
      const odd = piece({ order: `WO "7", a=b \\ 'x'`, product: 'ø 40 mm' });
      await writer.write(batch({ pieces: [odd, piece()] }));
      const rows = await reader.pieces(['filler'], hour);
      expect(rows).toHaveLength(2);
      expect(rows).toEqual(expect.arrayContaining([odd, piece()]));
    });
  });
}
