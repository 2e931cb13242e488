import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLiveClient, type LiveClient } from '#edge/sinks/live/client.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { openHistorianWriter } from '#shared/store/open.ts';

/* Servers that the edge dials out to and that have fallen into the wrong hands: nothing they send may do more than be counted. */

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const CONNACK = Buffer.from([0x20, 3, 0, 0, 0]);

/** A broker that takes anybody in and then does as it likes. */
async function hostileBroker(then: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listen(
    createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(CONNACK);
        then(socket);
      });
    }),
  );
}

function publish(topic: string, payload: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, topic.length]),
    Buffer.from(topic),
    Buffer.from([0]),
    Buffer.from(payload),
  ]);
  return Buffer.concat([Buffer.from([0x31, body.length]), body]);
}

function dial(port: number, unasked: () => void): LiveClient {
  const client = createLiveClient(
    {
      url: `mqtt://127.0.0.1:${port}`,
      credentials: {},
      edge: 'main',
      epoch: 1,
      clientId: 'edge',
      healthTopic: 'h',
      birthTopic: 'b',
      birth: () => ({ plantHash: 'x', edgeVersion: '0', startedAt: 1 }),
      unasked,
    },
    () => {},
  );
  closers.push(() => void client.close());
  return client;
}

describe('a hostile broker', () => {
  it('may send commands and retained messages: each is counted and nothing else', async () => {
    const counted = Promise.withResolvers<void>();
    let messages = 0;
    const port = await hostileBroker((socket) => {
      for (const topic of ['linewatt/v1/works/edge/main/command', 'b', 'h'])
        socket.write(publish(topic, '{"stop":true}'));
    });
    const client = dial(port, () => {
      messages += 1;
      if (messages === 3) counted.resolve();
    });
    await counted.promise;
    expect(client.connected).toBe(true);
    expect(client.publish('t', { a: 1 })).toBe(true);
  });

  it('is hung up on when it floods the line', async () => {
    const flooded = Promise.withResolvers<void>();
    let sent = 0;
    const port = await hostileBroker((socket) => {
      // One message of 200 MB: its length first, then bytes without end.
      socket.write(Buffer.from([0x30, 0x80, 0xc2, 0xd7, 0x2f]));
      const pour = (): void => {
        while (!socket.destroyed && sent < 200_000_000) {
          sent += 65_536;
          if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', pour);
        }
      };
      pour();
      socket.once('close', () => flooded.resolve());
    });
    let counted = 0;
    dial(port, () => (counted += 1));
    await flooded.promise;
    expect(counted).toBe(1);
    expect(sent).toBeLessThan(50_000_000);
  });
});

describe('a hostile InfluxDB', () => {
  const plant = { site: { id: 's' }, machines: new Map(), lines: new Map() } as unknown as Plant;
  const write = async (url: string) => {
    const writer = await openHistorianWriter({ url: `${url}/linewatt`, dataDir: '.' }, () => plant);
    return writer.write({ ...emptyBatch(), conditions: [CONDITION] });
  };
  const CONDITION = {
    machine: 'm',
    condition: 'c',
    minute: Date.UTC(2026, 5, 1),
    min: 1,
    mean: 1,
    max: 1,
    last: 1,
    coveredSeconds: 60,
    revision: 1,
  };

  it('leads nowhere by a redirect', async () => {
    let elsewhere = 0;
    const trap = await listen(
      createHttpServer((_q, res) => {
        elsewhere += 1;
        res.end();
      }),
    );
    const port = await listen(
      createHttpServer((_q, res) => res.writeHead(307, { location: `http://127.0.0.1:${trap}/write` }).end()),
    );
    await expect(write(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ retryable: true });
    expect(elsewhere).toBe(0);
  });

  it.each([200, 500])('cannot fill the edge with an answer without end (status %i)', async (status) => {
    let sent = 0;
    const port = await listen(
      createHttpServer((request, res) => {
        request.resume();
        res.on('error', () => {});
        res.writeHead(status, { 'content-type': 'application/json' });
        const pour = (): void => {
          while (!res.destroyed && sent < 200_000_000) {
            sent += 65_536;
            if (!res.write(Buffer.alloc(65_536, 32))) return void res.once('drain', pour);
          }
        };
        pour();
      }),
    );
    await expect(write(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ retryable: true });
    expect(sent).toBeLessThan(50_000_000);
  });
});
