import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, FILLER, meterPieces, PACKER, PLANT } from '#api/fixture.ts';
import { type Api, startApi } from '#api/main.ts';
import type { Patch, ScopeView, Snapshot } from '#shared/contract/socket.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';

/*
 * The api as a whole: a real historian file, its own broker over TCP, an edge made by hand, a real browser socket.
 */
const NOW = at(150);
let dir: string;
let api: Api;
let edge: MqttClient;
let sockets: Socket[];
let revision: number;

const facts = (until: number) => [factsOf('filler', FILLER, until, true), factsOf('packer', PACKER, until, true)];

async function fill(until: number): Promise<void> {
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const lists = facts(until);
  await writer.write({
    ...emptyBatch(),
    intervals: lists.flatMap((l) => l.intervals),
    pieces: lists.flatMap((l) => l.pieces),
    meterPieces: meterPieces(at(-24 * 60), until),
  });
  await writer.close();
}

const options = () => ({
  plantFile: join(dir, 'plant.yaml'),
  dataDir: dir,
  host: '127.0.0.1',
  port: 0,
  historianUrl: 'sqlite:',
  brokerUrl: 'aedes:0',
  ledgerUrl: 'sqlite:',
  dashboardDir: dir,
  env: {},
  clock: () => NOW,
  log: () => {},
});

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-api-live-'));
  writeFileSync(join(dir, 'plant.yaml'), PLANT);
  sockets = [];
  revision = 0;
  await fill(NOW);
  api = await startApi(options());
  edge = await connectAsync(api.brokerUrl);
});
afterEach(async () => {
  for (const socket of sockets) socket.close();
  await edge.endAsync(true);
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

const envelope = () => ({ version: 1, edge: 'main', epoch: 1000, revision: ++revision });
const publish = (path: string, body: object, epoch?: number) =>
  edge.publishAsync(
    `linewatt/v1/leeds/${path}`,
    JSON.stringify({ ...envelope(), ...body, ...(epoch !== undefined && { epoch }) }),
    { qos: 1 },
  );
const publishState = (state: string, since: number, reason: string | null = null) =>
  publish('Packaging/filling/filler/state', { machine: 'filler', state, since, reason, product: 'A', order: '' });

function connect(extra: object = {}): Socket {
  const socket = io(`${api.url}/live`, { transports: ['websocket'], reconnection: false, ...extra });
  sockets.push(socket);
  return socket;
}

/** Watches a scope and keeps its view as a browser does. */
function screen(scope: string, topics = ['states', 'oee', 'energy', 'demand']) {
  const socket = connect();
  const state: { view: ScopeView | null; seq: number; gaps: number } = { view: null, seq: 0, gaps: 0 };
  socket.on('connect', () => socket.emit('watch', { scope, topics }));
  socket.on('snapshot', (s: Snapshot) => Object.assign(state, { view: s.view, seq: s.seq }));
  socket.on('patch', (p: Patch) => {
    if (p.seq !== state.seq + 1) state.gaps += 1;
    state.seq = p.seq;
    state.view = merge(state.view, p.patch) as ScopeView;
  });
  const until = async (what: (view: ScopeView) => boolean): Promise<ScopeView> => {
    while (state.view === null || !what(state.view)) {
      await Promise.race([once(socket as never, 'snapshot'), once(socket as never, 'patch')]);
    }
    return state.view;
  };
  return { socket, state, until };
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> = { ...(target as Record<string, unknown> | null) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merge(out[key], value);
  }
  return out;
}

describe('a screen', () => {
  it('shows the running shift at once: figures, curve, ribbon, losses, energy and demand', async () => {
    const { until } = screen('line:filling');
    const view = await until((v) => v.lines['filling']?.figures != null && (v.energy?.shifts ?? null) !== null);
    const line = view.lines['filling'];
    expect(line?.figures?.counts.good).toBe(59 * 140);
    expect(line?.figures?.targetCount).toBeCloseTo(150 * 60 * 0.75, 6);
    expect(line?.figures?.targetAtEnd).toBeCloseTo((480 - 20) * 60 * 0.75, 6);
    expect(line?.losses).toMatchObject([{ name: 'Jam', seconds: 600, count: 1, look: 'down' }]);
    expect(line?.targetCurve.at(-1)).toEqual([new Date(at(480)).toISOString(), (480 - 20) * 60 * 0.75]);
    expect(Object.values(line?.curve ?? {}).at(-1)).toBe(59 * 140);
    expect(view.header.shift).toMatchObject({ id: 'early', startLabel: '06:00', endLabel: '14:00' });
    expect(view.machines['filler']).toMatchObject({ look: 'run', word: 'Running', detail: null });
    expect(Object.values(view.machines['filler']?.ribbon ?? {}).map((s) => s.look)).toContain('down');
    const shift = Object.values(view.energy?.shifts ?? {}).at(-1);
    // The line's energy is its filler's: 200 Wh a minute for 150 minutes.
    expect(shift?.kWh).toBeCloseTo(30, 3);
    expect(shift?.byState['down']).toBeCloseTo(2, 3);
    expect(view.demand).toMatchObject({ meter: 'm-main', windowMinutes: 30, limitKw: 100, kWhSoFar: 0 });
    expect(Object.values(view.demand?.blocks ?? {})).toEqual([30, 30, 30, 30, 30]);
  });

  it('is told of a state at once, with who waits for whom, how often, and what it costs', async () => {
    const { until, state } = screen('line:filling');
    await until((v) => v.machines['filler']?.look === 'run');
    await publish('Packaging/filling/packer/state', {
      machine: 'packer',
      state: 'idle',
      since: NOW,
      reason: 'starved',
      product: 'A',
      order: '',
    });
    const sent = performance.now();
    await publishState('down', NOW, 'jam');
    const view = await until((v) => v.machines['filler']?.look === 'down');
    expect(performance.now() - sent).toBeLessThan(400);
    expect(view.machines['filler']).toMatchObject({ word: 'Down', detail: 'Jam', occurrence: 2, sinceLabel: '08:30' });
    // A piece a second at 0.50 each.
    expect(view.machines['filler']?.lossPerHour).toBe(1800);
    expect(view.machines['packer']?.detail).toBe('Starved by Filler');
    expect(state.gaps).toBe(0);
  });

  it('ignores an older message, and takes one of a newer edge process', async () => {
    const { until } = screen('machine:filler');
    await until((v) => v.machines['filler']?.look === 'run');
    await publishState('down', NOW, 'jam');
    await until((v) => v.machines['filler']?.look === 'down');
    revision = 0;
    await publishState('running', NOW + 500);
    await publish(
      'Packaging/filling/filler/state',
      { machine: 'filler', state: 'idle', since: NOW + 1000, reason: null, product: 'A', order: '' },
      2000,
    );
    const view = await until((v) => v.machines['filler']?.look !== 'down');
    expect(view.machines['filler']?.look).toBe('idle');
  });

  it('sees live facts join the closed ones, and an entry change the past', async () => {
    const { until } = screen('line:filling');
    await until((v) => v.lines['filling']?.figures != null);
    const next = factsOf('filler', FILLER, at(151), true);
    const packed = factsOf('packer', PACKER, at(151), true);
    for (const [id, list] of [
      ['filler', next],
      ['packer', packed],
    ] as const) {
      const pieces = list.pieces.filter((p) => p.minute === at(150));
      await publish(`Packaging/filling/${id}/minute`, { facts: { pieces } });
    }
    await until((v) => v.lines['filling']?.figures?.counts.good === 59 * 141);
    const answer = await fetch(`${api.url}/api/v1/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'tablet-1' },
      body: JSON.stringify({
        type: 'stopReason',
        machine: 'filler',
        at: new Date(at(105)).toISOString(),
        reason: 'changeover',
      }),
    });
    expect(answer.status).toBe(201);
    const view = await until((v) => v.lines['filling']?.figures?.seconds.plannedStop === 600);
    expect(view.lines['filling']?.losses[0]).toMatchObject({ name: 'Changeover', look: 'setup' });
  });

  it('beats every second with the age of its data', async () => {
    const { socket } = screen('line:filling');
    const [pulse] = await once(socket as never, 'pulse');
    expect(pulse).toMatchObject({
      serverTime: new Date(NOW).toISOString(),
      dataAt: { 'line:filling': new Date(NOW).toISOString() },
    });
  });
});

describe('what the socket refuses', () => {
  it('a foreign origin', async () => {
    const socket = connect({ extraHeaders: { origin: 'http://evil.example' } });
    await once(socket as never, 'connect_error');
    expect(socket.connected).toBe(false);
  });

  it('polling, and messages that are too large', async () => {
    const polling = await fetch(`${api.url}/socket.io/?EIO=4&transport=polling`);
    expect(polling.status).toBe(400);
    const socket = connect();
    await once(socket as never, 'connect');
    socket.emit('watch', { scope: 'x'.repeat(100_000), topics: [] });
    await once(socket as never, 'disconnect');
  });

  it.each([
    [null],
    [{ scope: 'site' }],
    [{ scope: 'site', topics: ['oee', 'secrets'] }],
    [{ scope: 'line:nope', topics: ['oee'] }],
  ])('a watch like %j, with a sentence, and goes on', async (body) => {
    const socket = connect();
    await once(socket as never, 'connect');
    socket.emit('watch', body);
    const [problem] = await once(socket as never, 'problem');
    expect(problem.detail).toMatch(/watch needs|has no/);
    socket.emit('watch', { scope: 'site', topics: ['states'] });
    const [snapshot] = await once(socket as never, 'snapshot');
    expect(snapshot.scope).toBe('site');
  });
});

describe('broken messages on the broker', () => {
  it('are counted and change nothing', async () => {
    const { until } = screen('site');
    await until((v) => v.machines['filler']?.look === 'run');
    const topic = 'linewatt/v1/leeds/Packaging/filling/filler/state';
    for (const body of ['{', 'null', '[]', '{"version":1}', JSON.stringify({ __proto__: 1, machine: 'nope' })]) {
      await edge.publishAsync(topic, body, { qos: 1 });
    }
    await edge.publishAsync('linewatt/v1/leeds/meters/../../x', 'x', { qos: 1 });
    const future = factsOf('filler', [{ start: at(9000), state: 'down' }], at(9001)).pieces;
    await publish('Packaging/filling/filler/minute', { facts: { pieces: future } });
    await publishState('down', NOW, 'jam');
    await until((v) => v.machines['filler']?.look === 'down');
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/messages_dropped_total\{reason="shape"\} [45]/);
    expect(metrics).toMatch(/messages_dropped_total\{reason="notJson"\} 1/);
    expect(metrics).toMatch(/messages_dropped_total\{reason="fromTheFuture"\} 1/);
  });
});

describe('starting and stopping', () => {
  it('says in one sentence that a port is taken, or that an address is not its own', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(startApi({ ...options(), port, ledgerUrl: 'sqlite::memory:' })).rejects.toThrow(
      `port ${port} is taken; choose another with --port`,
    );
    await expect(startApi({ ...options(), brokerUrl: `aedes:${port}` })).rejects.toThrow(/broker cannot start/);
    await expect(startApi({ ...options(), host: '0.0.0.0' })).rejects.toThrow(/127\.0\.0\.1 only/);
    await expect(startApi({ ...options(), plantFile: '/nowhere.yaml' })).rejects.toThrow(/no file/);
    server.close();
  });

  it('as a process: answers, and stops within two seconds of SIGTERM with screens connected', async () => {
    const root = join(import.meta.dirname, '../..');
    const args = [
      'linewatt.ts',
      'api',
      '--plant',
      join(dir, 'plant.yaml'),
      '--data',
      dir,
      '--port',
      '42290',
      '--broker',
      'aedes:42291',
    ];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
    const heard: string[] = [];
    child.stderr.setEncoding('utf8');
    while (!heard.join('').includes('listening')) heard.push(...((await once(child.stderr, 'data')) as string[]));
    const socket = io('http://127.0.0.1:42290/live', { transports: ['websocket'], reconnection: false });
    sockets.push(socket);
    await once(socket as never, 'connect');
    socket.emit('watch', { scope: 'site', topics: ['states', 'oee', 'energy', 'demand'] });
    await once(socket as never, 'snapshot');
    const asked = performance.now();
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2000);
  });
});

it('waits for a historian that is not there yet, and shows it when it comes', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'linewatt-api-empty-'));
  writeFileSync(join(empty, 'plant.yaml'), PLANT);
  const own = await startApi({ ...options(), plantFile: join(empty, 'plant.yaml'), dataDir: empty });
  const kpi = () => fetch(`${own.url}/api/v1/kpi?scope=line:filling&by=total`);
  const away = await kpi();
  expect(away.status).toBe(503);
  expect(await away.json()).toMatchObject({ title: 'Historian away', retryable: true });
  const was = dir;
  dir = empty;
  await fill(NOW);
  dir = was;
  let found = await kpi();
  for (let i = 0; i < 30 && found.status !== 200; i++) {
    await new Promise((done) => setTimeout(done, 100));
    found = await kpi();
  }
  const { items } = (await found.json()) as { items: { counts: { good: number } }[] };
  expect(items[0]?.counts.good).toBeGreaterThanOrEqual(59 * 140);
  await own.close();
  rmSync(empty, { recursive: true, force: true });
});
