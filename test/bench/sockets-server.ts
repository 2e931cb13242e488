/*
 * A process of its own, so that its processor time and its memory are its own. Arguments: `ours` or `raw`, machines.
 *
 * `ours`: the live link of the api (socket.io, rooms, patches, pulses) over the views of a plant. `raw`: the library `ws`, which writes
 * to every socket a frame that was encoded before anything was measured, as long as the frame ours sends.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { makeAuth } from '#api/auth/fixture.ts';
import { ANYONE } from '#api/auth/principal.ts';
import { diff } from '#api/live/merge-patch.ts';
import { openLiveSocket } from '#api/live/socket.ts';
import { createCounters } from '#api/metrics/counters.ts';
import type { ScopeView } from '#shared/contract/socket.ts';
import { changingPlant } from './sockets-plant.ts';

export type ServerCommand =
  | { readonly do: 'broadcast'; readonly ticks: number; readonly everyMs: number; readonly frameBytes: number }
  | { readonly do: 'memory' }
  | { readonly do: 'drop' };
export interface ServerAnswer {
  readonly port?: number;
  /** Processor time of the whole process while it broadcast. */
  readonly cpuUs?: number;
  /** What judging every machine took, a tick. */
  readonly judgeUs?: number;
  readonly rssBytes?: number;
  /** Length of a patch as text. */
  readonly textBytes?: number;
}

const [kind = 'ours', machines = '200'] = process.argv.slice(2);
const http = createServer();
const connections = new Set<Socket>();
http.on('connection', (socket) => {
  socket.setNoDelay(true);
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
});
const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
let judgeUs = 0;
let textBytes = 0;
const say = (answer: ServerAnswer): void => void process.send?.(answer);

interface Broadcaster {
  /** What is new in the next tick is ready; costs nothing. */
  readonly next: (frameBytes: number) => void;
  readonly send: () => void;
}

/** Ticks whose views are worked out beforehand, so that neither judging nor its garbage is in what is measured. */
const RECORDED = 24;

async function ours(): Promise<Broadcaster> {
  const counters = createCounters();
  const { views, plant, clock, change } = changingPlant(Number(machines), counters);
  views.refresh();
  const recorded: (ScopeView | null)[] = [];
  const judging = cpuUs();
  for (let tick = 0; tick < RECORDED; tick += 1) {
    change();
    views.refresh();
    recorded.push(views.view('site', ['oee', 'states']));
  }
  judgeUs = (cpuUs() - judging) / RECORDED;
  textBytes = JSON.stringify(diff(recorded.at(-2), recorded.at(-1))).length;
  let tick = 0;
  const { auth, isOwnHost } = await makeAuth(() => plant, clock, counters);
  const { hub } = openLiveSocket(http, {
    admission: { auth, isOwnHost, plant: () => plant, principal: async () => ANYONE },
    views: { view: () => recorded[tick % RECORDED] ?? null, dataAt: clock },
    clock: Date.now,
    counters,
  });
  return {
    next: () => {
      tick += 1;
    },
    send: () => hub.tick('bench'),
  };
}

function raw(): Broadcaster {
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  let frame: readonly Buffer[] = [];
  return {
    next(bytes) {
      if (frame[0]?.length === bytes + HEAD_BYTES) return;
      frame = preEncoded(Buffer.alloc(bytes, 'x'));
    },
    send() {
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) senderOf(client).sendFrame(frame, () => undefined);
      }
    },
  };
}

/** What `ws` has but does not type: a frame made once, and written as it is. */
interface Sender {
  sendFrame(frame: readonly Buffer[], sent: () => void): void;
}
function senderOf(client: WebSocket): Sender {
  return (client as unknown as { readonly _sender: Sender })._sender;
}
const HEAD_BYTES = 10;

/** A whole text frame of a server, longer than 64 KB or not: its head with eight bytes of length, and its text. */
function preEncoded(data: Buffer): readonly Buffer[] {
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = 0x81;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(data.length), 2);
  return [Buffer.concat([head, data])];
}

const broadcaster = kind === 'raw' ? raw() : await ours();

async function broadcast(ticks: number, everyMs: number, frameBytes: number): Promise<void> {
  globalThis.gc?.();
  const begun = cpuUs();
  for (let tick = 0; tick < ticks; tick += 1) {
    broadcaster.next(frameBytes);
    broadcaster.send();
    await new Promise((done) => setTimeout(done, everyMs));
  }
  say({ cpuUs: cpuUs() - begun, judgeUs, textBytes });
}

process.on('message', (command: ServerCommand) => {
  if (command.do === 'broadcast') void broadcast(command.ticks, command.everyMs, command.frameBytes);
  else if (command.do === 'memory') {
    globalThis.gc?.();
    globalThis.gc?.();
    say({ rssBytes: process.memoryUsage().rss });
  } else {
    for (const connection of connections) connection.destroy();
    say({});
  }
});
http.listen(0, '127.0.0.1', 4096, () => say({ port: (http.address() as AddressInfo).port }));
