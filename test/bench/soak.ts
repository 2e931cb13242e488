/*
 * `node test/bench/soak.ts --hours 72 --speed 50`: hours of plant time, faster than real, through the whole edge: machines
 * publish to a real mosquitto, the edge reads them as an MQTT source, keeps journal and outbox on disk, writes to a real
 * influxd and publishes to the same mosquitto. Memory, open handles and files are looked at all along; the slopes are printed,
 * and in the end every piece that was sent must be counted. Never part of `npm test`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InfluxDB } from 'influx';
import { connectAsync, type MqttClient } from 'mqtt';
import { HOUR, MINUTE, SECOND } from '#shared/time/instant.ts';
import { startInfluxd } from '../servers/influxd.ts';
import { ROOT } from '../servers/linewatt.ts';
import { startMosquitto } from '../servers/mosquitto.ts';
import { childNamed, lookAt, type Sight, slopes } from './soak-sights.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '72' },
    speed: { type: 'string', default: '50' },
    machines: { type: 'string', default: '10' },
  },
});
const hours = Number(values.hours);
const speed = Number(values.speed);
const machines = Number(values.machines);
const STEP_MS = 2 * SECOND;
const LOOKS = 60;
/** Steps that the broker may still owe an acknowledgement. */
const MOST_UNDER_WAY = 25;
const PATIENCE_MS = 120_000;

const dir = await mkdtemp(join(tmpdir(), 'linewatt-soak-'));
const [influxd, mosquitto] = [await startInfluxd(), await startMosquitto({ autosaveChanges: 10_000 })];
let edge: ChildProcess | null = null;
let code = 1;
try {
  const dataDir = join(dir, 'data');
  const plantFile = join(dir, 'plant.yaml');
  await writeFile(plantFile, plantOf(mosquitto.url));
  // In the past, so that no point lies in the future of the server.
  const realStart = Date.now();
  const plantStart = Math.floor((realStart - hours * HOUR - HOUR) / MINUTE) * MINUTE;
  const plantNow = () => plantStart + (Date.now() - realStart) * speed;
  const numbers = [plantStart, realStart, speed].map(String);
  const args = [plantFile, dataDir, `${influxd.url}/linewatt`, mosquitto.url, ...numbers];
  edge = spawn(process.execPath, [join(import.meta.dirname, 'soak-edge.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const plant = await connectAsync(mosquitto.url);
  await started(plant);
  const begun = plantNow();
  const counts = new Array<number>(machines).fill(0);
  const sights: Sight[] = [];
  const pids = { edge: edge.pid ?? 0, influxd: await childNamed('influxd'), mosquitto: await childNamed('mosquitto') };
  let sent = 0;
  /** How far the machines fell behind the clock, at worst: above a minute or two the computer is too slow for this speed. */
  let lagSeconds = 0;
  const underWay: Promise<unknown>[] = [];
  let nextLook = begun;
  for (let at = begun; at < begun + hours * HOUR; at += STEP_MS) {
    await until(() => plantNow() >= at);
    lagSeconds = Math.max(lagSeconds, (plantNow() - at) / SECOND);
    underWay.push(Promise.all(counts.map((_, n) => step(plant, counts, n, at))));
    if (underWay.length > MOST_UNDER_WAY) await underWay.shift();
    sent += 3 * machines;
    if (at < nextLook) continue;
    nextLook += (hours * HOUR) / LOOKS;
    sights.push(await lookAt((at - begun) / HOUR, pids, dataDir));
  }
  await Promise.all(underWay);
  /** One count of each was the first, which counts nothing. */
  const expected = counts.reduce((sum, count) => sum + count - 1, 0);
  const influx = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: 'linewatt' });
  const deadline = Date.now() + PATIENCE_MS;
  let counted = -1;
  while (counted !== expected && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // Time goes on in the plant, without pieces.
    await Promise.all(counts.map((count, n) => publish(plant, `m${n}/total`, { n: count, t: iso(plantNow()) })));
    const rows = await influx.query<{ sum: number }>(
      'SELECT sum(totalCount) FROM machine_minute WHERE "void" = 0 AND time > 0 AND time < now() + 1d',
    );
    counted = rows[0]?.sum ?? 0;
  }
  const realHours = (Date.now() - realStart) / HOUR;
  const figures = {
    hours,
    speed,
    machines,
    readings: sent,
    lagSeconds: Math.round(lagSeconds),
    realHours: Number(realHours.toFixed(3)),
    expected,
    counted,
  };
  process.stdout.write(
    `${JSON.stringify({ ...figures, first: sights[0], last: sights.at(-1), slopes: slopes(sights) }, null, 1)}\n`,
  );
  code = counted === expected ? 0 : 1;
  await plant.endAsync();
} finally {
  edge?.kill('SIGKILL');
  await Promise.all([influxd.stop(), mosquitto.stop()]);
  await rm(dir, { recursive: true, force: true });
}
process.exit(code);

/** Runs, stands every so often for a while, makes a piece each two seconds while it runs, and draws power. */
async function step(plant: MqttClient, counts: number[], n: number, at: number): Promise<void> {
  const t = iso(at);
  const runs = (at / SECOND + n * 97) % 900 < 780;
  const count = (counts[n] ?? 0) + (runs || counts[n] === 0 ? 1 : 0);
  counts[n] = count;
  await Promise.all([
    publish(plant, `m${n}/state`, { s: runs ? 1 : 2, t }),
    publish(plant, `m${n}/total`, { n: count, t }),
    publish(plant, `m${n}/power`, { w: runs ? 4000 + (Math.round(at) % 7) : 300, t }),
  ]);
}

/** QoS 1: what the broker took must be counted. */
async function publish(plant: MqttClient, topic: string, body: object): Promise<void> {
  await plant.publishAsync(topic, JSON.stringify(body), { qos: 1 });
}

/** The edge reads its source: from then on nothing may be missing. */
async function started(plant: MqttClient): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  plant.on('message', (_topic, payload) => {
    const { sources } = JSON.parse(payload.toString()) as { sources?: readonly { state: string }[] };
    if (sources?.some(({ state }) => state === 'connected')) resolve();
  });
  await plant.subscribeAsync('linewatt/v1/soak/edge/main/health');
  await promise;
  await plant.unsubscribeAsync('linewatt/v1/soak/edge/main/health');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function iso(t: number): string {
  return new Date(t).toISOString();
}

function plantOf(url: string): string {
  const ids = Array.from({ length: machines }, (_, n) => n);
  const read = (topic: string, path: string) => ({ source: 'uns', topic, path, timePath: '$.t' });
  return JSON.stringify({
    version: 1,
    site: { id: 'soak', name: 'Soak', timezone: 'Europe/London', currency: 'EUR', locale: 'en-GB' },
    calendars: {
      all: {
        shifts: ['00:00', '08:00', '16:00'].map((start, n) => ({
          id: `s${n}`,
          name: `S${n}`,
          start,
          end: ['08:00', '16:00', '24:00'][n],
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        })),
      },
    },
    sources: { uns: { type: 'mqtt', url, owner: 'Soak' } },
    lines: [
      {
        id: 'l',
        name: 'Line',
        area: 'Hall',
        calendar: 'all',
        machines: ids.map((n) => ({
          id: `m${n}`,
          name: `M${n}`,
          idealCycleSeconds: 2,
          state: { ...read(`m${n}/state`, '$.s'), map: { 1: 'running', 2: 'down' } },
          total: read(`m${n}/total`, '$.n'),
        })),
      },
    ],
    meters: ids.map((n) => ({ id: `p${n}`, name: `P${n}`, feeds: `m${n}`, powerW: read(`m${n}/power`, '$.w') })),
  });
}
