import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, openBroker } from '#api/broker.ts';
import { type Demo, startDemo } from '#edge/demo/demo.ts';
import { type Edge, startEdge } from '#edge/main.ts';
import type { EdgeHealth, MachineLive, MachineStateMessage } from '#shared/contract/mqtt.ts';
import type { MachinePiece } from '#shared/oee/facts.ts';
import { openHistorianReader } from '#shared/store/open.ts';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { HOUR, MINUTE, minuteOf } from '#shared/time/instant.ts';

/*
 * A whole edge against the demo's real servers and a real broker, all on loopback. The tests follow one another: a first
 * start with history, live operation, a restart.
 */
const OPCUA = 42150;
const MODBUS = 42151;
const BROKER = 42152;
const dataDir = mkdtempSync(join(tmpdir(), 'linewatt-edge-'));
const plantFile = join(dataDir, 'plant.yaml');
const log: string[] = [];

const yaml = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8')
  .replaceAll('48400', `${OPCUA}`)
  .replaceAll('48502', `${MODBUS}`)
  .replace(/historyDays: \d+/, 'historyDays: 1');
writeFileSync(plantFile, yaml);
const { plant } = requirePlantFile(plantFile, {});
const machines = [...plant.machines.keys()];

interface Heard {
  readonly topic: string;
  readonly at: number;
  readonly body: Record<string, unknown>;
}

/** Everything on the namespace, and a way to wait for a message. */
function listen(client: MqttClient) {
  const heard: Heard[] = [];
  const waiting = new Set<(message: Heard) => void>();
  client.on('message', (topic, payload) => {
    const message = { topic, at: Date.now(), body: JSON.parse(payload.toString()) as Record<string, unknown> };
    heard.push(message);
    for (const check of [...waiting]) check(message);
  });
  return {
    heard,
    next<T>(what: string, ms: number, wanted: (message: Heard) => boolean): Promise<Heard & { body: T }> {
      return new Promise((done, fail) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          fail(new Error(`waited ${ms} ms for ${what}; the edge said:\n${log.join('\n')}`));
        }, ms);
        const check = (message: Heard) => {
          if (!wanted(message)) return;
          waiting.delete(check);
          clearTimeout(timer);
          done(message as Heard & { body: T });
        };
        waiting.add(check);
      });
    },
  };
}

describe('the edge', () => {
  let broker: Broker;
  let demo: Demo;
  let edge: Edge;
  let client: MqttClient;
  let ear: ReturnType<typeof listen>;
  let wentLiveAt = 0;

  const start = () =>
    startEdge({
      plantFile,
      dataDir,
      edge: null,
      historianUrl: 'sqlite:',
      brokerUrl: `aedes:${BROKER}`,
      env: {},
      log: (line) => log.push(line),
    });
  const healthAs = (state: string) =>
    ear.next<EdgeHealth>(
      `health ${state}`,
      60_000,
      ({ topic, body }) => topic.endsWith('/health') && body.state === state,
    );
  const liveOf = (machine: string) =>
    ear.next<MachineLive>(`live of ${machine}`, 10_000, ({ topic }) => topic.endsWith(`/${machine}/live`));

  beforeAll(async () => {
    broker = await openBroker(BROKER);
    demo = await startDemo({ plant, dataDir, testNodes: true });
    client = connect(broker.url);
    ear = listen(client);
    await client.subscribeAsync('linewatt/v1/#', { qos: 1 });
    const seeding = healthAs('seeding');
    edge = await start();
    await seeding;
    await edge.live;
    wentLiveAt = Date.now();
  });
  afterAll(async () => {
    await edge.stop();
    await client.endAsync();
    await demo.stop();
    await broker.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('publishes birth, a state of every machine and figures that go on from the history', async () => {
    const birth = ear.heard.find(({ topic }) => topic.endsWith('/edge/main/birth'));
    expect(birth?.body).toMatchObject({ version: 1, edge: 'main', plantHash: plant.hash });
    const { body } = await liveOf('filler');
    expect(body.state).not.toBe('unknown');
    await expect.poll(async () => (await liveOf('filler')).body.coverage, { timeout: 15_000 }).toBeGreaterThan(0.9);
    const states = new Set(ear.heard.filter(({ topic }) => topic.endsWith('/state')).map(({ body }) => body.machine));
    expect([...states].sort()).toEqual([...machines].sort());
  });

  it('publishes a change of state within a second', async () => {
    const from = Date.now();
    const change = ear.next<MachineStateMessage>(
      'the stop',
      5000,
      ({ topic, body }) => topic.endsWith('/capper/state') && body.state !== 'running',
    );
    const { body: before } = await liveOf('capper');
    demo.forceStop('capper', 11, 30);
    const forcedAt = Date.now();
    const { at } = before.state === 'running' ? await change : { at: forcedAt };
    expect(at - forcedAt).toBeLessThan(1000);
    expect(from).toBeLessThanOrEqual(forcedAt);
  });

  it('joins history and live data without a seam, and sends closed minutes to historian and namespace', async () => {
    const minute = await ear.next<{ facts: { pieces: MachinePiece[] } }>(
      'a minute that lies wholly after the start',
      150_000,
      ({ topic, body }) =>
        topic.endsWith('/filler/minute') &&
        (body as { facts: { pieces: MachinePiece[] } }).facts.pieces.some((p) => p.minute > wentLiveAt),
    );
    const reader = await openHistorianReader({ url: 'sqlite:', dataDir, credentials: {} });
    const to = minuteOf(minute.at);
    await expect
      .poll(async () => (await reader.extent())?.to ?? 0, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(to - MINUTE);
    const pieces = await reader.pieces(machines, { from: to - 6 * HOUR, to });
    for (const machine of machines) {
      const own = pieces.filter((piece) => piece.machine === machine).sort((a, b) => a.start - b.start);
      own.forEach((piece, i) => {
        expect(piece.start, `${machine} piece ${i}`).toBe(own[i - 1]?.end ?? piece.start);
      });
      expect(own[0]?.start).toBe(to - 6 * HOUR);
      expect(own.at(-1)?.end).toBe(to);
      const unknownNow = own.filter((p) => p.state === 'unknown' && p.end > wentLiveAt - 5 * MINUTE);
      const seconds = unknownNow.reduce((sum, p) => sum + (p.end - p.start) / 1000, 0);
      expect(seconds, `${machine} unknown around the seam`).toBeLessThan(machine === 'washer' ? 400 : 1);
    }
    const points = await reader.oeePoints(['line:filling', 'machine:filler'], { from: wentLiveAt, to: Date.now() });
    expect(new Set(points.map(({ scope }) => scope))).toEqual(new Set(['line:filling', 'machine:filler']));
    for (const point of points) expect(point.t % MINUTE).toBe(0);
    await reader.close();
  });

  it('keeps the old plant file when the new one is wrong, says so, and takes the next right one', async () => {
    writeFileSync(plantFile, yaml.replace('timezone: Europe/London', 'timezone: Europe/Londn'));
    const refused = await ear.next<EdgeHealth>('the finding', 15_000, ({ topic, body }) => {
      const { findings } = body as unknown as EdgeHealth;
      return topic.endsWith('/health') && findings.some(({ code }) => code === 'plantRefused');
    });
    const [finding] = refused.body.findings.filter(({ code }) => code === 'plantRefused');
    expect(finding?.message).toMatch(/Londn.*old plant file stays in force/s);
    const forgotten = ear.next<EdgeHealth>('health without the finding', 15_000, ({ topic, body }) => {
      const { findings } = body as unknown as EdgeHealth;
      return topic.endsWith('/health') && !findings.some(({ code }) => code === 'plantRefused');
    });
    writeFileSync(plantFile, yaml);
    await forgotten;
    const next = ear.next('a new birth', 15_000, ({ topic }) => topic.endsWith('/birth'));
    writeFileSync(plantFile, yaml.replace('name: Filler', 'name: Filler 1'));
    const { body } = await next;
    expect(body.plantHash).not.toBe(plant.hash);
    const { body: live } = await liveOf('filler');
    expect(live.state).not.toBe('unknown');
  });

  it('is unknown while it was off, never invented, and goes on with the shift', async () => {
    const stoppedAt = Date.now();
    const offline = healthAs('offline');
    await edge.stop();
    await offline;
    expect(Date.now() - stoppedAt).toBeLessThan(5000);
    await new Promise((done) => setTimeout(done, 4000));
    const online = healthAs('online');
    edge = await start();
    await edge.live;
    await online;
    const startedAt = Date.now();
    await expect.poll(async () => (await liveOf('labeller')).body.state, { timeout: 15_000 }).not.toBe('unknown');
    const minute = await ear.next<{ facts: { pieces: MachinePiece[] } }>(
      'the minute of the gap',
      90_000,
      ({ topic, body }) =>
        topic.endsWith('/labeller/minute') &&
        (body as { facts: { pieces: MachinePiece[] } }).facts.pieces.some((p) => p.end > startedAt),
    );
    const reader = await openHistorianReader({ url: 'sqlite:', dataDir, credentials: {} });
    const to = minuteOf(minute.at);
    await expect
      .poll(async () => (await reader.extent())?.to ?? 0, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(to - MINUTE);
    const pieces = await reader.pieces(['labeller'], { from: minuteOf(stoppedAt) - MINUTE, to });
    const unknown = pieces.filter(({ state }) => state === 'unknown').sort((a, b) => a.start - b.start);
    expect(Math.abs(unknown[0]!.start - stoppedAt)).toBeLessThan(2000);
    expect(unknown.at(-1)!.end).toBeGreaterThan(stoppedAt + 4000);
    expect(unknown.at(-1)!.end).toBeLessThan(startedAt + 5000);
    const ordered = pieces.sort((a, b) => a.start - b.start);
    for (const [i, piece] of ordered.entries()) expect(piece.start).toBe(ordered[i - 1]?.end ?? piece.start);
    await reader.close();
  });

  it('never asked a PLC for anything but reading', () => {
    expect(demo.requests()).toEqual({ write: 0, call: 0, modbusWrite: 0 });
  });
});
