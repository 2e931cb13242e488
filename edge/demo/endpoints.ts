import { createServer } from 'node:net';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';

/** Where the plant file expects its simulated sources: ports on this machine. */
export interface DemoEndpoints {
  readonly opcuaPorts: readonly number[];
  readonly modbusPorts: readonly number[];
}

const LOOPBACK = ['127.0.0.1', 'localhost'];

/** @throws UserError for a source that is not on this machine: it cannot be simulated here. */
export function demoEndpoints(plant: Plant): DemoEndpoints {
  const opcuaPorts = new Set<number>();
  const modbusPorts = new Set<number>();
  for (const { id, type, options } of plant.sources.values()) {
    if (type === 'mqtt') continue;
    const url = type === 'opcua' ? urlOf(String(options.endpoint)) : null;
    const host = url ? url.hostname : String(options.host);
    if (!LOOPBACK.includes(host)) {
      throw new UserError(
        `sources.${id} is at ${host}, and the demo serves only on 127.0.0.1; correct it, or take the demo: key out of the plant file`,
      );
    }
    if (url) opcuaPorts.add(Number(url.port || 4840));
    else modbusPorts.add(typeof options.port === 'number' ? options.port : 502);
  }
  return { opcuaPorts: [...opcuaPorts], modbusPorts: [...modbusPorts] };
}

/** `URL` does not split addresses of schemes it does not know the same everywhere; as http it does. */
function urlOf(endpoint: string): URL {
  try {
    return new URL(endpoint.replace(/^opc\.tcp:/, 'http:'));
  } catch {
    throw new UserError(`"${endpoint}" is no address of an OPC UA server; write one like opc.tcp://127.0.0.1:48400`);
  }
}

/** @throws UserError where something else listens on the port already, or it may not be used. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new UserError(
      `port ${port}, where the plant file has its simulated ${what}, ${why}; stop that program, or change the port under sources:`,
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}
