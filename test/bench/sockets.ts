/*
 * Screens of a big plant at once: what a delivered update costs the server beside raw `ws` that writes ready-made frames, what a connection keeps, and how long two thousand that lost the link together are without live figures.
 *
 * An update is one machine's news on one screen. Each tick every machine has news; all of it goes to a screen in one patch.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Figure } from './run.ts';
import type { ClientsAnswer, ClientsCommand } from './sockets-clients.ts';
import type { ServerAnswer, ServerCommand } from './sockets-server.ts';

const MACHINES = Number(process.env['LINEWATT_BENCH_MACHINES'] ?? 200);
const SCREENS = 500;
const STORM = 2000;
const ROUNDS = process.env['LINEWATT_BENCH_SHORT'] ? 2 : 5;
const TICKS = process.env['LINEWATT_BENCH_SHORT'] ? 8 : 20;
const TICK_MS = 500;

type Kind = 'ours' | 'raw';
interface Side {
  readonly server: ChildProcess;
  readonly clients: ChildProcess;
  readonly bytesPerConnection: number;
}

export async function run(): Promise<Figure[]> {
  const ours = await open('ours', SCREENS);
  const raw = await open('raw', SCREENS);
  try {
    const warm = await order<ServerAnswer>(ours.server, { do: 'broadcast', ticks: 4, everyMs: TICK_MS, frameBytes: 0 });
    const { patchBytes = 0 } = await count(ours);
    const { textBytes = 0 } = warm;
    await order<ServerAnswer>(raw.server, { do: 'broadcast', ticks: 4, everyMs: TICK_MS, frameBytes: textBytes });
    await count(raw);
    const rounds: { ours: number; raw: number; packed: number; judge: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const a = await costOf(ours, 0);
      const b = await costOf(raw, textBytes);
      const c = await costOf(raw, patchBytes);
      rounds.push({ ours: a.perUpdateNs, raw: b.perUpdateNs, packed: c.perUpdateNs, judge: a.judgeMs });
    }
    const ratio = median(rounds.map((r) => r.ours / r.raw));
    const memory = { ours: await memoryOf('ours'), raw: await memoryOf('raw') };
    const storm = await stormOf('ours');
    const rawStorm = await stormOf('raw');
    const round = (x: number, digits = 2) => Number(x.toFixed(digits));
    return [
      {
        name: 'sockets-update',
        ours: round(median(rounds.map((r) => r.ours))),
        peer: round(median(rounds.map((r) => r.raw))),
        ratio: round(ratio),
        unit: 'ns of CPU a delivered update',
        peerName: 'ws, the same text as frames encoded beforehand',
        note: `${SCREENS} screens x ${MACHINES} machines, ${round(textBytes / 1024, 0)} KB a patch, ${round(patchBytes / 1024, 0)} KB of it on the wire, ratio is the median of ${ROUNDS} rounds; judging is ${round(median(rounds.map((r) => r.judge)), 0)} ms a tick besides, however many watch`,
      },
      {
        name: 'sockets-update-packed',
        ours: round(median(rounds.map((r) => r.ours))),
        peer: round(median(rounds.map((r) => r.packed))),
        ratio: round(median(rounds.map((r) => r.ours / r.packed))),
        unit: 'ns of CPU a delivered update',
        peerName: 'ws, frames compressed and encoded beforehand, as long as ours',
        note: 'ours finds what changed, writes it out and compresses it, once a tick; the peer does nothing but write',
      },
      {
        name: 'sockets-memory',
        ours: round(memory.ours, 1),
        peer: round(memory.raw, 1),
        ratio: round(memory.ours / memory.raw),
        unit: 'KB a connection',
        peerName: 'ws',
        note: 'resident memory after a collection, with all watching, less what it was with none',
      },
      {
        name: 'sockets-storm',
        ours: round(storm / 1000),
        peer: round(rawStorm / 1000),
        ratio: round(storm / rawStorm),
        unit: 's',
        peerName: 'ws, open again and nothing more',
        note: `${STORM} screens cut at once, until the last has its snapshot`,
      },
    ];
  } finally {
    close(ours);
    close(raw);
  }
}

async function open(kind: Kind, sockets: number, machines = MACHINES): Promise<Side> {
  const execArgv = ['--expose-gc'];
  const server = fork(join(import.meta.dirname, 'sockets-server.ts'), [kind, `${machines}`], { execArgv });
  const { port } = await answer<ServerAnswer>(server);
  const clients = fork(join(import.meta.dirname, 'sockets-clients.ts'), [kind, `${port}`], { execArgv: [] });
  const before = (await order<ServerAnswer>(server, { do: 'memory' })).rssBytes ?? 0;
  await order<ClientsAnswer>(clients, { do: 'open', sockets });
  const after = (await order<ServerAnswer>(server, { do: 'memory' })).rssBytes ?? 0;
  return { server, clients, bytesPerConnection: (after - before) / sockets };
}

function close({ server, clients }: Side): void {
  server.kill();
  clients.kill();
}

async function count({ clients }: Side): Promise<ClientsAnswer> {
  return order<ClientsAnswer>(clients, { do: 'counted' });
}

/** @throws Error where not everything arrived: then nothing was measured. */
async function costOf(side: Side, frameBytes: number): Promise<{ perUpdateNs: number; judgeMs: number }> {
  const { cpuUs = 0, judgeUs = 0 } = await order<ServerAnswer>(side.server, {
    do: 'broadcast',
    ticks: TICKS,
    everyMs: TICK_MS,
    frameBytes,
  });
  const { frames = 0 } = await count(side);
  if (frames < TICKS * SCREENS) throw new Error(`${frames} frames arrived, ${TICKS * SCREENS} were sent`);
  return { perUpdateNs: (cpuUs * 1000) / (TICKS * SCREENS * MACHINES), judgeMs: judgeUs / 1000 };
}

/** KB a connection; of a small plant, whose own memory does not move. */
async function memoryOf(kind: Kind): Promise<number> {
  const side = await open(kind, SCREENS, 10);
  close(side);
  return side.bytesPerConnection / 1024;
}

async function stormOf(kind: Kind): Promise<number> {
  const side = await open(kind, STORM);
  try {
    await order<ServerAnswer>(side.server, { do: 'drop' });
    const { openedMs = Number.NaN } = await order<ClientsAnswer>(side.clients, { do: 'open', sockets: STORM });
    return openedMs;
  } finally {
    close(side);
  }
}

async function order<Answer>(child: ChildProcess, command: ServerCommand | ClientsCommand): Promise<Answer> {
  const answered = answer<Answer>(child);
  child.send(command);
  return answered;
}

function answer<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.removeListener('exit', ended);
      resolve(message as Answer);
    });
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
