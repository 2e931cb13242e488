/* An edge and a bare node-opcua subscriber on the same OPC UA server, as processes whose CPU time is read from the kernel. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { freePort } from '../servers/free-port.ts';
import { ROOT } from '../servers/linewatt.ts';

const PUBLISHING_MS = 250;
/** `LINEWATT_BENCH_PROFILE=folder`: the edge leaves a CPU profile there. */
const PROFILE_DIR = process.env['LINEWATT_BENCH_PROFILE'];
const PROFILE = PROFILE_DIR === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILE_DIR}`];

export interface OpcuaRig {
  readonly edgePid: number;
  readonly dataDir: string;
  /**
   * Seconds of CPU of both, and what each of them was given: values of the bare subscriber, samples that the edge journalled.
   * Both ask the server to look equally often.
   */
  spent(): Promise<Spent>;
  /** Size of the journal as the edge last said: its pages, without the log before they reach the file, which is bounded. */
  journalBytes(): number;
  /** Batches that wait for the historian, as the edge last said. */
  waiting(): number;
  stop(): Promise<void>;
}

export interface Spent {
  readonly edge: number;
  readonly samples: number;
  readonly bare: number;
  readonly values: number;
}

/**
 * Resolves once the edge publishes figures: what it costs to start is not what is asked. The machines are shared out to several
 * servers where one process could not change them all fast enough.
 */
export async function startOpcuaRig(
  machines: number,
  periodMs: number,
  historianUrl: string,
  servers = 1,
): Promise<OpcuaRig> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const brokerPort = await freePort();
  const broker = await Aedes.createBroker();
  const brokerServer = createServer(broker.handle).listen(brokerPort, '127.0.0.1');
  let waiting = 0;
  let samples = 0;
  let journalBytes = 0;
  let nextHealth: () => void = () => {};
  const figures = new Promise<void>((resolve) => {
    broker.on('publish', ({ topic, payload }) => {
      if (topic.endsWith('/live')) resolve();
      if (!topic.endsWith('/health')) return;
      const { counters } = JSON.parse(payload.toString()) as { counters?: Record<string, number> };
      waiting = counters?.['outbox_historian'] ?? waiting;
      samples = counters?.['samples'] ?? samples;
      journalBytes = counters?.['journal_bytes'] ?? journalBytes;
      nextHealth();
    });
  });
  const here = import.meta.dirname;
  const children: ChildProcess[] = [];
  let profiled: () => Promise<void> = () => Promise.resolve();
  async function stop(): Promise<void> {
    await profiled();
    for (const child of children) child.kill('SIGKILL');
    brokerServer.close();
    broker.close();
    await rm(dir, { recursive: true, force: true });
  }
  try {
    const endpoints: string[] = [];
    const each = Math.ceil(machines / servers);
    for (let n = 0; n < servers; n += 1) {
      const port = await freePort();
      const load = fork(join(here, 'opcua-load-server.ts'), [`${port}`, `${each}`, `${periodMs}`]);
      children.push(load);
      await message(load);
      endpoints.push(`opc.tcp://127.0.0.1:${port}`);
    }
    const [plantFile, dataDir] = [join(dir, 'bench.plant.yaml'), join(dir, 'data')];
    await writeFile(plantFile, plantOf(endpoints, each, periodMs));
    const bare = fork(join(here, 'opcua-bare-subscriber.ts'), [endpoints.join(','), `${each}`, `${PUBLISHING_MS}`]);
    children.push(bare);
    await message(bare);
    const places = ['--plant', plantFile, '--data', dataDir, '--historian', historianUrl];
    const edge = spawn(
      process.execPath,
      [...PROFILE, 'linewatt.ts', 'edge', ...places, '--broker', `mqtt://127.0.0.1:${brokerPort}`],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    children.push(edge);
    profiled = () => (PROFILE.length > 0 ? endedWell(edge) : Promise.resolve());
    await figures;
    return {
      edgePid: edge.pid ?? 0,
      dataDir,
      async spent() {
        // With the edge's next word, so that its count is of the same moment.
        await new Promise<void>((resolve) => {
          nextHealth = resolve;
        });
        const [ours, peer, values] = await Promise.all([cpuSeconds(edge), cpuSeconds(bare), valuesOf(bare)]);
        return { edge: ours, samples, bare: peer, values };
      },
      journalBytes: () => journalBytes,
      waiting: () => waiting,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function plantOf(endpoints: readonly string[], each: number, periodMs: number): string {
  const machines = endpoints.flatMap((_, plc) =>
    Array.from({ length: each }, (__, n) => ({
      id: `m${plc * each + n}`,
      idealCycleSeconds: 0.1,
      state: { source: `plc${plc}`, node: `ns=1;s=M${n}.State`, map: { 2: 'running' } },
      total: { source: `plc${plc}`, node: `ns=1;s=M${n}.Total` },
    })),
  );
  const sources = endpoints.map((endpoint, plc) => [
    `plc${plc}`,
    {
      type: 'opcua',
      endpoint,
      securityMode: 'None',
      publishingIntervalMs: PUBLISHING_MS,
      samplingIntervalMs: periodMs,
    },
  ]);
  return JSON.stringify({
    version: 1,
    site: { id: 'bench', name: 'Bench', timezone: 'UTC', currency: 'EUR', locale: 'en-GB' },
    calendars: {
      always: {
        shifts: [
          {
            id: 'day',
            name: 'Day',
            start: '00:00',
            end: '24:00',
            days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          },
        ],
      },
    },
    sources: Object.fromEntries(sources),
    lines: [{ id: 'line', name: 'Line', area: 'Hall', calendar: 'always', machines }],
  });
}

/** A profile is written by a process that ends by itself. */
function endedWell(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 30_000).unref();
  });
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a bench process ended with ${code}`)));
  });
}

async function valuesOf(child: ChildProcess): Promise<number> {
  const answer = message(child);
  child.send('values');
  return ((await answer) as { values: number }).values;
}

/** User and system time of a process, seconds (proc(5): fields 14 and 15, in ticks of 1/100 s). */
async function cpuSeconds(child: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const round = (x: number) => Math.round(x * 1000) / 1000;
