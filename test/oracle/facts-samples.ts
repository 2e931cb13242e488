import fc from 'fast-check';
import type { Plant } from '../../shared/plant/model.ts';
import type { Sample } from '../../shared/signal/sample.ts';
import { counter, machine, meter, plantOf, register } from './plant-builder.ts';

/** A plant with every kind of state and counter, and samples for it as a factory would send them, faults included. */
export const START = Date.UTC(2026, 5, 1, 9, 0, 0);
export const SECONDS = 20 * 60;

const binding = { source: 's', address: {} };

export const PLANT: Plant = plantOf(
  [
    machine('a', {
      total: counter({ modulus: 1000, maxPerSecond: 5, jitter: 2 }),
      reject: counter({ jitter: 1 }),
      conditions: [{ id: 'vib', binding, unit: 'mm/s', warn: null, alarm: null }],
    }),
    machine('b', {
      good: counter({ kind: 'delta' }),
      reject: counter({ kind: 'delta' }),
      reason: { binding, map: null, hold: 'value' },
      order: null,
    }),
    machine('c', {
      state: { from: 'power', meter: 'pw', runningAboveWatts: 1000, idleAboveWatts: 100, holdSeconds: 20 },
      cycles: counter({ maxPerSecond: 3 }),
    }),
    machine('d', { state: { from: 'counts', stoppedAfterSeconds: 45 }, total: counter(), reason: null }),
    machine('e', { state: { from: 'counts', stoppedAfterSeconds: 100 }, good: counter(), reject: counter() }),
  ],
  [
    meter('reg', {
      fed: ['a', 'b'],
      importWh: register({ scale: 10, modulus: 10000, maxKw: 900, jitter: 1 }),
      exportWh: register(),
      importVarh: register({ scale: 0.5 }),
    }),
    meter('pw', { fed: ['c'], powerW: { binding, scale: 2, integration: 'trapezoid', maxGapSeconds: null } }),
    meter('left', { fed: ['c', 'd'], powerW: { binding, scale: 1, integration: 'left', maxGapSeconds: 90 } }),
    meter('none', { fed: [], exportWh: register() }),
  ],
  { P1: 4, P2: 1 },
);

const at = fc.integer({ min: 0, max: SECONDS });
const quality = fc.constantFrom<Sample['quality'][]>(
  'good',
  'good',
  'good',
  'good',
  'good',
  'good',
  'uncertain',
  'bad',
);

type Draft = Omit<Sample, 'received'>;

function steps(signal: string, values: readonly (string | null)[], most: number): fc.Arbitrary<Draft[]> {
  const one = fc.record({ t: at, value: fc.constantFrom(...values), quality });
  return fc.array(one, { maxLength: most }).map((list) => list.map((s) => ({ ...s, signal, t: START + s.t * 1000 })));
}

function numbers(signal: string, value: fc.Arbitrary<number>, most: number): fc.Arbitrary<Draft[]> {
  const one = fc.record({ t: at, value, quality });
  return fc.array(one, { maxLength: most }).map((list) => list.map((s) => ({ ...s, signal, t: START + s.t * 1000 })));
}

/** A counter that mostly counts, and sometimes resets, wraps, dips, jumps or trembles. */
function counts(signal: string, modulus: number, most: number, largest: number): fc.Arbitrary<Draft[]> {
  const what = fc.constantFrom('count', 'count', 'count', 'count', 'same', 'reset', 'dip', 'jump', 'tremble', 'far');
  const one = fc.record({ t: at, by: fc.integer({ min: 0, max: largest }), what, quality });
  return fc
    .record({ first: fc.integer({ min: 0, max: modulus - 1 }), list: fc.array(one, { maxLength: most }) })
    .map(({ first, list }) => {
      let raw = first;
      return [...list]
        .sort((x, y) => x.t - y.t)
        .map(({ t, by, what: kind, quality: q }) => {
          let shown = raw;
          if (kind === 'count') shown = raw = (raw + by) % modulus;
          if (kind === 'reset') shown = raw = by % 3;
          if (kind === 'far') shown = raw = (raw + modulus / 2 + by) % modulus;
          if (kind === 'dip') shown = by % 2;
          if (kind === 'jump') shown = raw + modulus;
          if (kind === 'tremble') shown = Math.max(0, raw - 1 - (by % 2));
          return { t: START + t * 1000, signal, value: shown, quality: q };
        });
    });
}

const STATES = ['running', 'running', 'idle', 'down', 'setup', 'off', null];

export const samplesArbitrary: fc.Arbitrary<Sample[]> = fc
  .tuple(
    steps('a.state', STATES, 14),
    steps('a.reason', ['jam', 'starved', null], 8),
    steps('a.product', ['P1', 'P2', null], 4),
    steps('a.order', ['W1', 'W2'], 3),
    counts('a.total', 1000, 30, 60),
    counts('a.reject', 1000, 10, 4),
    numbers('a.vib', fc.double({ min: -5, max: 5, noNaN: true }), 12),
    steps('b.state', STATES, 10),
    steps('b.reason', ['jam', 'starved', null], 6),
    steps('b.product', ['P1', 'P2'], 3),
    numbers('b.good', fc.integer({ min: -1, max: 9 }), 15),
    numbers('b.reject', fc.integer({ min: 0, max: 3 }), 6),
    numbers('pw.powerW', fc.constantFrom(0, 20, 51, 200, 400, 501, 600, 2000, -40), 30),
    numbers('left.powerW', fc.double({ min: -100, max: 3000, noNaN: true }), 25),
    steps('c.product', ['P1', 'P2'], 4),
    steps('c.reason', ['jam', null], 4),
    counts('c.cycles', 5000, 20, 40),
    counts('d.total', 100000, 25, 9),
    counts('e.good', 100000, 15, 9),
    counts('e.reject', 100000, 8, 2),
    counts('reg.importWh', 10000, 14, 80),
    counts('reg.exportWh', 100000, 6, 80),
    counts('reg.importVarh', 100000, 6, 80),
    counts('none.exportWh', 100000, 6, 80),
  )
  .map((lists) => lists.flat())
  // Distinct arrivals: of two samples for one instant there is no doubt which came later.
  .map((list) => list.map((s, i) => ({ ...s, received: s.t + ((i * 7919) % 10007) })));
