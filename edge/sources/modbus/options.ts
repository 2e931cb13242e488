import { SourceError } from '#edge/core/source.ts';

export interface ModbusOptions {
  readonly host: string;
  readonly port: number;
  readonly pollMs: number;
  readonly timeoutMs: number;
}

const DEFAULTS = { port: 502, pollMs: 1000, timeoutMs: 500 };

/** Reads the `sources:` entry of a Modbus TCP device or gateway; throws SourceError('badConfig') that names the key. */
export function readModbusOptions(id: string, options: Readonly<Record<string, unknown>>): ModbusOptions {
  const { host } = options;
  if (typeof host !== 'string' || host === '') throw badConfig(id, 'host', 'must be a host name or an address');
  const read = (key: keyof typeof DEFAULTS, least: number): number => {
    const value = options[key] ?? DEFAULTS[key];
    if (typeof value !== 'number' || !(value >= least))
      throw badConfig(id, key, `must be a number of at least ${least}`);
    return value;
  };
  return { host, port: read('port', 1), pollMs: read('pollMs', 50), timeoutMs: read('timeoutMs', 20) };
}

function badConfig(id: string, key: string, what: string): SourceError {
  return new SourceError('badConfig', `sources.${id}.${key} ${what}`, { retryable: false });
}
