import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openJournal } from '#edge/journal/journal.ts';
import { ROOT } from '../servers/linewatt.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';

/*
 * The edge process killed while a machine publishes: what it had acknowledged is in its journal, and what it had not comes
 * again from the broker. Every number that was sent is there in the end, at the time that its sender gave it.
 */

const KILLS = 3;
const dir = mkdtempSync(join(tmpdir(), 'linewatt-mqtt-edge-'));
const plantFile = join(dir, 'plant.yaml');
const dataDir = join(dir, 'data');

function plantOf(url: string): string {
  return `version: 1
site: { id: works, name: Works, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars: { all: { shifts: [ { id: day, name: Day, days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "24:00" } ] } }
sources: { uns: { type: mqtt, url: "${url}", owner: Test } }
lines:
  - id: l
    name: Line
    area: Hall
    calendar: all
    machines:
      - { id: press, name: Press, idealCycleSeconds: 1, state: { from: counts, stoppedAfterSeconds: 30 },
          total: { source: uns, topic: press/total, path: "$.n", timePath: "$.t" } }
`;
}

let broker: Mosquitto;
let edge: ChildProcess | null = null;

function startEdge(): ChildProcess {
  const args = [
    'linewatt.ts',
    'edge',
    '--plant',
    plantFile,
    '--data',
    dataDir,
    '--historian',
    'sqlite:',
    '--broker',
    broker.url,
  ];
  const env = { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env.PATH}` };
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore', env });
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await exited;
}

beforeAll(async () => {
  broker = await startMosquitto();
  writeFileSync(plantFile, plantOf(broker.url));
});
afterAll(async () => {
  if (edge) await kill(edge);
  await broker.stop();
  rmSync(dir, { recursive: true, force: true });
});

it('loses no message when the edge is killed', async () => {
  const sender = await connectAsync(broker.url);
  await sender.subscribeAsync('linewatt/v1/works/edge/main/health');
  let healthy: () => void = () => {};
  let startedAt = 0;
  sender.on('message', (_topic, payload) => {
    const { epoch, sources } = JSON.parse(payload.toString()) as { epoch: number; sources: { state: string }[] };
    // The last word of the process before says nothing about the one that starts now.
    if (epoch > startedAt && sources.some(({ state }) => state === 'connected')) healthy();
  });
  const sent = new Map<number, number>();
  let n = 0;
  let sending = true;
  const begin = async () => {
    const up = new Promise<void>((resolve) => {
      healthy = () => resolve();
    });
    startedAt = Date.now();
    edge = startEdge();
    await up;
  };
  await begin();
  const sentAll = (async () => {
    while (sending) {
      n += 1;
      const t = Date.now();
      sent.set(n, t);
      await sender.publishAsync('press/total', JSON.stringify({ n, t }), { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  for (let i = 0; i < KILLS; i++) {
    const from = n;
    await expect.poll(() => n, { interval: 5, timeout: 10_000 }).toBeGreaterThan(from + 100);
    if (edge) await kill(edge);
    await begin();
  }
  sending = false;
  await sentAll;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  if (edge) await kill(edge);
  edge = null;
  await sender.endAsync(true);
  const journal = openJournal(dataDir, { sinks: ['historian', 'live'], onSetAside: () => {} });
  const kept = new Map([...journal.samples()].filter((s) => s.signal === 'press.total').map((s) => [s.value, s.t]));
  journal.close();
  const first = Math.min(...[...kept.keys()].map(Number));
  expect(first).toBeLessThan(50);
  expect([...sent].filter(([number, t]) => number >= first && kept.get(number) !== t)).toEqual([]);
  expect(kept.size).toBe(n - first + 1);
});
