/*
 * A big plant into the edge with a real InfluxDB behind it: CPU beside a bare subscriber, memory over time, bytes on disk per
 * machine and day, and how fast it catches up when InfluxDB was away. 1,000 machines and 20,000 value changes a second for ten
 * minutes; `LINEWATT_BENCH_SHORT=1` takes 100 machines, 1,000 changes a second and a minute or two.
 */
import { startInfluxd } from '../servers/influxd.ts';
import { round, sleep, startOpcuaRig } from './opcua-rig.ts';
import type { Figure } from './run.ts';
import { lookAt, type Sight, slopes } from './soak-sights.ts';

const SHORT = process.env['LINEWATT_BENCH_SHORT'] !== undefined;
const MACHINES = SHORT ? 100 : 1000;
const PERIOD_MS = SHORT ? 100 : 50;
const SERVERS = SHORT ? 1 : 4;
const MEASURE_SECONDS = Number(process.env['LINEWATT_BENCH_SECONDS'] ?? (SHORT ? 60 : 600));
/** A steady plant makes a batch a minute. */
const AWAY_SECONDS = Number(process.env['LINEWATT_BENCH_AWAY_SECONDS'] ?? (SHORT ? 150 : 600));
const WARM_UP_MS = 15_000;
const LOOKS = 20;
const PATIENCE_SECONDS = 300;
const DAY_SECONDS = 86_400;

export async function run(): Promise<Figure[]> {
  const influxd = await startInfluxd();
  const rig = await startOpcuaRig(MACHINES, PERIOD_MS, `${influxd.url}/linewatt`, SERVERS);
  try {
    await sleep(WARM_UP_MS);
    const [start, bytes] = [await rig.spent(), rig.journalBytes()];
    const begun = performance.now();
    const sights: Sight[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      await sleep((MEASURE_SECONDS * 1000) / LOOKS);
      const hours = (performance.now() - begun) / 3_600_000;
      sights.push(await lookAt(hours, { edge: rig.edgePid }, rig.dataDir));
    }
    const seconds = (performance.now() - begun) / 1000;
    const [end, bytesAfter] = [await rig.spent(), rig.journalBytes()];
    const [samples, values] = [end.samples - start.samples, end.values - start.values];
    const perDay = ((bytesAfter - bytes) / seconds) * DAY_SECONDS;
    const caughtUp = await outage(influxd, rig.waiting);
    const [ours, peer] = [end.edge - start.edge, end.bare - start.bare];
    const common = {
      note: `${MACHINES} machines for ${Math.round(seconds)} s; a second the edge got ${Math.round(samples / seconds)}, the subscriber ${Math.round(values / seconds)}`,
    };
    return [
      figure(
        'edge-load-cpu',
        (ours / samples) * 1e6,
        (peer / values) * 1e6,
        'us CPU per change',
        'bare node-opcua subscriber',
      ),
      figure('edge-load-memory', slopes(sights)['edge_rss_mb_per_hour'] ?? Number.NaN, 0, 'MB an hour', 'flat'),
      figure('edge-load-journal', perDay / MACHINES / 1024 ** 2, 0, 'MB per machine and day', 'nothing kept'),
      figure('edge-load-catch-up', AWAY_SECONDS / caughtUp, 50, 'times real time', 'the aim'),
    ].map((one) => ({ ...one, ...common }));
  } finally {
    await rig.stop();
    await influxd.stop();
  }
}

/** Seconds from InfluxDB being back until nothing waits for it any more. */
async function outage(influxd: Awaited<ReturnType<typeof startInfluxd>>, waiting: () => number): Promise<number> {
  await influxd.kill();
  await sleep(AWAY_SECONDS * 1000);
  if (waiting() < 2) throw new Error('nothing waits after the outage; was InfluxDB away?');
  await influxd.start();
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  while (waiting() > 0) {
    if (passed() > PATIENCE_SECONDS)
      throw new Error(`${waiting()} batches still wait ${PATIENCE_SECONDS} s after the outage`);
    await sleep(100);
  }
  return passed();
}

function figure(name: string, ours: number, peer: number, unit: string, peerName: string): Figure {
  return { name, ours: round(ours), peer: round(peer), ratio: peer === 0 ? 0 : round(ours / peer), unit, peerName };
}
