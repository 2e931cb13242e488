import { SourceError } from '#edge/core/source.ts';
import type { Framing } from './frame.ts';

export interface ModbusOptions {
  readonly host: string;
  readonly port: number;
  readonly pollMs: number;
  readonly timeoutMs: number;
  /** rtu: frames of a serial bus, passed through a port server as they are. */
  readonly framing: Framing;
  /** Requests under way at once. Gateways to a serial bus want one. */
  readonly parallel: number;
}

const DEFAULTS = { port: 502, pollMs: 1000, timeoutMs: 500, parallel: 1 };
const MOST_PARALLEL = 16;

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
  const framing = options.framing ?? 'tcp';
  if (framing !== 'tcp' && framing !== 'rtu') throw badConfig(id, 'framing', 'must be tcp or rtu');
  const parallel = read('parallel', 1);
  if (parallel > MOST_PARALLEL) throw badConfig(id, 'parallel', `must be ${MOST_PARALLEL} at most`);
  if (framing === 'rtu' && parallel > 1)
    throw badConfig(id, 'parallel', 'must be 1 with framing: rtu, which has no numbers');
  const times = { pollMs: read('pollMs', 50), timeoutMs: read('timeoutMs', 20) };
  return { host, port: read('port', 1), ...times, framing, parallel };
}

function badConfig(id: string, key: string, what: string): SourceError {
  return new SourceError('badConfig', `sources.${id}.${key} ${what}`, { retryable: false });
}
