/*
 * `npm run bench [-- name]`: each benchmark measures ours and a named peer (or a floor) in the same run and reports the
 * ratio; absolute times are noise on a shared machine. Last of all one JSON line per figure. Never part of `npm test`.
 */
export interface Figure {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly unit: string;
  readonly peerName: string;
  readonly note?: string;
}

const BENCHMARKS: Readonly<Record<string, () => Promise<{ run(): Promise<Figure[]> }>>> = {
  aggregator: () => import('./aggregator.ts'),
  'kpi-month': () => import('./kpi-month.ts'),
  'influx-write': () => import('./influx-write.ts'),
  'edge-load': () => import('./edge-load.ts'),
  'opcua-cost': () => import('./opcua-cost.ts'),
  demand: () => import('./demand.ts'),
  'energy-month': () => import('./energy-month.ts'),
  latency: () => import('./latency.ts'),
  pixel: () => import('./pixel.ts'),
  reports: () => import('./reports.ts'),
  sockets: () => import('./sockets.ts'),
  wall: () => import('./wall.ts'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`,
  );
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, load] of Object.entries(BENCHMARKS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`bench ${name}\n`);
  figures.push(...(await (await load()).run()));
}
for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`);
process.exit(0);
