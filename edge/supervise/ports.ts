import { createServer } from 'node:net';

/** Whether something already listens on this port of 127.0.0.1 (or we may not). */
export function portTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen({ host: '127.0.0.1', port }, () => probe.close(() => resolve(false)));
  });
}
