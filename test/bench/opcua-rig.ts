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
  /** Seconds of CPU of both, and values that the bare subscriber was given. */
  spent(): Promise<{ readonly edge: number; readonly bare: number; readonly values: number }>;
  /** Batches that wait for the historian, as the edge last said. */
  waiting(): number;
  stop(): Promise<void>;
}

/** Resolves once the edge publishes figures: what it costs to start is not what is asked. */
export async function startOpcuaRig(machines: number, periodMs: number, historianUrl: string): Promise<OpcuaRig> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const [opcuaPort, brokerPort] = [await freePort(), await freePort()];
  const broker = await Aedes.createBroker();
  const brokerServer = createServer(broker.handle).listen(brokerPort, '127.0.0.1');
  let waiting = 0;
  const figures = new Promise<void>((resolve) => {
    broker.on('publish', ({ topic, payload }) => {
      if (topic.endsWith('/live')) resolve();
      if (!topic.endsWith('/health')) return;
      const { counters } = JSON.parse(payload.toString()) as { counters?: Record<string, number> };
      waiting = counters?.['outbox_historian'] ?? waiting;
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
    const load = fork(join(here, 'opcua-load-server.ts'), [`${opcuaPort}`, `${machines}`, `${periodMs}`]);
    children.push(load);
    await message(load);
    const endpoint = `opc.tcp://127.0.0.1:${opcuaPort}`;
    const [plantFile, dataDir] = [join(dir, 'bench.plant.yaml'), join(dir, 'data')];
    await writeFile(plantFile, plantOf(endpoint, machines));
    const bare = fork(join(here, 'opcua-bare-subscriber.ts'), [endpoint, `${machines}`, `${PUBLISHING_MS}`]);
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
        const [ours, peer, values] = await Promise.all([cpuSeconds(edge), cpuSeconds(bare), valuesOf(bare)]);
        return { edge: ours, bare: peer, values };
      },
      waiting: () => waiting,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function plantOf(endpoint: string, count: number): string {
  const machines = Array.from({ length: count }, (_, n) => ({
    id: `m${n}`,
    idealCycleSeconds: 0.1,
    state: { source: 'plc', node: `ns=1;s=M${n}.State`, map: { 2: 'running' } },
    total: { source: 'plc', node: `ns=1;s=M${n}.Total` },
  }));
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
    sources: { plc: { type: 'opcua', endpoint, securityMode: 'None', publishingIntervalMs: PUBLISHING_MS } },
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
