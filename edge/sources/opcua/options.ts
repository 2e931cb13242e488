import { SourceError } from '#edge/core/source.ts';

export const SECURITY_MODES = ['None', 'Sign', 'SignAndEncrypt'] as const;
export type SecurityModeName = (typeof SECURITY_MODES)[number];

/** Who we say we are. Files are PEM; the key stays on this machine. */
export type OpcuaIdentity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'userName'; readonly userName: string; readonly password: string }
  | { readonly kind: 'certificate'; readonly certificateFile: string; readonly keyFile: string };

export interface OpcuaOptions {
  readonly endpoint: string;
  readonly securityMode: SecurityModeName;
  readonly securityPolicy: string;
  readonly identity: OpcuaIdentity;
  readonly publishingIntervalMs: number;
  readonly samplingIntervalMs: number;
  /** Of what people wait to see. */
  readonly promptSamplingIntervalMs: number;
  readonly queueSize: number;
}

const SECURITY_POLICIES = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'];
/** Broken since SHA-1 is; some old controllers have nothing else. */
export const OBSOLETE_POLICIES: readonly string[] = ['Basic128Rsa15', 'Basic256'];
const DEFAULT_PUBLISHING_MS = 250;
/** A change waits for the next look and then for the next publish; so many looks to a publish make the first wait short. */
const LOOKS_PER_PUBLISH = 5;
const FASTEST_LOOK_MS = 10;
/** With 250 ms sampling this covers four minutes; servers revise it down, which becomes a finding. */
const DEFAULT_QUEUE_SIZE = 1000;

/** Reads the `sources:` entry of an OPC UA server; throws SourceError('badConfig') that names the key. */
export function readOpcuaOptions(id: string, options: Readonly<Record<string, unknown>>): OpcuaOptions {
  const endpoint = options.endpoint;
  if (typeof endpoint !== 'string' || !endpoint.startsWith('opc.tcp://')) {
    throw badConfig(id, 'endpoint', 'must be an address like opc.tcp://10.0.0.5:4840');
  }
  const given = options.securityMode ?? 'None';
  const securityMode = SECURITY_MODES.find((mode) => mode === given);
  if (!securityMode) throw badConfig(id, 'securityMode', `must be one of ${SECURITY_MODES.join(', ')}`);
  const publishingIntervalMs = positive(id, options, 'publishingIntervalMs', DEFAULT_PUBLISHING_MS);
  return {
    endpoint,
    securityMode,
    securityPolicy: policyOf(id, securityMode, options.securityPolicy),
    identity: identityOf(id, options),
    publishingIntervalMs,
    samplingIntervalMs: positive(id, options, 'samplingIntervalMs', publishingIntervalMs),
    promptSamplingIntervalMs: positive(
      id,
      options,
      'samplingIntervalMs',
      Math.max(FASTEST_LOOK_MS, publishingIntervalMs / LOOKS_PER_PUBLISH),
    ),
    queueSize: positive(id, options, 'queueSize', DEFAULT_QUEUE_SIZE),
  };
}

function policyOf(id: string, mode: SecurityModeName, given: unknown): string {
  const policy = given ?? (mode === 'None' ? 'None' : 'Basic256Sha256');
  if (mode === 'None') {
    if (policy !== 'None') {
      throw badConfig(id, 'securityPolicy', `is ${String(policy)}, which needs securityMode: Sign or SignAndEncrypt`);
    }
    return 'None';
  }
  const known = [...SECURITY_POLICIES, ...OBSOLETE_POLICIES];
  if (typeof policy !== 'string' || !known.includes(policy)) {
    throw badConfig(id, 'securityPolicy', `must be one of ${SECURITY_POLICIES.join(', ')} with securityMode: ${mode}`);
  }
  return policy;
}

function identityOf(id: string, options: Readonly<Record<string, unknown>>): OpcuaIdentity {
  const { userName, password, userCertFile, userKeyFile } = options;
  if (typeof userCertFile === 'string' || typeof userKeyFile === 'string') {
    if (typeof userCertFile !== 'string')
      throw badConfig(id, 'userCertFile', 'must name the certificate of userKeyFile');
    if (typeof userKeyFile !== 'string') throw badConfig(id, 'userKeyFile', 'must name the key of userCertFile');
    if (userName !== undefined) throw badConfig(id, 'userName', 'and userCertFile are two ways to log in; keep one');
    return { kind: 'certificate', certificateFile: userCertFile, keyFile: userKeyFile };
  }
  if (typeof userName !== 'string') return { kind: 'anonymous' };
  return { kind: 'userName', userName, password: typeof password === 'string' ? password : '' };
}

function positive(id: string, options: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = options[key] ?? fallback;
  if (typeof value !== 'number' || !(value >= 1)) throw badConfig(id, key, 'must be a number of at least 1');
  return value;
}

function badConfig(id: string, key: string, what: string): SourceError {
  return new SourceError('badConfig', `sources.${id}.${key} ${what}`, { retryable: false });
}
