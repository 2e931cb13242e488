/*
 * CPU of the whole edge per OPC UA notification (decode, journal, aggregate, historian, MQTT) beside that of a bare
 * node-opcua subscriber that throws values away. Both hang on the same server for the same seconds; CPU time is read from
 * the kernel, so that waiting costs nothing.
 */
import { round, sleep, startOpcuaRig } from './opcua-rig.ts';
import type { Figure } from './run.ts';

const MACHINES = 200;
const PERIOD_MS = 100;
/** An edge runs for months; at this rate the compiler has seen enough of either side only after half a minute. */
const WARM_UP_MS = 45_000;
const MEASURE_MS = 30_000;

const rate = (count: number) => Math.round(count / (MEASURE_MS / 1000));

export async function run(): Promise<Figure[]> {
  const rig = await startOpcuaRig(MACHINES, PERIOD_MS, 'sqlite:');
  try {
    await sleep(WARM_UP_MS);
    const start = await rig.spent();
    await sleep(MEASURE_MS);
    const end = await rig.spent();
    const values = end.values - start.values;
    const samples = end.samples - start.samples;
    const ours = ((end.edge - start.edge) / samples) * 1e6;
    const peer = ((end.bare - start.bare) / values) * 1e6;
    return [
      {
        name: 'opcua-cost',
        ours: round(ours),
        peer: round(peer),
        ratio: round(ours / peer),
        unit: 'us CPU per notification',
        peerName: 'bare node-opcua subscriber',
        note: `${MACHINES} counters every ${PERIOD_MS} ms; a second the edge got ${rate(samples)}, the subscriber ${rate(values)}`,
      },
    ];
  } finally {
    await rig.stop();
  }
}
