import { readFileSync } from 'node:fs';
import { UserError } from '../contract/command.ts';

/** How a process proves itself to an mqtts:// broker, and whom it believes. Contents of PEM files. */
export interface BrokerTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const FILES = {
  ca: 'LINEWATT_BROKER_CA_FILE',
  cert: 'LINEWATT_BROKER_CERT_FILE',
  key: 'LINEWATT_BROKER_KEY_FILE',
} as const;

/** @throws UserError for a file that cannot be read, or a certificate without its key. */
export function brokerTls(env: Readonly<Record<string, string | undefined>>): BrokerTls {
  if ((env[FILES.cert] === undefined) !== (env[FILES.key] === undefined)) {
    throw new UserError(`a client certificate for the broker needs both ${FILES.cert} and ${FILES.key}`);
  }
  const read = (name: string): Buffer | undefined => {
    const file = env[name];
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      throw new UserError(`${name}: ${file} cannot be read (${(error as Error).message})`);
    }
  };
  const [ca, cert, key] = [read(FILES.ca), read(FILES.cert), read(FILES.key)];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
