import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, MINUTE, SECOND } from '#shared/time/instant.ts';
import { simulateSamples } from './history.ts';
import { createDemoPlant } from './plant-model.ts';
import { createWire } from './wire.ts';

const MONDAY = Date.UTC(2026, 5, 1);
const text = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8');
const { plant } = parsePlant(text, { hash: 'test', file: 'demo.plant.yaml' });
const run = { seed: 42, start: MONDAY };

function collect(from: number, to: number): Sample[] {
  const samples: Sample[] = [];
  simulateSamples(plant, run, from, to, (sample) => samples.push(sample));
  return samples;
}

function of(samples: readonly Sample[], signal: string): Sample[] {
  return samples.filter((sample) => sample.signal === signal);
}

function numberOf(sample: Sample | undefined): number {
  if (typeof sample?.value !== 'number') throw new Error(`not a number: ${JSON.stringify(sample)}`);
  return sample.value;
}

describe('the past of the demo', () => {
  const from = MONDAY + 3 * HOUR + 17 * SECOND;
  const to = MONDAY + 27 * HOUR;
  const samples = collect(from, to);

  it('has every signal of the plant file, from the first instant on', () => {
    const signals = signalsOf(plant).map(({ signal }) => signal);
    expect(new Set(samples.map(({ signal }) => signal))).toEqual(new Set(signals));
    const first = samples.filter(({ t }) => t === from).map(({ signal }) => signal);
    expect(new Set(first)).toEqual(new Set(signals));
    expect(first.length).toBe(signals.length);
  });

  it('is in time order, inside [from, to)', () => {
    let last = from;
    for (const { t, received } of samples) {
      expect(t >= last && t < to && received === t).toBe(true);
      last = t;
    }
  });

  it('knows only states, reasons and products of the plant file', () => {
    for (const { signal, value } of samples) {
      if (signal.endsWith('.state') && value !== null)
        expect(plant.machines.get(signal.slice(0, -6))?.state).toBeTruthy();
      if (signal.endsWith('.reason') && value !== null)
        expect(plant.reasons.has(String(value)), `${signal} ${value}`).toBe(true);
      if (signal.endsWith('.product')) expect(plant.products.has(String(value)), `${signal} ${value}`).toBe(true);
      if (signal.endsWith('.order')) expect(value).toMatch(/^WO-\d{5}$/);
    }
  });

  it('says each state, reason, product and order once, when it changes', () => {
    for (const { signal, kind } of signalsOf(plant)) {
      if (!['reason', 'product', 'order'].includes(kind)) continue;
      const values = of(samples, signal).map(({ value }) => value);
      for (const [i, value] of values.entries()) if (i > 0) expect(value, signal).not.toBe(values[i - 1]);
    }
  });

  it('ends where the live servers begin: one history joins another, and the live values, without a seam', () => {
    const cut = MONDAY + 11 * HOUR + 29 * SECOND;
    const before = collect(from, cut);
    expect(samples.slice(0, before.length)).toEqual(before);
    const live = createDemoPlant(run);
    live.advanceTo(to - SECOND);
    const wire = createWire(live);
    for (const signal of signalsOf(plant)) {
      if (signal.kind !== 'order') continue;
      expect(of(samples, signal.signal).at(-1)?.value).toBe(wire.readerOf(signal)?.read());
    }
  });

  it('counts as the machine counts, through the roll-over at 65536', () => {
    const model = createDemoPlant(run);
    model.advanceTo(from);
    const before = model.machines.get('labeller')?.station.total ?? 0;
    const counts = of(samples, 'labeller.total').map(numberOf);
    let [counted, rollovers] = [0, 0];
    for (const [i, value] of counts.entries()) {
      const previous = counts[i - 1] ?? value;
      if (value < previous) rollovers += 1;
      counted += (value - previous + 65_536) % 65_536;
      expect(value).toBeLessThan(65_536);
    }
    model.advanceTo(to - 1);
    const made = (model.machines.get('labeller')?.station.total ?? 0) - before;
    expect(rollovers).toBeGreaterThan(0);
    expect(made - counted).toBeGreaterThanOrEqual(0);
    expect(made - counted).toBeLessThan(25);
  });

  it('starts the packer at 0 with each order, with the order event at the same instant and no count lost', () => {
    const orders = of(samples, 'packer.order').slice(1);
    const counts = of(samples, 'packer.total');
    const resets = counts.filter((sample, i) => i > 0 && numberOf(sample) < numberOf(counts[i - 1]));
    expect(resets.length).toBeGreaterThan(1);
    expect(resets.map(({ t }) => t)).toEqual(orders.map(({ t }) => t));
    for (const reset of resets) expect(reset.value).toBe(0);
    for (const { t } of orders) {
      const model = createDemoPlant(run);
      model.advanceTo(t - SECOND);
      const station = model.machines.get('packer')?.station;
      const last = counts.filter((sample) => sample.t < t).at(-1);
      expect(numberOf(last)).toBe((station?.total ?? 0) - (station?.totalAtOrder ?? 0));
    }
  });

  it('reads counters at least every ten seconds while they change, and when a machine stops', () => {
    const stops = of(samples, 'filler.state').filter(({ value }) => value !== 'running');
    const counts = of(samples, 'filler.total');
    for (const stop of stops.slice(0, 20)) {
      const last = counts.filter(({ t }) => t <= stop.t).at(-1);
      const next = counts.find(({ t }) => t > stop.t);
      const running = of(samples, 'filler.state').find(({ t, value }) => t > stop.t && value === 'running');
      expect(next && running && next.t > running.t, `counts after ${stop.t} although it stands`).toBe(true);
      expect(
        (last && stop.t - last.t <= 10 * SECOND) ||
          of(samples, 'filler.state').some(({ t }) => t < stop.t && t > (last?.t ?? 0)),
      ).toBe(true);
    }
    const inMinute = counts.filter(({ t }) => t >= MONDAY + 12 * HOUR && t < MONDAY + 12 * HOUR + MINUTE);
    expect(inMinute.length).toBeLessThanOrEqual(9);
  });

  it('gives registers as the wire does: float32 kilowatt-hours, whole steps, Wh where a profile knows the unit', () => {
    const filler = of(samples, 'm-filler.importWh').map(numberOf);
    for (const value of filler.slice(0, 50)) expect(Math.fround(value)).toBe(value);
    expect(filler.some((value) => !Number.isInteger(value))).toBe(true);
    expect(of(samples, 'm-lathe-1.importWh').every(({ value }) => Number.isInteger(value))).toBe(true);
    const main = of(samples, 'm-main.importWh').map(numberOf);
    expect(main[0]).toBeGreaterThan(38_000_000);
    expect((main.at(-1) ?? 0) - (main[0] ?? 0)).toBeGreaterThan(2_000_000);
  });

  it('gives a bad status as a bad sample without a value, and then what holds', () => {
    const states = of(samples, 'washer.state');
    const bad = states.filter(({ quality }) => quality === 'bad');
    expect(bad.length).toBeGreaterThan(0);
    for (const sample of bad) expect(sample.value).toBeNull();
    for (const [i, sample] of states.entries()) {
      if (i > 0 && states[i - 1]?.quality === 'bad') {
        expect(sample.quality).toBe('good');
        expect(sample.t - (states[i - 1]?.t ?? 0)).toBeGreaterThanOrEqual(55 * SECOND);
      }
    }
  });

  it('is empty before the simulation begins', () => {
    expect(collect(MONDAY - HOUR, MONDAY)).toEqual([]);
  });
});
