import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { UserError } from '#shared/contract/command.ts';

/*
 * The unified namespace of a single box: an MQTT broker inside the api process, on the loopback address only. Larger
 * sites name their own broker and this one is not started.
 */
export interface Broker {
  /** Where clients connect, ours too. */
  readonly url: string;
  readonly engine: string;
  close(): Promise<void>;
}

/** @throws UserError when the port is taken. Port 0 picks a free one. */
export async function openBroker(port: number): Promise<Broker> {
  const aedes = await Aedes.createBroker({ connectTimeout: 5000, keepaliveLimit: 300 });
  // Retained messages with an empty payload and everything outside our namespace are a plant's own business: allowed.
  const server = createServer((socket) => aedes.handle(socket));
  await listen(server, port);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `mqtt://127.0.0.1:${bound}`,
    engine: 'aedes',
    async close() {
      await new Promise<void>((done) => aedes.close(() => done()));
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `port ${port} of 127.0.0.1 is taken, so the broker cannot start; choose another with --broker aedes:PORT`
          : `the broker cannot listen on 127.0.0.1:${port}: ${error.message}`;
      fail(new UserError(why));
    });
    server.listen({ host: '127.0.0.1', port }, () => done());
  });
}
