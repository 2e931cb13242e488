import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANT } from '#api/fixture.ts';
import { TAKEN_OVER_MS } from '#api/replicas/duty.ts';
import type { Snapshot } from '#shared/contract/socket.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE, minuteOf, toIso } from '#shared/time/instant.ts';
import { mergePatch } from '../../dashboard/live/merge-patch.ts';
import { freePort } from '../servers/free-port.ts';
import { getJson, ROOT, until } from '../servers/linewatt.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';

/*
 * Two api processes behind one PostgreSQL and one broker. The filler stands still; people at one replica say why, and the wall
 * that hangs at the other shows it. Either may be killed.
 */
const dir = mkdtempSync(join(tmpdir(), 'linewatt-replicas-'));
const NOW = Date.now();
const STOPPED = minuteOf(NOW) - 10 * MINUTE;
let database: Postgres;
let broker: Mosquitto;
const replicas: Replica[] = [];

interface Replica {
  readonly url: string;
  /** Says that a wall hangs here, as a screen does. */
  readonly pulse: (id: string) => void;
  readonly wall: Wall;
  kill(): Promise<void>;
}

/** A screen on the line, as the dashboard keeps it. */
interface Wall {
  /** Resolves with the milliseconds until the filler's reason is this one. */
  untilReason(reason: string | null): Promise<number>;
  untilCalled(team: string): Promise<number>;
  pulse(id: string): void;
  close(): void;
}

beforeAll(async () => {
  [database, broker] = await Promise.all([startPostgres(), startMosquitto()]);
  const always = PLANT.replace(
    /days: \[[^\]]*\], start: "06:00", end: "14:00"/,
    'days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "24:00"',
  );
  writeFileSync(
    join(dir, 'plant.yaml'),
    `${always}
alerts:
  - { id: long-stop, when: stopLongerThan, minutes: 5, scope: "machine:packer", notify: [ uns ] }
  - { id: longer-stop, when: stopLongerThan, minutes: 6, scope: "machine:packer", notify: [ uns ] }
channels:
  - { id: uns, type: mqtt, topic: site/alerts }
`,
  );
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const facts = factsOf(
    'filler',
    [
      { start: STOPPED - 180 * MINUTE, state: 'running', product: 'A', good: 60 },
      { start: STOPPED, state: 'down', product: 'A' },
    ],
    minuteOf(NOW),
    true,
  );
  await writer.write({ ...emptyBatch(), intervals: facts.intervals, pieces: facts.pieces });
  await writer.close();
  replicas.push(...(await Promise.all([startReplica('a'), startReplica('b')])));
}, 60_000);
afterAll(async () => {
  for (const replica of replicas) await replica.kill();
  await broker?.stop();
  await database?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function startReplica(name: string): Promise<Replica> {
  const port = await freePort();
  const args = [
    'linewatt.ts',
    'api',
    '--plant',
    join(dir, 'plant.yaml'),
    '--data',
    join(dir, name),
    '--port',
    `${port}`,
  ];
  const engines = [
    '--historian',
    `sqlite:${join(dir, 'historian.sqlite')}`,
    '--broker',
    broker.url,
    '--ledger',
    database.url,
  ];
  const child: ChildProcess = spawn(process.execPath, [...args, ...engines, '--dashboard', dir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LINEWATT_LEDGER_USER: database.credentials.user,
      // Made by whichever starts first.
      LINEWATT_SECRETS_FILE: join(dir, 'secrets.json'),
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the api ended:\n${log}`);
      const health = await getJson<{ ledger: { engine: string } }>(`${url}/api/v1/health`).catch(() => null);
      return health?.ledger.engine === 'postgresql';
    },
    30_000,
    () => `the api did not start:\n${log}`,
  );
  const wall = await watchWall(url);
  return {
    url,
    wall,
    pulse: wall.pulse,
    async kill() {
      wall.close();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function watchWall(url: string): Promise<Wall> {
  const socket: Socket = io(`${url}/live`, { transports: ['websocket'] });
  let view: unknown = null;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  socket.on('snapshot', (s: Snapshot) => {
    view = s.view;
    tell();
  });
  socket.on('patch', ({ patch }: { patch: unknown }) => {
    view = mergePatch(view, patch);
    tell();
  });
  await new Promise<void>((done) => socket.once('connect', () => done()));
  socket.emit('watch', { scope: 'line:filling', topics: ['states', 'oee'] });
  const filler = (): { readonly reason?: unknown; readonly call?: { readonly team: unknown } } =>
    (view as { machines?: { filler?: object } } | null)?.machines?.filler ?? {};
  const untilSo = (isSo: () => boolean): Promise<number> => {
    const begun = performance.now();
    return new Promise((done) => {
      const look = (): void => {
        if (!isSo()) return;
        listeners.delete(look);
        done(performance.now() - begun);
      };
      listeners.add(look);
      look();
    });
  };
  return {
    untilReason: (wanted) => untilSo(() => filler().reason === wanted),
    untilCalled: (team) => untilSo(() => filler().call?.team === team),
    pulse: (id) =>
      void socket.emit('wall', {
        id,
        page: '/wall/filling',
        lines: ['filling'],
        build: 'b',
        width: 1920,
        height: 1080,
        shows: 'live',
      }),
    close: () => void socket.close(),
  };
}

let key = 0;
async function say(replica: Replica | undefined, body: object) {
  const answer = await fetch(`${replica?.url}/api/v1/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `k${++key}` },
    body: JSON.stringify({ by: 'ann', ...body }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const because = (reason: string) => ({ type: 'stopReason', machine: 'filler', at: toIso(STOPPED), reason });

it('shows an entry of one replica on the wall of the other within a second', async () => {
  const [a, b] = replicas;
  await Promise.all(replicas.map((r) => r.wall.untilReason(null)));
  const seen = b?.wall.untilReason('jam');
  expect((await say(a, because('jam'))).status).toBe(201);
  expect(await seen).toBeLessThan(1000);
  const back = a?.wall.untilReason('changeover');
  expect((await say(b, because('changeover'))).status).toBe(201);
  expect(await back).toBeLessThan(1000);
  const called = b?.wall.untilCalled('maintenance');
  await say(a, { type: 'andonCall', machine: 'filler', at: toIso(STOPPED), team: 'maintenance' });
  expect(await called).toBeLessThan(1000);
});

it('refuses at one replica what was made stale at the other', async () => {
  const [a, b] = replicas;
  const first = await say(a, { ...because('jam'), device: 'A', basedOn: 3 });
  expect(first.status).toBe(201);
  const second = await say(b, { ...because('starved'), device: 'B', basedOn: 3 });
  expect(second.status).toBe(409);
  expect(second.body['changed']).toMatchObject([{ id: first.body['id'], reason: 'jam' }]);
});

/** What was told over the broker. The packer stands since the given time, says its edge. */
async function listenAsEdge() {
  const client = await connectAsync(broker.url);
  const heard: string[] = [];
  client.on('message', (_topic, body) => {
    const { rule, event } = JSON.parse(body.toString()) as { rule: string; event: string };
    heard.push(`${rule} ${event}`);
  });
  await client.subscribeAsync('site/alerts', { qos: 1 });
  return {
    heard,
    async packerDown(minutes: number) {
      const body = { version: 1, edge: 'main', epoch: 1000, revision: minutes, machine: 'packer', state: 'down' };
      const message = { ...body, since: Date.now() - minutes * MINUTE - 1000, reason: null, product: 'A', order: '' };
      const topic = 'linewatt/v1/leeds/Packaging/filling/packer/state';
      await client.publishAsync(topic, JSON.stringify(message), { qos: 1, retain: true });
    },
    close: () => client.endAsync(true),
  };
}
const onDuty = async (replica: Replica): Promise<boolean> =>
  /^linewatt_api_on_duty 1$/m.test(await (await fetch(`${replica.url}/metrics`)).text());

it('tells an alert once, and goes on when the one that watched is killed; a wall of one is known to both', async () => {
  const edge = await listenAsEdge();
  const duty = await Promise.all(replicas.map(onDuty));
  expect(duty.filter(Boolean)).toHaveLength(1);
  const watching = duty.indexOf(true);
  const [watcher, other] = [replicas[watching], replicas[1 - watching]];
  if (!watcher || !other) throw new Error('two replicas are needed');
  watcher.pulse('wall-aaaa');
  await edge.packerDown(5);
  await until(
    () => edge.heard.length > 0,
    15_000,
    () => 'nothing was told',
  );
  const items = async (path: string) => (await getJson<{ items: object[] }>(`${other.url}/api/v1/${path}`)).items;
  // Both show it, and whoever taps at the other one is known to both.
  await until(
    async () => (await items('alerts')).length === 1,
    10_000,
    () => 'the other does not show the alert',
  );
  const [{ id }] = (await items('alerts')) as [{ id: string }];
  const taken = await fetch(`${other.url}/api/v1/alerts/${id}/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"by":"kim"}',
  });
  expect(taken.status).toBe(200);
  const knownTo = async (one: Replica): Promise<string | null | undefined> =>
    (await getJson<{ items: { acknowledgedBy: string | null }[] }>(`${one.url}/api/v1/alerts`)).items[0]
      ?.acknowledgedBy;
  await Promise.all([
    until(
      async () => (await knownTo(watcher)) === 'kim',
      10_000,
      () => 'the watcher does not know that kim is on it',
    ),
    until(
      async () => (await items('walls')).length === 1,
      10_000,
      () => 'the other does not know the wall',
    ),
  ]);

  await watcher.kill();
  const killed = performance.now();
  await edge.packerDown(6);
  await until(
    () => edge.heard.length > 1,
    20_000,
    () => 'nobody took over',
  );
  expect(performance.now() - killed).toBeLessThan(TAKEN_OVER_MS + 4_000);
  expect(await onDuty(other)).toBe(true);
  // Each was told once, by one of them, and what was open before stays acknowledged.
  expect(edge.heard).toEqual(['long-stop opened', 'longer-stop opened']);
  expect(await items('alerts')).toHaveLength(2);
  replicas[watching] = await startReplica(watching === 0 ? 'a' : 'b');
  await edge.close();
}, 60_000);

it('lives on when either is killed, and the other comes back with everything', async () => {
  const [a, b] = replicas;
  await a?.kill();
  const seen = b?.wall.untilReason('starved');
  expect((await say(b, because('starved'))).status).toBe(201);
  expect(await seen).toBeLessThan(1000);
  const again = await startReplica('a');
  replicas[0] = again;
  await again.wall.untilReason('starved');
  await b?.kill();
  const alone = again.wall.untilReason('jam');
  expect((await say(again, because('jam'))).status).toBe(201);
  expect(await alone).toBeLessThan(1000);
  expect((await getJson<{ seq: number }>(`${again.url}/api/v1/entries`)).seq).toBe(6);
});

it('takes entries also without the broker, and the other replica reads them a little later', async () => {
  const b = await startReplica('b');
  replicas[1] = b;
  await b.wall.untilReason('jam');
  await broker.kill();
  expect((await say(replicas[0], because('changeover'))).status).toBe(201);
  expect(await b.wall.untilReason('changeover')).toBeLessThan(5000);
  await broker.start();
});
