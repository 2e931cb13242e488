/*
 * Points a second through our InfluxDB writer (from facts: made into points, days marked, sent, answers told apart) into a real
 * influxd, beside a bare `influx` client that is handed the very same points ready-made, in the same batches. Rounds take
 * turns, each into a database of its own. `LINEWATT_BENCH_MINUTES=5` for a short one.
 */
import { InfluxDB, type IPoint } from 'influx';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { influxTarget } from '#shared/store/influx/client.ts';
import { createDatabase } from '#shared/store/influx/database.ts';
import { createPointMaker } from '#shared/store/influx/points.ts';
import { openHistorianWriter } from '#shared/store/open.ts';
import { touchedDays } from '#shared/store/touched-days.ts';
import { DAY, MINUTE } from '#shared/time/instant.ts';
import { startInfluxd } from '../servers/influxd.ts';
import { monthPlant } from './month-historian.ts';
import type { Figure } from './run.ts';

const MACHINES = 1000;
const MINUTES = Number(process.env['LINEWATT_BENCH_MINUTES'] ?? 30);
const ROUNDS = 5;
const FROM = Date.UTC(2026, 5, 2, 6);

/** One entry per round. */
interface Cost {
  readonly seconds: number[];
  readonly cpuSeconds: number[];
}

export async function run(): Promise<Figure[]> {
  const { plant } = parsePlant(monthPlant(MACHINES), { hash: 'bench' });
  const batches = Array.from({ length: MINUTES }, (_, n) => minuteBatch([...plant.machines.keys()], n));
  const makePoints = createPointMaker(() => plant);
  const ready = batches.map((batch) => [...makePoints(batch), ...dayPoints(plant.site.id, batch)]);
  const points = ready.reduce((sum, batch) => sum + batch.length, 0);
  const influxd = await startInfluxd();
  const ours: Cost = { seconds: [], cpuSeconds: [] };
  const peer: Cost = { seconds: [], cpuSeconds: [] };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const names = { ours: `ours${round}`, peer: `peer${round}` };
      for (const name of Object.values(names)) await createDatabase(influxTarget(`${influxd.url}/${name}`, {}));
      const oursNow = async () => {
        const url = `${influxd.url}/${names.ours}`;
        const writer = await openHistorianWriter({ url, dataDir: '.' }, () => plant);
        for (const batch of batches) await writer.write(batch);
        await writer.close();
      };
      const peerNow = async () => {
        const client = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: names.peer });
        for (const batch of ready) await client.writePoints(batch, { precision: 'ms' });
      };
      const turns: readonly [Cost, () => Promise<void>][] = [
        [ours, oursNow],
        [peer, peerNow],
      ];
      for (const [cost, work] of round % 2 === 0 ? turns : turns.toReversed()) await measured(cost, work);
      await same(influxd.port, names.ours, names.peer);
    }
  } finally {
    await influxd.stop();
  }
  const note = `${points} points of ${MACHINES} machines in ${MINUTES} batches, ${ROUNDS} rounds`;
  const peerName = 'a bare influx client, the same points ready-made';
  const perSecond = (cost: Cost) => Math.round(points / median(cost.seconds));
  return [
    {
      name: 'influx-write',
      ours: perSecond(ours),
      peer: perSecond(peer),
      ratio: ratio(ours.seconds, peer.seconds),
      unit: 'points/s',
      peerName,
      note,
    },
    {
      name: 'influx-write-cpu',
      ours: micros(ours, points),
      peer: micros(peer, points),
      ratio: ratio(ours.cpuSeconds, peer.cpuSeconds),
      unit: 'us CPU of the client per point',
      peerName,
      note,
    },
  ];
}

/** What an edge commits each minute: a piece or two and a trace point of each machine, and the stops that ended. */
function minuteBatch(machines: readonly string[], n: number): FactBatch {
  const batch = emptyBatch();
  const minute = FROM + n * MINUTE;
  machines.forEach((machine, k) => {
    const stops = (n + k) % 10 === 0;
    const cut = stops ? minute + MINUTE / 2 : minute + MINUTE;
    const piece = { machine, minute, product: 'A', order: 'order-4711', slot: 0, goodCount: 30, rejectCount: 1 };
    const run = { ...piece, state: 'running', intervalStart: minute, start: minute, end: cut, totalCount: 31 } as const;
    batch.pieces.push({ ...run, revision: n + 1 });
    if (stops) {
      const down = { ...piece, state: 'down', intervalStart: cut, start: cut, end: minute + MINUTE } as const;
      batch.pieces.push({ ...down, totalCount: 0, goodCount: 0, rejectCount: 0, revision: n + 1 });
      batch.intervals.push({ machine, start: minute, end: cut, state: 'running', reason: null, revision: 1 });
      batch.intervals.push({ machine, start: cut, end: minute + MINUTE, state: 'down', reason: 'jam', revision: 1 });
    }
    batch.oee.push({
      scope: `machine:${machine}`,
      t: minute + MINUTE,
      shift: 'early',
      date: '2026-06-02',
      availability: 0.9123,
      performance: 0.8734,
      quality: 0.9678,
      oee: 0.7711,
      plannedProductionSeconds: 60 * n,
      runSeconds: 55 * n,
      idealSeconds: 50.5 * n,
      idealGoodSeconds: 49.25 * n,
      totalCount: 31 * n,
      goodCount: 30 * n,
      rejectCount: n,
    });
  });
  return batch;
}

function dayPoints(site: string, batch: FactBatch): IPoint[] {
  return [...touchedDays(batch)].flatMap(([machine, days]) =>
    [...days].map((day) => ({
      measurement: 'machine_day',
      tags: { site, machine },
      fields: { revision: FROM },
      timestamp: day * DAY,
    })),
  );
}

async function measured(cost: Cost, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work();
  cost.seconds.push((performance.now() - begun) / 1000);
  const used = process.cpuUsage(cpu);
  cost.cpuSeconds.push((used.user + used.system) / 1e6);
}

/** A race between two that store different things would say nothing. */
async function same(port: number, ours: string, peer: string): Promise<void> {
  const count = async (database: string): Promise<string> => {
    const client = new InfluxDB({ host: '127.0.0.1', port, database });
    const rows = await client.query('SELECT count(revision), sum(totalCount) FROM machine_minute');
    return JSON.stringify(rows);
  };
  const [a, b] = [await count(ours), await count(peer)];
  if (a !== b) throw new Error(`the databases differ: ${a} and ${b}`);
}

/** Of the rounds, so that one that was disturbed says nothing. */
function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

const ratio = (ours: readonly number[], peer: readonly number[]) =>
  Math.round((median(ours) / median(peer)) * 100) / 100;
const micros = (cost: Cost, points: number) => Math.round((median(cost.cpuSeconds) / points) * 1e8) / 100;
