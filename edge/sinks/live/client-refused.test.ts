import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from 'vitest';
import { createLiveClient, type LiveClient } from './client.ts';

let broker: Aedes;
let server: Server;
let client: LiveClient;
afterEach(async () => {
  await client.close();
  server.close();
  broker.close();
});

async function connectTo(refuseFirst: number): Promise<string[]> {
  broker = await Aedes.createBroker();
  let refusals = 0;
  broker.authenticate = (_client, _user, _password, done) => {
    refusals += 1;
    done(null, refusals > refuseFirst);
  };
  server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const lines: string[] = [];
  client = createLiveClient(
    {
      url: `mqtt://127.0.0.1:${port}`,
      credentials: {},
      edge: 'main',
      epoch: 1,
      clientId: 'refused',
      healthTopic: 'plant/health',
      birthTopic: 'plant/birth',
      birth: () => ({ plantHash: 'h', edgeVersion: '1', startedAt: 1 }),
    },
    (line) => lines.push(line),
  );
  await new Promise<void>((resolve) => client.onConnect(resolve));
  return lines;
}

describe('the edge and a broker that refuses it', () => {
  // This broker knows MQTT 3.1.1 only.
  it('comes back in the version that the broker knows', async () => {
    expect(await connectTo(0)).toContainEqual(expect.stringContaining('Unacceptable protocol version'));
    expect(client.connected).toBe(true);
  });

  it('comes back when its user is taken at last', async () => {
    expect(await connectTo(1)).toContainEqual(expect.stringMatching(/not authorized|Bad username or password/i));
    expect(client.connected).toBe(true);
  });
});
