/*
 * CPU of the whole edge per OPC UA notification (decode, journal, aggregate, historian, MQTT) beside that of a bare
 * node-opcua subscriber that throws values away. Both hang on the same server for the same seconds; CPU time is read from
 * the kernel, so that waiting costs nothing.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { freePort } from '../servers/free-port.ts';
import { ROOT } from '../servers/linewatt.ts';
import type { Figure } from './run.ts';

const MACHINES = 200;
const PERIOD_MS = 100;
const PUBLISHING_MS = 250;
const WARM_UP_MS = 8_000;
const MEASURE_MS = 20_000;

export async function run(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const opcuaPort = await freePort();
  const brokerPort = await freePort();
  const broker = await Aedes.createBroker();
  const brokerServer = createServer(broker.handle).listen(brokerPort, '127.0.0.1');
  // On a busy machine it takes a while until the edge reads; what it costs to start is not what is asked here.
  const figures = new Promise<void>((resolve) => {
    broker.on('publish', ({ topic }) => void (topic.endsWith('/live') && resolve()));
  });
  const here = import.meta.dirname;
  const children: ChildProcess[] = [];
  try {
    const load = fork(join(here, 'opcua-load-server.ts'), [`${opcuaPort}`, `${MACHINES}`, `${PERIOD_MS}`]);
    children.push(load);
    await message(load);
    const endpoint = `opc.tcp://127.0.0.1:${opcuaPort}`;
    const plantFile = join(dir, 'bench.plant.yaml');
    await writeFile(plantFile, plantOf(endpoint));
    const bare = fork(join(here, 'opcua-bare-subscriber.ts'), [endpoint, `${MACHINES}`, `${PUBLISHING_MS}`]);
    children.push(bare);
    await message(bare);
    const edge = spawn(
      process.execPath,
      [
        'linewatt.ts',
        'edge',
        '--plant',
        plantFile,
        '--data',
        join(dir, 'data'),
        '--broker',
        `mqtt://127.0.0.1:${brokerPort}`,
      ],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    children.push(edge);
    await figures;
    await sleep(WARM_UP_MS);
    const start = await Promise.all([cpuSeconds(edge), cpuSeconds(bare), valuesOf(bare)]);
    await sleep(MEASURE_MS);
    const end = await Promise.all([cpuSeconds(edge), cpuSeconds(bare), valuesOf(bare)]);
    const values = end[2] - start[2];
    const ours = ((end[0] - start[0]) / values) * 1e6;
    const peer = ((end[1] - start[1]) / values) * 1e6;
    return [
      {
        name: 'opcua-cost',
        ours: round(ours),
        peer: round(peer),
        ratio: round(ours / peer),
        unit: 'us CPU per notification',
        peerName: 'bare node-opcua subscriber',
        note: `${Math.round(values / (MEASURE_MS / 1000))} notifications/s, ${MACHINES} counters every ${PERIOD_MS} ms`,
      },
    ];
  } finally {
    for (const child of children) child.kill('SIGKILL');
    brokerServer.close();
    broker.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function plantOf(endpoint: string): string {
  const machines = Array.from({ length: MACHINES }, (_, n) => ({
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

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const round = (x: number) => Math.round(x * 1000) / 1000;
