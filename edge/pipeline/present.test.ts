import { describe, expect, it } from 'vitest';
import { parsePlant } from '#shared/plant/parse.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { createPresent } from './present.ts';
import { stateSignals } from './state-signals.ts';

const { plant } = parsePlant(
  `
version: 1
site: { id: s, name: S, timezone: UTC, currency: EUR, locale: en-GB }
calendars: { c: { shifts: [ { id: day, name: Day, days: [mon], start: "06:00", end: "14:00" } ] } }
sources: { plc: { type: opcua, endpoint: "opc.tcp://127.0.0.1:4840", owner: Test } }
lines:
  - id: l
    name: L
    area: A
    calendar: c
    machines:
      - { id: a, state: { source: plc, node: "ns=2;s=A" }, total: { source: plc, node: "ns=2;s=AT" } }
      - { id: b, state: { from: counts, stoppedAfterSeconds: 30 }, good: { source: plc, node: "ns=2;s=BG" }, reject: { source: plc, node: "ns=2;s=BR" } }
      - { id: c, state: { from: power, meter: m-c, runningAboveWatts: 100, idleAboveWatts: 10 } }
meters:
  - { id: m-main, importWh: { source: plc, node: "ns=2;s=M", scale: 10 } }
  - { id: m-ab, parent: m-main, feeds: [ { machine: a, share: 0.75 }, { machine: b, share: 0.25 } ], powerW: { source: plc, node: "ns=2;s=P", scale: 1000 } }
  - { id: m-c, parent: m-main, feeds: c, powerW: { source: plc, node: "ns=2;s=C" } }
  - { id: m-rest, sum: [ m-main, -m-ab, -m-c ] }
`,
  { hash: 'h' },
);

const sample = (signal: string, value: Sample['value'], t: number, quality: Sample['quality'] = 'good'): Sample => ({
  t,
  signal,
  value,
  quality,
  received: t,
});

describe('the present', () => {
  it('knows the newest by event time, whatever comes late, and since when it is so', () => {
    const present = createPresent(plant);
    present.take(sample('a.state', 'down', 1000));
    present.take(sample('a.state', 'down', 3000));
    present.take(sample('a.state', 'running', 2000));
    expect(present.state('a')).toEqual({ state: 'down', since: 1000 });
    present.take(sample('a.state', null, 4000, 'bad'));
    expect(present.state('a')).toEqual({ state: 'unknown', since: 4000 });
    expect(present.state('b')).toBeNull();
  });

  it('has power from a reading, from a rising register, from shares and from a sum, and none of what is not known', () => {
    const present = createPresent(plant);
    present.take(sample('m-ab.powerW', 4, 0));
    expect(present.powerW('m-ab', 0)).toBe(4000);
    expect(present.machinePowerW('a', 0)).toBe(3000);
    expect(present.machinePowerW('b', 0)).toBe(1000);
    expect(present.powerW('m-rest', 0)).toBeNull();
    for (let s = 0; s <= 120; s += 10) present.take(sample('m-main.importWh', 100 + s / 60, s * 1000));
    expect(present.powerW('m-main', 2 * MINUTE)).toBeCloseTo(600, 6);
    present.take(sample('m-c.powerW', 50, 120_000));
    expect(present.powerW('m-rest', 2 * MINUTE)).toBeCloseTo(600 - 4000 - 50, 6);
    expect(present.powerW('m-main', 10 * MINUTE)).toBeNull();
    present.take(sample('m-main.importWh', 1, 130_000));
    expect(present.powerW('m-main', 130_000)).toBeNull();
    present.take(sample('m-c.powerW', null, 131_000, 'bad'));
    expect(present.machinePowerW('c', 131_000)).toBeNull();
  });

  it('carries what it knows over to a new plant file', () => {
    const before = createPresent(plant);
    before.take(sample('a.state', 'setup', 500));
    expect(createPresent(plant, before).state('a')).toEqual({ state: 'setup', since: 500 });
  });
});

describe('what tells the state of a machine', () => {
  it('is its state signal, its first counter or the power of its meter', () => {
    expect(stateSignals(plant)).toEqual(new Set(['a.state', 'b.good', 'm-c.powerW']));
  });
});
