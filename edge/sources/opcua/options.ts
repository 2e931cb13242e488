import { SourceError } from '#edge/core/source.ts';

export interface OpcuaOptions {
  readonly endpoint: string;
  readonly securityMode: 'None' | 'Sign' | 'SignAndEncrypt';
  readonly securityPolicy: string;
  readonly userName: string | null;
  readonly password: string | null;
  readonly publishingIntervalMs: number;
  readonly samplingIntervalMs: number;
  readonly queueSize: number;
}

const SECURITY_MODES = ['None', 'Sign', 'SignAndEncrypt'] as const;
const DEFAULT_PUBLISHING_MS = 250;
/** With 250 ms sampling this covers four minutes; servers revise it down, which becomes a finding. */
const DEFAULT_QUEUE_SIZE = 1000;

/** Reads the `sources:` entry of an OPC UA server; throws SourceError('badConfig') that names the key. */
export function readOpcuaOptions(id: string, options: Readonly<Record<string, unknown>>): OpcuaOptions {
  const endpoint = options.endpoint;
  if (typeof endpoint !== 'string' || !endpoint.startsWith('opc.tcp://')) {
    throw badConfig(id, 'endpoint', 'must be an address like opc.tcp://10.0.0.5:4840');
  }
  const securityMode = options.securityMode ?? 'None';
  if (!SECURITY_MODES.includes(securityMode as (typeof SECURITY_MODES)[number])) {
    throw badConfig(id, 'securityMode', `must be one of ${SECURITY_MODES.join(', ')}`);
  }
  const securityPolicy = options.securityPolicy ?? (securityMode === 'None' ? 'None' : 'Basic256Sha256');
  if (typeof securityPolicy !== 'string') throw badConfig(id, 'securityPolicy', 'must be a name like Basic256Sha256');
  const publishingIntervalMs = positive(id, options, 'publishingIntervalMs', DEFAULT_PUBLISHING_MS);
  return {
    endpoint,
    securityMode: securityMode as OpcuaOptions['securityMode'],
    securityPolicy,
    userName: typeof options.userName === 'string' ? options.userName : null,
    password: typeof options.password === 'string' ? options.password : null,
    publishingIntervalMs,
    samplingIntervalMs: positive(id, options, 'samplingIntervalMs', publishingIntervalMs),
    queueSize: positive(id, options, 'queueSize', DEFAULT_QUEUE_SIZE),
  };
}

function positive(id: string, options: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = options[key] ?? fallback;
  if (typeof value !== 'number' || !(value >= 1)) throw badConfig(id, key, 'must be a number of at least 1');
  return value;
}

function badConfig(id: string, key: string, what: string): SourceError {
  return new SourceError('badConfig', `sources.${id}.${key} ${what}`, { retryable: false });
}
