import type { Query } from '#edge/replay/queries.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { CounterConfig, Machine, Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { MINUTE, SECOND } from '#shared/time/instant.ts';
import type { Day } from './day.ts';
import { pick, type Random, randomOf } from './faults.ts';
import { randomPlant } from './random-plant.ts';

/*
 * A plant and half an hour of it, all from one number. Every sample lies on a whole second, because the facts that it is held
 * against are worked out second by second. Some days are those on which clocks are put forward or back.
 */
const SECONDS = 28 * 60;
const NIGHTS = [
  '2026-06-01T09:00:00Z',
  '2026-03-29T00:40:00Z',
  '2026-10-25T00:40:00Z',
  '2026-03-08T07:50:00Z',
  '2026-12-31T23:45:00Z',
];

export function randomDay(seed: number): Day {
  const random = randomOf(seed);
  const start = Date.parse(pick(random, NIGHTS)) + Math.floor(random() * 10) * MINUTE;
  const plant = randomPlant(random, start);
  const samples = [...plant.machines.values()].flatMap((machine) => machineSamples(random, machine, start));
  for (const meter of plant.meters.values()) {
    for (const what of ['importWh', 'importVarh'] as const) {
      const config = meter[what];
      if (!config) continue;
      const counter: CounterConfig = { ...config, kind: 'cumulative', maxPerSecond: null };
      samples.push(...counts(random, `${meter.id}.${what}`, counter, start, 60, 40));
    }
    if (meter.powerW) samples.push(...power(random, `${meter.id}.powerW`, start));
  }
  samples.sort((a, b) => a.t - b.t);
  return { plant, samples, entries: randomEntries(random, plant, start), queries: randomQueries(random, plant, start) };
}

function at(t: number, signal: string, value: Sample['value'], quality: Sample['quality'] = 'good'): Sample {
  return { t, signal, value, quality, received: t };
}

function quality(random: Random): Sample['quality'] {
  const kind = random();
  return kind < 0.03 ? 'bad' : kind < 0.06 ? 'uncertain' : 'good';
}

/** Instants with random gaps of up to `longest` seconds. */
function times(random: Random, start: number, longest: number): number[] {
  const found: number[] = [];
  for (let s = Math.floor(random() * longest); s < SECONDS; s += 1 + Math.floor(random() * longest)) {
    found.push(start + s * SECOND);
  }
  return found;
}

const STATES = ['running', 'running', 'running', 'idle', 'down', 'setup', 'maintenance', 'off', null];

function machineSamples(random: Random, machine: Machine, start: number): Sample[] {
  const { id } = machine;
  const samples: Sample[] = [];
  if (machine.state?.from === 'signal') {
    for (const t of times(random, start, 300))
      samples.push(at(t, `${id}.state`, pick(random, STATES), quality(random)));
  }
  if (machine.reason) {
    for (const t of times(random, start, 500)) {
      samples.push(at(t, `${id}.reason`, pick(random, ['jam', 'changeover', 'noOrders', null]), quality(random)));
    }
  }
  for (const t of times(random, start, 900)) samples.push(at(t, `${id}.product`, pick(random, ['P1', 'P2', null])));
  if (machine.order) {
    for (const t of times(random, start, 900)) samples.push(at(t, `${id}.order`, pick(random, ['W1', 'W2'])));
  }
  for (const what of ['total', 'good', 'reject', 'cycles'] as const) {
    const config = machine[what];
    if (config) samples.push(...counts(random, `${id}.${what}`, config, start, 45, what === 'reject' ? 3 : 30));
  }
  return samples;
}

const STEPS = [
  'count',
  'count',
  'count',
  'count',
  'count',
  'count',
  'same',
  'reset',
  'dip',
  'jump',
  'tremble',
] as const;

/** A counter that mostly counts, and sometimes resets, wraps, dips, jumps or trembles. */
function counts(
  random: Random,
  signal: string,
  { kind, modulus }: CounterConfig,
  start: number,
  longest: number,
  most: number,
): Sample[] {
  const wrap = modulus ?? Number.MAX_SAFE_INTEGER;
  let raw = Math.floor(random() * 900);
  return times(random, start, longest).map((t) => {
    if (kind === 'delta') return at(t, signal, random() < 0.03 ? -1 : Math.floor(random() * 9), quality(random));
    const step = pick(random, STEPS);
    let shown = raw;
    if (step === 'count') shown = raw = (raw + Math.floor(random() * most)) % wrap;
    if (step === 'reset' && random() < 0.3) shown = raw = Math.floor(random() * 3);
    if (step === 'dip' && random() < 0.3) shown = Math.floor(random() * 2);
    if (step === 'jump' && random() < 0.3) shown = raw + 50_000;
    if (step === 'tremble') shown = Math.max(0, raw - 1 - Math.floor(random() * 2));
    return at(t, signal, shown, quality(random));
  });
}

function power(random: Random, signal: string, start: number): Sample[] {
  let watts = 600;
  return times(random, start, 25).map((t) => {
    if (random() < 0.2) watts = pick(random, [0, 40, 90, 150, 600, 900, 1500, 4000, -50]);
    return at(t, signal, watts + Math.floor(random() * 20), quality(random));
  });
}

function randomEntries(random: Random, plant: Plant, start: number): Entry[] {
  const machines = [...plant.machines.keys()];
  const second = () => start + Math.floor(random() * SECONDS) * SECOND;
  return Array.from({ length: Math.floor(random() * 5) }, (_, n): Entry => {
    const head = { id: `e${n}`, seq: n + 1, recordedAt: start + n, by: 'somebody', machine: pick(random, machines) };
    const from = second();
    const reason = pick(random, ['jam', 'changeover', 'noOrders']);
    return pick<Entry>(random, [
      { ...head, type: 'stopReason', at: from, reason },
      { ...head, type: 'stopReason', from, to: from + (1 + Math.floor(random() * 300)) * SECOND, reason },
      { ...head, type: 'scrap', at: from, count: 1 + Math.floor(random() * 5) },
      { ...head, type: 'product', at: from, product: pick(random, ['P1', 'P2']) },
    ]);
  });
}

function randomQueries(random: Random, plant: Plant, start: number): Query[] {
  const machines = [...plant.machines.keys()];
  const whole = { from: start, to: start + SECONDS * SECOND };
  const part = () => {
    const from = start + Math.floor(random() * (SECONDS - 60)) * SECOND;
    return { from, to: from + (1 + Math.floor(random() * 600)) * SECOND };
  };
  return [
    ...machines.map((id) => ({ id, kind: 'range' as const, machines: [id], ...whole })),
    { id: 'part', kind: 'range', machines, ...part() },
    { id: 'iso', kind: 'iso22400', machines, ...whole },
    { id: 'line', kind: 'line', line: 'l1', ...whole },
    { id: 'line-part', kind: 'line', line: 'l1', ...part() },
    ...[...plant.meters.keys()].map((id) => ({ id, kind: 'energy' as const, meter: id, ...whole, byCategory: true })),
  ];
}
