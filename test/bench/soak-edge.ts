/*
 * A process of its own: a whole edge whose clock runs faster. Arguments: plant file, data directory, historian URL, broker URL,
 * plant time at which it began, real time at which that was, speed.
 */
import { startEdge } from '#edge/main.ts';

const [plantFile = '', dataDir = '', historianUrl = '', brokerUrl = '', ...numbers] = process.argv.slice(2);
const [plantStart = 0, realStart = 0, speed = 1] = numbers.map(Number);
const edge = await startEdge({
  plantFile,
  dataDir,
  edge: null,
  historianUrl,
  brokerUrl,
  env: {},
  log: (line) => process.stderr.write(`edge: ${line}\n`),
  clock: {
    now: () => Math.round(plantStart + (Date.now() - realStart) * speed),
    after(ms, call) {
      const timer = setTimeout(call, ms / speed);
      return () => clearTimeout(timer);
    },
  },
});
process.once('SIGTERM', () => void edge.stop().then(() => process.exit(0)));
