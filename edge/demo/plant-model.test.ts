import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '#shared/time/instant.ts';
import { meterWh, meterWs } from './meter-reading.ts';
import { METERS } from './meter-spec.ts';
import type { DemoPlant } from './plant-model.ts';
import { createDemoPlant, defaultDemoStart } from './plant-model.ts';
import { createWire } from './wire.ts';

const MONDAY = Date.UTC(2026, 5, 1);
const DAY = 24 * HOUR;

function wireValues(plant: DemoPlant): Record<string, number | string> {
  const { nodes, registers } = createWire(plant);
  return {
    ...Object.fromEntries(nodes.map((node) => [node.path, node.read()])),
    ...Object.fromEntries(registers.map((r) => [`${r.unit}:${r.register}`, r.read()])),
  };
}

function station(plant: DemoPlant, id: string) {
  const machine = plant.machines.get(id);
  if (!machine) throw new Error(id);
  return machine.station;
}

describe('the simulated plant', () => {
  it('is the same for the same seed, in whatever steps it is advanced', () => {
    const straight = createDemoPlant({ seed: 7, start: MONDAY });
    straight.advanceTo(MONDAY + 9 * HOUR);
    const stepped = createDemoPlant({ seed: 7, start: MONDAY });
    for (let t = MONDAY; t <= MONDAY + 9 * HOUR; t += 977 * 1.5) stepped.advanceTo(t);
    stepped.advanceTo(MONDAY + 9 * HOUR);
    expect(stepped.snapshot()).toEqual(straight.snapshot());
    expect(wireValues(stepped)).toEqual(wireValues(straight));
  });

  it('is another plant for another seed', () => {
    const [one, two] = [7, 8].map((seed) => createDemoPlant({ seed, start: MONDAY }));
    for (const plant of [one, two]) plant?.advanceTo(MONDAY + HOUR);
    expect(one && wireValues(one)).not.toEqual(two && wireValues(two));
  });

  it('goes on from a snapshot as if it had never stopped, also from one that lay in a file', () => {
    const end = MONDAY + 30 * HOUR;
    const straight = createDemoPlant({ seed: 42, start: MONDAY });
    straight.advanceTo(end);
    const first = createDemoPlant({ seed: 42, start: MONDAY });
    first.advanceTo(MONDAY + 10 * HOUR + 10 * MINUTE + 17 * SECOND);
    const kept = JSON.parse(JSON.stringify(first.snapshot()));
    const second = createDemoPlant({ seed: 42, start: MONDAY });
    expect(second.restore(kept)).toBe(true);
    second.advanceTo(end);
    expect(second.snapshot()).toEqual(straight.snapshot());
  });

  it('refuses a snapshot of another plant, and one with a machine missing, and stays what it was', () => {
    const other = createDemoPlant({ seed: 1, start: MONDAY });
    other.advanceTo(MONDAY + HOUR);
    const plant = createDemoPlant({ seed: 2, start: MONDAY });
    const before = plant.snapshot();
    expect(plant.restore(other.snapshot())).toBe(false);
    const { filler: _, ...stations } = before.stations;
    expect(plant.restore({ ...before, now: MONDAY + HOUR, stations })).toBe(false);
    expect(plant.snapshot()).toEqual(before);
  });

  it('does not go back in time', () => {
    const plant = createDemoPlant({ seed: 1, start: MONDAY });
    plant.advanceTo(MONDAY + HOUR);
    const before = plant.snapshot();
    plant.advanceTo(MONDAY);
    expect(plant.snapshot()).toEqual(before);
  });

  it('meters add up: the main incomer is the sub-meters and the rest, to the watt-second', () => {
    const plant = createDemoPlant({ seed: 42, start: MONDAY });
    const subs = METERS.filter((meter) => meter.load.kind !== 'main').map((meter) => meterWs(meter, plant));
    for (const hours of [0, 1, 5, 26]) {
      plant.advanceTo(MONDAY + hours * HOUR);
      const sum = subs.reduce((total, read) => total + read(), 0) + plant.load.restWs;
      expect(sum).toBe(plant.load.mainWs);
    }
    const fed = METERS.flatMap(({ load }) => (load.kind === 'machines' ? load.machines : []));
    expect(new Set(fed)).toEqual(new Set(plant.machines.keys()));
    expect(fed.length).toBe(plant.machines.size);
  });

  it('draws power as it runs: a plausible load, by night too, and reactive energy below active', () => {
    const plant = createDemoPlant({ seed: 42, start: MONDAY });
    let [low, high] = [Number.POSITIVE_INFINITY, 0];
    for (let t = MONDAY; t < MONDAY + 3 * DAY; t += 30 * MINUTE) {
      const before = plant.load.mainWs;
      plant.advanceTo(t + 30 * MINUTE);
      const kw = (plant.load.mainWs - before) / 1800 / 1000;
      low = Math.min(low, kw);
      high = Math.max(high, kw);
    }
    expect(low).toBeGreaterThan(40);
    expect(high).toBeLessThan(250);
    expect(high).toBeGreaterThan(1.4 * low);
    expect(plant.load.mainVars).toBeGreaterThan(0.3 * plant.load.mainWs);
    expect(plant.load.mainVars).toBeLessThan(0.9 * plant.load.mainWs);
  });

  it('loses no bottle: what a station sends on is on the conveyor or counted by the next', () => {
    const plant = createDemoPlant({ seed: 5, start: MONDAY });
    const at = (id: string) => ({ ...station(plant, id) });
    const pairs = [
      ['depalletiser', 'rinser'],
      ['rinser', 'filler'],
      ['filler', 'capper'],
      ['capper', 'labeller'],
    ] as const;
    const before = new Map(pairs.flat().map((id) => [id, at(id)]));
    plant.advanceTo(MONDAY + 2 * DAY);
    for (const [from, to] of pairs) {
      const [a, b] = [at(from), at(to)];
      const [a0, b0] = [before.get(from) ?? a, before.get(to) ?? b];
      const sent = a.total - a.reject - (a0.total - a0.reject);
      expect(sent).toBe(b.total - b0.total + (a.outPieces - a0.outPieces));
      expect(a.outPieces).toBeGreaterThanOrEqual(0);
    }
  });

  it('has bad status on one sensor only, now and then, for a minute or two', () => {
    const plant = createDemoPlant({ seed: 42, start: MONDAY });
    const { nodes } = createWire(plant);
    const badSeconds = new Map<string, number>();
    let spells = 0;
    for (let t = MONDAY; t < MONDAY + 2 * DAY; t += SECOND) {
      plant.advanceTo(t);
      for (const node of nodes) {
        if (node.good()) continue;
        const before = badSeconds.get(node.path) ?? 0;
        badSeconds.set(node.path, before + 1);
        if (node.changedAt() === t) spells += 1;
      }
    }
    expect([...badSeconds.keys()]).toEqual(['Machining.Washer.State']);
    expect(spells).toBeGreaterThanOrEqual(2);
    const mean = (badSeconds.get('Machining.Washer.State') ?? 0) / spells;
    expect(mean).toBeGreaterThanOrEqual(50);
    expect(mean).toBeLessThanOrEqual(151);
  });

  it('stops the filling crew at ten by the site clock, in summer and in winter', () => {
    for (const day of [MONDAY, Date.UTC(2026, 10, 2)]) {
      const plant = createDemoPlant({ seed: 3, start: day });
      const offsetHours = day === MONDAY ? 1 : 0;
      const ten = day + (10 - offsetHours) * HOUR;
      plant.advanceTo(ten + 10 * MINUTE);
      expect(plant.machines.get('filler')?.halt).toBe('crewBreak');
      plant.advanceTo(ten - HOUR + 3 * HOUR);
      expect(plant.machines.get('filler')?.halt).toBe('none');
    }
  });

  it('stops a machine on request, and says so at once', () => {
    const plant = createDemoPlant({ seed: 1, start: MONDAY });
    plant.advanceTo(MONDAY + 90 * SECOND);
    plant.forceStop('filler', 13, 600);
    const values = wireValues(plant);
    expect(values['Filling.Filler.State']).toBe(9);
    expect(values['Filling.Filler.StopCode']).toBe(13);
    const { total } = station(plant, 'filler');
    plant.advanceTo(plant.now + 500 * SECOND);
    expect(station(plant, 'filler').total).toBe(total);
    plant.advanceTo(plant.now + 300 * SECOND);
    expect(station(plant, 'filler').total).toBeGreaterThan(total);
    expect(() => plant.forceStop('nowhere', 1, 1)).toThrow('nowhere');
  });

  it('begins at a local midnight, the same for whoever asks on that day', () => {
    const now = Date.UTC(2026, 5, 20, 13, 7, 5);
    expect(defaultDemoStart(now, 14, 'UTC')).toBe(Date.UTC(2026, 5, 6));
    expect(defaultDemoStart(now + 5 * HOUR, 14, 'UTC')).toBe(Date.UTC(2026, 5, 6));
    expect(defaultDemoStart(now, 14, 'Asia/Kolkata')).toBe(Date.UTC(2026, 5, 5, 18, 30));
    // Clocks went forward on the way.
    expect(defaultDemoStart(Date.UTC(2026, 3, 2, 12), 14, 'Europe/London')).toBe(Date.UTC(2026, 2, 19));
  });

  it('registers never fall, but around their end', () => {
    const plant = createDemoPlant({ seed: 42, start: MONDAY });
    const grinder = METERS.find((meter) => meter.id === 'm-grinder');
    if (!grinder) throw new Error('m-grinder');
    const wh = meterWh(grinder, plant);
    const first = wh();
    const register = createWire(plant).registers.find((r) => r.unit === 10 && r.register === 0);
    let [last, rollovers] = [register?.read() ?? 0, 0];
    for (let t = MONDAY; t <= MONDAY + 4 * DAY; t += MINUTE) {
      plant.advanceTo(t);
      const value = register?.read() ?? 0;
      if (value < last) rollovers += 1;
      last = value;
    }
    expect(rollovers).toBe(1);
    expect(last + rollovers * 1_000_000).toBe(Math.floor(wh()));
    expect(wh()).toBeGreaterThan(first);
  });
});
