import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createLiveClient } from './client.ts';

/** CONNACK of MQTT 3.1.1: accepted, no session. */
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const PINGREQ = Buffer.from([0xc0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);

it('the edge lets go of a broker that takes messages and acknowledges none', { timeout: 4000 }, async () => {
  const sockets: Socket[] = [];
  let bytes = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.once('data', () => socket.write(CONNACK));
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (chunk.includes(PINGREQ)) socket.write(PINGRESP);
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = createLiveClient(
    {
      url: `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
      credentials: {},
      mqttVersion: 4,
      edge: 'main',
      epoch: 1,
      clientId: 'unacknowledged',
      healthTopic: 'plant/health',
      birthTopic: 'plant/birth',
      birth: () => ({ plantHash: 'h', edgeVersion: '1', startedAt: 1 }),
    },
    () => {},
  );
  await new Promise<void>((resolve) => client.onConnect(resolve));
  const [socket] = sockets;
  if (!socket) throw new Error('nobody connected');
  const delivered = client.deliver('plant/facts', { facts: 1 }).catch(() => 'not acknowledged');
  const closed = once(socket, 'close');
  await client.close();
  await closed;
  expect(bytes).toBeGreaterThan(0);
  expect(sockets).toHaveLength(1);
  server.close();
  // It is sent again by the next process; nobody waits for this one.
  await Promise.race([delivered, once(server, 'close')]);
});
