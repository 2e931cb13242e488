import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import type { CounterEvent, MeterPiece } from '../oee/facts.ts';
import { correctMeterPieces, correctRegisters } from './exchange.ts';
import { meterPiece, testMeter, testPlant } from './testing.ts';

/* Registers of e1 are in units of 10 Wh. Minutes count from T0; each row has 60 Wh unless a test says otherwise. */

const MINUTE = 60_000;
const T0 = Date.parse('2026-02-03T09:00:00Z');
const at = (minutes: number) => T0 + minutes * MINUTE;
const register = { binding: { source: 's', address: {} }, scale: 10, modulus: null, jitter: 0, maxKw: null };
const plant = testPlant([
  testMeter('e1', { importWh: register, exportWh: register, importVarh: register }),
  testMeter('e2'),
]);

const rows = (from: number, to: number, energyWh = 60, more: Partial<MeterPiece> = {}): MeterPiece[] =>
  Array.from({ length: to - from }, (_, i) =>
    meterPiece('e1', '', at(from + i), at(from + i + 1), { energyWh, ...more }),
  );

/** From 1000 at minute 2 to 7 at minute 4, booked as 7. */
const event = (more: Partial<CounterEvent> = {}): CounterEvent => ({
  signal: 'e1.importWh',
  t: at(4),
  raw: 7,
  previousT: at(2),
  previousRaw: 1000,
  verdict: 'reset',
  counted: 7,
  revision: 1,
  ...more,
});

let seq = 0;
function entry(body: Record<string, unknown>): Entry {
  seq += 1;
  return { id: `e${seq}`, seq, recordedAt: T0 + seq, by: 'ann', ...body } as unknown as Entry;
}
const exchange = (body: Record<string, unknown> = {}) =>
  entry({ type: 'meterExchange', meter: 'e1', at: at(3), oldFinal: 1004, newStart: 5, ...body });
const verdict = (counted: number, body: Record<string, unknown> = {}) =>
  entry({ type: 'counterVerdict', signal: 'e1.importWh', t: at(4), counted, ...body });

const correct = (
  meterPieces: readonly MeterPiece[],
  counterEvents: readonly CounterEvent[],
  entries: readonly Entry[],
) => correctMeterPieces({ plant, meterPieces, counterEvents, entries });
const wh = (pieces: readonly MeterPiece[]) => pieces.map((p) => Number(p.energyWh.toFixed(6)));
const booked = [...rows(0, 2), ...rows(2, 4, 35), ...rows(4, 6)];

describe('a verdict on a step', () => {
  it('takes off what was booked and adds what people say, evenly over the step', () => {
    expect(wh(correct(booked, [event()], [verdict(20)]))).toEqual([60, 60, 100, 100, 60, 60]);
    expect(wh(correct(booked, [event()], [verdict(20), verdict(0)]))).toEqual([60, 60, 0, 0, 60, 60]);
  });

  it('is about one step of one register of one meter', () => {
    const others: Partial<Record<string, unknown>>[] = [
      { t: at(5) },
      { signal: 'e2.importWh' },
      { signal: 'e1.exportWh' },
    ];
    for (const other of others) expect(correct(booked, [event()], [verdict(20, other)])).toBe(booked);
    expect(correct(booked, [event({ void: true })], [verdict(20)])).toBe(booked);
    const foreign = [
      meterPiece('e2', '', at(2), at(4), { energyWh: 5 }),
      meterPiece('e1', '', at(2), at(4), { energyWh: 70, void: true }),
    ];
    expect(wh(correct(foreign, [event()], [verdict(20)]))).toEqual([5, 70]);
  });

  it('changes the register that it is about', () => {
    const exported = booked.map((p) => ({ ...p, exportWh: 1, varh: 2 }));
    const signals = ['exportWh', 'importVarh'] as const;
    const [out, reactive] = signals.map(
      (name) => correct(exported, [event({ signal: `e1.${name}` })], [verdict(20, { signal: `e1.${name}` })])[2],
    );
    expect(out).toMatchObject({ energyWh: 35, exportWh: 66, varh: 2, coveredSeconds: 60 });
    expect(reactive).toMatchObject({ energyWh: 35, exportWh: 1, varh: 67 });
  });

  it('says nothing about a meter or a register that the plant does not have', () => {
    const unknown = { signal: 'e9.importWh' };
    expect(correct(booked, [event(unknown)], [verdict(20, unknown)])).toBe(booked);
    const noRegister = { signal: 'e2.exportWh' };
    expect(correct(booked, [event(noRegister)], [verdict(20, noRegister)])).toBe(booked);
    const noEnergy = { signal: 'e1.powerW' };
    expect(correct(booked, [event(noEnergy)], [verdict(20, noEnergy)])).toBe(booked);
  });
});

describe('a step that was booked without coverage', () => {
  const jump = event({ verdict: 'pendingJump', counted: 0 });

  it('gains it, up to the length of each row', () => {
    const known = [...rows(2, 3, 0, { coveredSeconds: 0 }), ...rows(3, 4, 0, { coveredSeconds: 20 })];
    const found = correct(known, [jump], [verdict(12)]);
    expect(found.map((p) => [p.energyWh, p.coveredSeconds])).toEqual([
      [60, 60],
      [60, 60],
    ]);
    const preset = correct(known, [event({ verdict: 'preset', counted: 0 })], [verdict(0)]);
    expect(preset.map((p) => p.coveredSeconds)).toEqual([60, 60]);
    const other = correct(known, [event({ verdict: 'glitch', counted: 0 })], [verdict(12)]);
    expect(other.map((p) => p.coveredSeconds)).toEqual([0, 20]);
  });

  it('gains its minutes too where they have no row', () => {
    const long = { ...jump, previousT: at(1.5), t: at(5) };
    const pieces = [...rows(0, 1), ...rows(3, 4, 0, { coveredSeconds: 0 }), ...rows(7, 8)];
    const found = correct(pieces, [long], [verdict(35, { t: at(5) })]).toSorted((a, b) => a.start - b.start);
    expect(found.map((p) => [(p.start - T0) / MINUTE, (p.end - T0) / MINUTE, p.energyWh, p.coveredSeconds])).toEqual([
      [0, 1, 60, 60],
      [1.5, 2, 50, 30],
      [2, 3, 100, 60],
      [3, 4, 100, 60],
      [4, 5, 100, 60],
      [7, 8, 60, 60],
    ]);
    expect(found.map((p) => (p.minute - T0) / MINUTE)).toEqual([0, 1, 2, 3, 4, 7]);
    expect(found.map((p) => [p.exportWh, p.varh])).toEqual(found.map(() => [0, 0]));
  });

  it('gives a register other than the energy no coverage', () => {
    const signal = { signal: 'e1.importVarh' };
    const [piece] = correct(
      rows(2, 3, 0, { coveredSeconds: 0 }),
      [event({ ...jump, ...signal })],
      [verdict(12, signal)],
    );
    expect(piece).toMatchObject({ varh: 60, coveredSeconds: 0 });
  });
});

describe('an exchange', () => {
  it('puts the old meter’s part before it and the new one’s after it', () => {
    expect(wh(correct(booked, [event()], [exchange()]))).toEqual([60, 60, 40, 20, 60, 60]);
  });

  it('at the old meter’s last reading gives the whole step to the new one', () => {
    expect(wh(correct(booked, [event()], [exchange({ at: at(2) })]))).toEqual([60, 60, 30, 30, 60, 60]);
  });

  it('prefers the step that it lies in to one that begins there', () => {
    const before = event({ t: at(2), previousT: at(0), previousRaw: 900, raw: 10, counted: 12 });
    const found = correct(booked, [event(), before], [exchange({ at: at(2), oldFinal: 903, newStart: 5 })]);
    // 3 + 5 units of the earlier step in place of the 12 that were booked for it.
    expect(wh(found)).toEqual([40, 40, 35, 35, 60, 60]);
  });

  it('that the readings contradict is refused, at the last reading too', () => {
    const wrong = [
      exchange({ oldFinal: 999 }),
      exchange({ newStart: 8 }),
      exchange({ at: at(2), oldFinal: 999 }),
      exchange({ at: at(2), newStart: 8 }),
    ];
    for (const one of wrong) {
      expect(correctRegisters({ plant, meterPieces: booked, counterEvents: [event()], entries: [one] })).toEqual({
        meterPieces: booked,
        refused: [one],
      });
    }
  });

  it('counts the events of its own meter’s energy register only, and no void ones', () => {
    const others: Partial<CounterEvent>[] = [{ signal: 'e2.importWh' }, { signal: 'e1.exportWh' }, { void: true }];
    for (const other of others) {
      const entries = [exchange({ oldFinal: 5, newStart: 1 })];
      expect(correct(booked, [event(other)], entries)).toBe(booked);
    }
  });
});

describe('an exchange to a higher reading', () => {
  const higher = (more: Record<string, unknown> = {}) => exchange({ at: at(3), oldFinal: 100, newStart: 106, ...more });

  it('comes off the stretch of even power around it', () => {
    const pieces = [...rows(0, 2, 10), ...rows(2, 5, 40), ...rows(5, 6, 10)];
    expect(wh(correct(pieces, [], [higher()]))).toEqual([10, 10, 20, 20, 20, 10]);
  });

  it('ends the stretch at a gap, and at a minute of other power', () => {
    const pieces = [...rows(0, 1, 60), ...rows(2, 4, 60), ...rows(5, 6, 60)];
    expect(wh(correct(pieces, [], [higher()]))).toEqual([60, 30, 30, 60]);
    const uneven = [...rows(2, 3, 60), ...rows(3, 4, 60.1)];
    expect(wh(correct(uneven, [], [higher()]))).toEqual([0, 60.1]);
  });

  it('belongs to the minute that ends at it', () => {
    const pieces = [...rows(2, 3, 60), ...rows(3, 4, 61)];
    expect(wh(correct(pieces, [], [higher()]))).toEqual([0, 61]);
  });

  it('is left alone where there is no row, less energy than that, or nothing to take off', () => {
    expect(correct([], [], [higher()])).toEqual([]);
    const little = [...rows(0, 2, 90), ...rows(2, 3, 59), ...rows(3, 5, 90)];
    expect(correct(little, [], [higher()])).toBe(little);
    const enough = rows(2, 3, 600);
    expect(correct(enough, [], [higher({ newStart: 100 })])).toBe(enough);
    expect(correct(enough, [], [higher({ newStart: 94 })])).toBe(enough);
    expect(correct(enough, [], [higher({ meter: 'e9' })])).toBe(enough);
    const machines = enough.map((p) => ({ ...p, machine: 'm1' }));
    expect(correct(machines, [], [higher()])).toBe(machines);
  });
});
