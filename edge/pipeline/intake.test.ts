import { describe, expect, it } from 'vitest';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Item, Reading, SourceError, SourceHost, SourceType } from '#edge/core/source.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { startIntake } from './intake.ts';

const plantOf = (node: string, endpoint = 'opc.tcp://127.0.0.1:4840') =>
  parsePlant(
    `
version: 1
site: { id: s, name: S, timezone: UTC, currency: EUR, locale: en-GB }
calendars: { c: { shifts: [ { id: day, name: Day, days: [mon], start: "06:00", end: "14:00" } ] } }
sources:
  plc: { type: opcua, endpoint: "${endpoint}", owner: Test }
  other: { type: modbus, host: 127.0.0.1, owner: Test }
lines:
  - id: l
    name: L
    area: A
    calendar: c
    machines:
      - id: a
        state: { source: plc, node: "ns=2;s=A", map: { 1: running, 2: down } }
        total: { source: plc, node: "${node}" }
meters:
  - { id: m, feeds: a, powerW: { source: plc, node: "ns=2;s=P" } }
  - { id: n, importWh: { source: other, register: 1 } }
`,
    { hash: node + endpoint },
  ).plant;

interface Started {
  readonly id: string;
  readonly items: readonly Item[];
  readonly host: SourceHost;
  stopped: boolean;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function setup(contactsBefore: ReadonlyMap<string, number> = new Map()) {
  let now = 100_000;
  const started: Started[] = [];
  const samples: Sample[] = [];
  const findings = createFindings();
  const type: SourceType = {
    type: 'fake',
    async start({ id }, items, host) {
      const own: Started = { id, items, host, stopped: false };
      started.push(own);
      return {
        closed: new Promise<SourceError | null>(() => {}),
        async stop() {
          own.stopped = true;
        },
      };
    },
  };
  const deps = {
    clock: { now: () => now, after: () => () => {} },
    random: () => 0.5,
    loadType: async () => type,
    counters: createCounters(),
    findings,
    contactsBefore,
    log: () => {},
    push: (batch: readonly Sample[]) => void samples.push(...batch),
    held: { keep: (_source: string, readings: readonly Reading[]) => readings.map((_, n) => n), before: () => [] },
    kept: async () => {},
  };
  const intake = startIntake(deps, plantOf('ns=2;s=T'), () => true);
  await settled();
  const plc = () => started.filter((s) => s.id === 'plc').at(-1)!;
  const read = (signal: string, value: number, t: number) =>
    plc().host.readings([{ signal, value, quality: 'good', t, received: now }]);
  const goTo = (t: number) => {
    now = t;
  };
  return { intake, started, samples, findings, plc, read, goTo };
}

describe('a source with a wrong clock', () => {
  it('is shifted as a whole; the journal gets the offset and what the source said', async () => {
    const { samples, findings, read, goTo } = await setup();
    read('a.state', 1, 90_000);
    read('a.total', 0, 90_000);
    const hour = 3_600_000;
    for (let n = 1; n <= 6; n += 1) {
      goTo(100_000 + n * 1000);
      read('a.total', n, 100_000 + n * 1000 + hour);
    }
    const totals = samples.filter(({ signal }) => signal === 'a.total').map(({ t, value }) => [t, value]);
    expect(totals.slice(1).toSorted()).toEqual([1, 2, 3, 4, 5, 6].map((n) => [100_000 + n * 1000, n]));
    expect(samples.find(({ signal }) => signal === 'plc.clockOffset')?.value).toBe(hour);
    expect(samples.at(-1)?.raw?.t).toBe(106_000 + hour);
    expect(findings.list().map(({ code, message }) => [code, message])).toEqual([
      ['clockSkew', 'plc: its clock is 3600 s ahead of ours; all its times are shifted by that until it is set right'],
    ]);
  });
});

describe('the intake', () => {
  it('subscribes each source to its own signals, binds what it reads, and knows who is connected', async () => {
    const { intake, started, samples, read } = await setup();
    expect(started.map(({ id, items }) => [id, items.map((item) => item.signal)])).toEqual([
      ['plc', ['a.state', 'a.total', 'm.powerW']],
      ['other', ['n.importWh']],
    ]);
    read('a.state', 1, 100_000);
    expect(samples).toMatchObject([{ signal: 'a.state', value: 'running', quality: 'good' }]);
    expect(intake.isConnected('a.state')).toBe(true);
    expect(intake.isConnected('nothing')).toBeNull();
    expect(intake.health()[0]).toMatchObject({ id: 'plc', state: 'connected', signals: 3, readings: 1 });
  });

  it('makes a machine unknown at the last contact, and known again by the first value', async () => {
    const { samples, plc, read, goTo } = await setup();
    goTo(101_000);
    read('a.state', 1, 100_500);
    goTo(110_000);
    plc().host.lost(105_000, 'silence');
    expect(samples.at(-1)).toEqual({ t: 105_000, signal: 'a.state', value: null, quality: 'bad', received: 110_000 });
    goTo(120_000);
    read('a.state', 1, 100_500);
    expect(samples.at(-1)).toMatchObject({ signal: 'a.state', value: 'running', t: 120_000 });
  });

  it('begins with the unknown time since the last contact of the run before', async () => {
    const { samples, read, goTo } = await setup(new Map([['plc', 40_000]]));
    expect(samples).toEqual([{ t: 40_001, signal: 'a.state', value: null, quality: 'bad', received: 100_000 }]);
    goTo(101_000);
    read('a.state', 2, 70_000);
    expect(samples.at(-1)).toMatchObject({ value: 'down', t: 70_000 });
  });

  it('repeats a constant power while the source is heard, never a register or a counter', async () => {
    const { samples, plc, read, goTo } = await setup();
    goTo(101_000);
    read('m.powerW', 500, 101_000);
    read('a.total', 7, 101_000);
    for (let t = 102_000; t <= 125_000; t += 1000) {
      goTo(t);
      plc().host.alive(t);
    }
    expect(samples.slice(2).map(({ signal, value, t }) => [signal, value, t])).toEqual([
      ['m.powerW', 500, 111_000],
      ['m.powerW', 500, 121_000],
    ]);
    plc().host.lost(125_000, 'silence');
    goTo(140_000);
    plc().host.alive(140_000);
    expect(samples.filter(({ signal }) => signal === 'm.powerW')).toHaveLength(3);
  });

  it('finds a clock that is off, by changes seen live and not by values that were held', async () => {
    const { findings, read, goTo } = await setup();
    for (let i = 1; i <= 6; i++) {
      goTo(100_000 + i * 1000);
      read('a.total', i, 100_000 + i * 1000 - 20_000);
    }
    expect(findings.list().map(({ code, signal }) => [code, signal])).toEqual([['clockSkew', 'plc']]);
    expect(findings.list()[0]!.message).toContain('20 s behind');
    const held = await setup();
    held.read('a.state', 1, 1000);
    held.read('m.powerW', 1, 1000);
    held.read('a.total', 1, 1000);
    expect(held.findings.list()).toEqual([]);
  });

  it('follows a new plant file: keeps a source that is the same, begins anew with one that is not', async () => {
    const { intake, started, samples, goTo } = await setup();
    goTo(150_000);
    await intake.follow(plantOf('ns=2;s=T', 'opc.tcp://127.0.0.1:4999'), () => true);
    await settled();
    expect(started.map(({ id, stopped }) => [id, stopped])).toEqual([
      ['plc', true],
      ['other', false],
      ['plc', false],
    ]);
    expect(samples.at(-1)).toMatchObject({ signal: 'a.state', value: null, quality: 'bad' });
    const count = started.length;
    await intake.follow(plantOf('ns=2;s=T', 'opc.tcp://127.0.0.1:4999'), () => true);
    expect(started).toHaveLength(count);
    await intake.stop();
    expect(started.at(-1)!.stopped).toBe(true);
  });
});
