import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANT } from '#api/fixture.ts';
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
  readonly wall: Wall;
  kill(): Promise<void>;
}

/** A screen on the line, as the dashboard keeps it. */
interface Wall {
  /** Resolves with the milliseconds until the filler's reason is this one. */
  untilReason(reason: string | null): Promise<number>;
  untilCalled(team: string): Promise<number>;
  close(): void;
}

beforeAll(async () => {
  [database, broker] = await Promise.all([startPostgres(), startMosquitto()]);
  writeFileSync(
    join(dir, 'plant.yaml'),
    PLANT.replace(
      /days: \[[^\]]*\], start: "06:00", end: "14:00"/,
      'days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "24:00"',
    ),
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
    env: { ...process.env, LINEWATT_LEDGER_USER: database.credentials.user },
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
