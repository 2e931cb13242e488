import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback whose line can be cut or swallowed. */
export interface Proxy {
  readonly port: number;
  /** Bytes vanish in both directions, and nobody is told. */
  blackHole(on: boolean): void;
  /** Both ends get a reset. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startProxy(port: number, targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let swallowing = false;
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on('data', (bytes) => swallowing || far.write(bytes));
    far.on('data', (bytes) => swallowing || near.write(bytes));
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        if (!swallowing) for (const other of pair) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    blackHole(on) {
      swallowing = on;
    },
    reset() {
      for (const [near, far] of pairs) {
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    stop() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
