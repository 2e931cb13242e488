import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { valueAt } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import { scheduleSegments } from '#shared/time/calendar.ts';
import { HOUR } from '#shared/time/instant.ts';
import { METERS } from './meter-spec.ts';
import { createDemoPlant } from './plant-model.ts';
import { SHARED_STOP_CODES } from './stop-cause.ts';
import { createWire } from './wire.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8');
const { plant, doubts } = parsePlant(text, { hash: 'test', file: 'demo.plant.yaml' });
const model = createDemoPlant({ seed: 1, start: Date.UTC(2026, 5, 1) });
const wire = createWire(model);

describe('config/demo.plant.yaml', () => {
  it('raises no doubt but that its loopback server is read unencrypted', () => {
    expect(doubts.map(({ code }) => code)).toEqual(['securityNone']);
  });

  it('names only addresses that the simulated servers have', () => {
    for (const signal of signalsOf(plant)) {
      expect(wire.readerOf(signal), `${signal.signal} ${JSON.stringify(signal.address)}`).not.toBeNull();
    }
  });

  it('reads every node that the simulated controllers have', () => {
    const bound = new Set(signalsOf(plant).map(({ address }) => address.node));
    for (const { path } of wire.nodes) expect(bound.has(`ns=2;s=${path}`), path).toBe(true);
  });

  it('has the machines and meters of the simulation, in its order', () => {
    expect([...plant.machines.keys()]).toEqual([...model.machines.keys()]);
    const real = [...plant.meters.values()].filter((meter) => meter.sum === null).map(({ id }) => id);
    expect(new Set(real)).toEqual(new Set(METERS.map(({ id }) => id)));
  });

  it('knows every stop code that a machine can give, and the ideal speed it works to', () => {
    const at = Date.UTC(2026, 5, 1);
    for (const { spec } of model.machines.values()) {
      const machine = plant.machines.get(spec.id);
      const codes = [
        ...spec.modes.map(({ code }) => code),
        ...spec.halts.map(({ cause }) => SHARED_STOP_CODES[cause]),
        ...(spec.kind === 'packml' ? [101, 102] : []),
        ...(spec.orderPieces || spec.kind === 'packml' ? [201] : []),
      ].filter((code) => code !== 0);
      if (spec.nodes.stopCode) {
        for (const code of codes) expect(machine?.reason?.map?.has(String(code)), `${spec.id} ${code}`).toBe(true);
      }
      for (const job of spec.jobs) {
        const product = job.product === null ? null : plant.products.get(job.product);
        const ideal = product?.idealCycleSeconds ?? machine?.idealCycleSeconds;
        if (spec.id !== 'rinser') expect(ideal && valueAt(ideal, at), spec.id).toBe(job.idealSeconds);
        if (product) expect(product.cavities).toBe(job.cavities);
        if (spec.nodes.product === 'number') {
          expect(machine?.product?.map?.get(String(job.recipe))).toBe(job.product);
        }
      }
      if (machine && spec.id !== 'rinser' && spec.bufferPieces !== null) {
        expect(machine.piecesPerCount).toBe(spec.piecesPerCount);
      }
    }
  });

  it('says the modulus of every counter and register that starts again at 0', () => {
    for (const { spec } of model.machines.values()) {
      for (const name of ['total', 'good', 'reject', 'cycles'] as const) {
        const rollover = spec.counters[name]?.rollover ?? null;
        if (spec.counters[name]) expect(plant.machines.get(spec.id)?.[name]?.modulus).toBe(rollover);
      }
    }
    for (const { id, wire: meterWire } of METERS) {
      const rollover = meterWire.kind === 'sdm630' ? null : meterWire.rollover;
      expect(plant.meters.get(id)?.importWh?.modulus, id).toBe(rollover);
      expect(plant.meters.get(id)?.importWh?.maxKw, id).toBeGreaterThan(0);
    }
  });

  it('has a shift for every second of the year', () => {
    const year = Date.UTC(2026, 0, 1);
    for (const [id, calendar] of plant.calendars) {
      for (let t = year; t < year + 365 * 24 * HOUR; t += 7 * 24 * HOUR) {
        const segments = scheduleSegments(calendar, plant.site.timezone, t, t + 7 * 24 * HOUR);
        expect(
          segments.filter(({ kind }) => kind === 'offShift'),
          id,
        ).toEqual([]);
      }
    }
  });

  it('has breaks when its crews eat', () => {
    const monday = Date.UTC(2026, 5, 1);
    for (const [line, machine] of [
      ['filling', 'filler'],
      ['machining', 'grinder'],
    ] as const) {
      const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
      if (!calendar) throw new Error(line);
      const segments = scheduleSegments(calendar, plant.site.timezone, monday, monday + 24 * HOUR);
      const breaks = segments.filter(({ kind }) => kind === 'break');
      const halts = model.machines.get(machine)?.spec.halts.filter(({ cause }) => cause === 'crewBreak') ?? [];
      const local = (t: number) => ((t - monday) / 60_000 + 60) % 1440;
      expect(breaks.map(({ start }) => local(start)).sort()).toEqual(
        halts.map(({ startMinute }) => startMinute).sort(),
      );
      expect(breaks.map(({ start, end }) => (end - start) / 60_000)).toEqual(halts.map(({ minutes }) => minutes));
    }
  });
});
