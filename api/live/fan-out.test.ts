import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { type Socket as Client, io as connect } from 'socket.io-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ScopeView } from '#shared/contract/socket.ts';
import { openFanOut } from './fan-out.ts';
import type { Outlet } from './hub.ts';

/* Over real sockets, into the client library that browsers have: what was written by hand must read as what socket.io sends. */
let http: HttpServer;
let server: Server;
let outlet: Outlet;
let clients: Client[];
let port: number;

beforeEach(async () => {
  http = createServer();
  const perMessageDeflate = { threshold: 1e9, serverNoContextTakeover: true, clientNoContextTakeover: true };
  server = new Server(http, { transports: ['websocket'], perMessageDeflate });
  server.of('/live').on('connection', () => undefined);
  outlet = openFanOut('/live', (id) => server.of('/live').sockets.get(id));
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  port = (http.address() as AddressInfo).port;
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

/** A client, what the server calls it, and everything that it hears. */
async function join(
  room: string,
  unpacked = false,
): Promise<{ id: string; heard: unknown[][]; next: () => Promise<unknown[]> }> {
  const client = connect(`http://127.0.0.1:${port}/live`, {
    transports: ['websocket'],
    forceNew: true,
    ...(unpacked && { perMessageDeflate: false }),
  } as object);
  clients.push(client);
  const heard: unknown[][] = [];
  let read = 0;
  let wake = (): void => undefined;
  client.onAny((...message: unknown[]) => {
    heard.push(message);
    wake();
  });
  await new Promise<void>((done) => client.once('connect', done));
  const id = client.id ?? '';
  outlet.join(id, room);
  const next = async (): Promise<unknown[]> => {
    while (heard.length <= read) await new Promise<void>((done) => (wake = done));
    read += 1;
    return heard[read - 1] ?? [];
  };
  return { id, heard, next };
}
const socketOf = (id: string): Socket => {
  const found = server.of('/live').sockets.get(id);
  if (!found) throw new Error('gone');
  return found;
};

it.each([1, 100, 110, 60_000, 70_000])('reaches everybody of a room with %i characters, whole', async (length) => {
  const [a, b] = [await join('room'), await join('room')];
  const other = await join('elsewhere');
  const text = 'ü'.repeat(length);
  outlet.toRoom('room', 'patch', { text });
  expect(await a.next()).toEqual(['patch', { text }]);
  expect(await b.next()).toEqual(['patch', { text }]);
  outlet.toRoom('elsewhere', 'pulse', {});
  expect(await other.next()).toEqual(['pulse', {}]);
});

it('sends what is long in few bytes to who can unpack it, and whole to who cannot', async () => {
  const [a, b] = [await join('room'), await join('room', true)];
  const written = (id: string): number => {
    const { socket } = socketOf(id).conn.transport as unknown as { socket: { _socket: { bytesWritten: number } } };
    return socket._socket.bytesWritten;
  };
  const before = [written(a.id), written(b.id)];
  const machines = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}`, { look: 'run', powerKw: n }]));
  outlet.together(() => {
    outlet.toRoom('room', 'patch', { machines });
    outlet.toRoom('room', 'pulse', {});
    outlet.snapshot([a.id, b.id], {
      scope: 'site',
      seq: 1,
      serverTime: 't',
      view: { machines } as unknown as ScopeView,
    });
  });
  for (const client of [a, b]) {
    expect(await client.next()).toEqual(['patch', { machines }]);
    expect(await client.next()).toEqual(['pulse', {}]);
    expect(await client.next()).toEqual(['snapshot', { scope: 'site', seq: 1, serverTime: 't', view: { machines } }]);
  }
  const [packed = 0, whole = 0] = [written(a.id), written(b.id)].map((bytes, i) => bytes - (before[i] ?? 0));
  expect(whole).toBeGreaterThan(35_000);
  expect(packed).toBeLessThan(whole / 3);
});

it('tells nobody who left', async () => {
  const [a, b] = [await join('room'), await join('room')];
  outlet.leave(a.id, 'room');
  outlet.toRoom('room', 'patch', 1);
  await b.next();
  outlet.join(a.id, 'room');
  outlet.toRoom('room', 'patch', 2);
  expect(await a.next()).toEqual(['patch', 2]);
});

it('writes what belongs together once, in order, to each what is for it', async () => {
  const [a, b] = [await join('room'), await join('room')];
  outlet.join(b.id, 'more');
  const wire = (socketOf(b.id).conn.transport as unknown as { socket: { _socket: { bytesWritten: number } } }).socket;
  const net = wire._socket as unknown as { write: (...args: unknown[]) => boolean };
  let writes = 0;
  const write = net.write.bind(net);
  net.write = (...args) => {
    writes += 1;
    return write(...args);
  };
  outlet.together(() => {
    outlet.toRoom('room', 'patch', 1);
    outlet.together(() => outlet.toRoom('more', 'patch', 2));
    outlet.toRoom('room', 'pulse', 3);
  });
  expect([await a.next(), await a.next()]).toEqual([
    ['patch', 1],
    ['pulse', 3],
  ]);
  expect([await b.next(), await b.next(), await b.next()]).toEqual([
    ['patch', 1],
    ['patch', 2],
    ['pulse', 3],
  ]);
  expect(writes).toBe(1);
});

it('stays behind what the engine has not sent yet', async () => {
  const a = await join('room');
  const socket = socketOf(a.id);
  for (let i = 0; i < 20; i += 1) {
    socket.emit('problem', i);
    outlet.toRoom('room', 'patch', i);
  }
  const got = [];
  for (let i = 0; i < 40; i += 1) got.push((await a.next()).join());
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => [`problem,${i}`, `patch,${i}`]).flat());
});

it('writes a view out once for everybody who asks before it changes, with the time of each answer', async () => {
  const [a, b] = [await join(''), await join('')];
  let written = 0;
  const view = {
    toJSON: () => {
      written += 1;
      return { machines: {} };
    },
  } as unknown as ScopeView;
  outlet.snapshot([a.id], { scope: 'site', seq: 1, serverTime: 't1', view });
  outlet.snapshot([b.id], { scope: 'site', seq: 1, serverTime: 't2', view });
  expect(await a.next()).toEqual(['snapshot', { scope: 'site', seq: 1, serverTime: 't1', view: { machines: {} } }]);
  expect(await b.next()).toEqual(['snapshot', { scope: 'site', seq: 1, serverTime: 't2', view: { machines: {} } }]);
  expect(written).toBe(1);
});

it('counts what waits for a client that does not read', async () => {
  const a = await join('room', true);
  expect(outlet.buffered(a.id)).toBe(0);
  const net = (socketOf(a.id).conn.transport as unknown as { socket: { _socket: { cork(): void; uncork(): void } } })
    .socket._socket;
  net.cork();
  outlet.toRoom('room', 'patch', 'x'.repeat(5000));
  expect(outlet.buffered(a.id)).toBeGreaterThan(5000);
  net.uncork();
  expect((await a.next())[0]).toBe('patch');
  expect(outlet.buffered('nobody')).toBe(0);
});
