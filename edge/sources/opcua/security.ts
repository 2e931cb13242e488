import { readFileSync } from 'node:fs';
import {
  type ClientSession,
  type EndpointDescription,
  type ICertificateStore,
  MessageSecurityMode,
  OPCUAClient,
  type SecurityPolicy,
  StatusCodes,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua';
import { SourceError } from '#edge/core/source.ts';
import { type Certificate, readChain } from '#edge/trust/certificate.ts';
import { judge } from '#edge/trust/judge.ts';
import { openTrustStore, type TrustStore } from '#edge/trust/store.ts';
import type { Instant } from '#shared/time/instant.ts';
import { withDeadline } from './deadline.ts';
import type { OpcuaIdentity, OpcuaOptions } from './options.ts';
import { APPLICATION_URI, type OwnCertificate, ownCertificate } from './own-certificate.ts';

/*
 * A client whose server was judged before a single secured byte went out.
 *
 * - The server's certificate is asked for over an unsecured channel, judged by our own store (edge/trust), and then pinned: the
 *   library is given this one certificate and a store that knows only it. The library's default store trusts everybody.
 * - The address that is dialled is the one of the plant file. What a server believes its own address to be is its affair.
 * - A message has a largest size: a hostile or broken peer cannot fill the memory.
 */

/** The library breaks a connection that is silent for half of this; small controllers work ten seconds on a signature. */
const TRANSPORT_TIMEOUT_MS = 30_000;
const TRANSACTION_TIMEOUT_MS = 10_000;
/** For a connection without signatures: so soon a server that is there has answered. */
export const PLAIN_CONNECT_MS = 3000;
const LARGEST_MESSAGE_BYTES = 16 * 1024 ** 2;
const MOST_CHUNKS = 2048;

export interface SecuredClient {
  readonly client: OPCUAClient;
  readonly own: OwnCertificate;
  /** Of the server; null where nothing is secured and it shows none. */
  readonly certificate: Certificate | null;
  readonly doubts: readonly { readonly code: string; readonly message: string }[];
}

export interface ClientPlace {
  readonly id: string;
  readonly dataDir: string;
  readonly options: OpcuaOptions;
  readonly sessionTimeoutMs: number;
  readonly now: () => Instant;
  /** Called for each client that is made, so that a deadline can end it. */
  readonly onClient: (client: OPCUAClient) => void;
}

/** @throws SourceError('refused') with the command that helps, where the server's certificate does not do. */
export async function createSecuredClient(place: ClientPlace): Promise<SecuredClient> {
  const { id, options, dataDir } = place;
  const store = openTrustStore(dataDir);
  const own = await ownCertificate(store.folder);
  if (options.securityMode === 'None') {
    return { client: createClient(place, own, null), own, certificate: null, doubts: [] };
  }
  const endpoint = await findEndpoint(place, own);
  const chain = readChain(endpoint.serverCertificate ?? Buffer.alloc(0));
  const verdict = judgeServer(store, options, chain, place.now());
  if (!verdict.accepted) {
    throw new SourceError('refused', `${id} (${options.endpoint}): ${verdict.message}`, { retryable: true });
  }
  const client = createClient(place, own, endpoint.serverCertificate);
  return { client, own, certificate: chain[0] ?? null, doubts: verdict.doubts };
}

export function identityInfo(identity: OpcuaIdentity): UserIdentityInfo {
  switch (identity.kind) {
    case 'anonymous':
      return { type: UserTokenType.Anonymous };
    case 'userName':
      return { type: UserTokenType.UserName, userName: identity.userName, password: identity.password };
    case 'certificate': {
      const certificate = readChain(derOf(readFileSync(identity.certificateFile)))[0];
      if (!certificate) throw new Error(`${identity.certificateFile} holds no certificate`);
      return {
        type: UserTokenType.Certificate,
        certificateData: certificate.der,
        privateKey: readFileSync(identity.keyFile, 'utf8'),
      };
    }
  }
}

/** Whether the server takes our password unencrypted on this connection. */
export function isLoginInClear(session: ClientSession, options: OpcuaOptions): boolean {
  if (options.identity.kind !== 'userName' || options.securityMode === 'SignAndEncrypt') return false;
  const used = session.serverEndpoints.find((endpoint) => isWanted(endpoint, options));
  const token = used?.userIdentityTokens?.find(({ tokenType }) => tokenType === UserTokenType.UserName);
  const policy = token?.securityPolicyUri || used?.securityPolicyUri || '';
  return policy === '' || policy.endsWith('#None');
}

function judgeServer(store: TrustStore, options: OpcuaOptions, chain: readonly Certificate[], now: Instant) {
  const verdict = judge(store, { chain, address: options.endpoint, host: hostOf(options.endpoint), now });
  const [leaf] = chain;
  if (!leaf) return verdict;
  if (verdict.accepted) store.accepted(options.endpoint, leaf.thumbprint);
  else if (store.standing(chain) === 'unknown') store.reject(leaf);
  return verdict;
}

function hostOf(endpoint: string): string {
  try {
    return new URL(endpoint.replace(/^opc\.tcp:/, 'http:')).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return '';
  }
}

async function findEndpoint(place: ClientPlace, own: OwnCertificate): Promise<EndpointDescription> {
  const { id, options } = place;
  const open = { ...options, securityMode: 'None' as const, securityPolicy: 'None' };
  const asking = createClient({ ...place, options: open }, own, null);
  let endpoints: EndpointDescription[];
  try {
    await withDeadline(asking.connect(options.endpoint), PLAIN_CONNECT_MS);
    endpoints = await asking.getEndpoints();
  } finally {
    void asking.disconnect().catch(() => {});
  }
  const found = endpoints.find((endpoint) => isWanted(endpoint, options));
  if (found) return found;
  const offered = endpoints.map(
    ({ securityMode, securityPolicyUri }) =>
      `${MessageSecurityMode[securityMode]} ${(securityPolicyUri ?? '').replace(/^.*#/, '')}`,
  );
  const what = `${id} (${options.endpoint}): the server does not offer ${options.securityMode} with ${options.securityPolicy}`;
  throw new SourceError('refused', `${what}; it offers ${[...new Set(offered)].join(', ') || 'nothing'}`, {
    retryable: true,
  });
}

function isWanted({ securityMode, securityPolicyUri }: EndpointDescription, options: OpcuaOptions): boolean {
  return (
    securityMode === MessageSecurityMode[options.securityMode] &&
    (securityPolicyUri ?? '').endsWith(`#${options.securityPolicy}`)
  );
}

function createClient(place: ClientPlace, own: OwnCertificate, pinned: Buffer | null): OPCUAClient {
  const { options } = place;
  const client = OPCUAClient.create({
    applicationName: 'Linewatt',
    applicationUri: APPLICATION_URI,
    clientName: 'Linewatt edge',
    certificateFile: own.certificateFile,
    privateKeyFile: own.privateKeyFile,
    clientCertificateManager: storeOf(pinned),
    ...(pinned ? { serverCertificate: pinned } : {}),
    securityMode: MessageSecurityMode[options.securityMode],
    securityPolicy: options.securityPolicy as SecurityPolicy,
    endpointMustExist: false,
    keepSessionAlive: false,
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: place.sessionTimeoutMs,
    transportTimeout: TRANSPORT_TIMEOUT_MS,
    defaultTransactionTimeout: TRANSACTION_TIMEOUT_MS,
    transportSettings: { maxMessageSize: LARGEST_MESSAGE_BYTES, maxChunkCount: MOST_CHUNKS },
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
  });
  place.onClient(client);
  return client;
}

/** What the library asks about certificates is answered from the one that was judged. */
function storeOf(pinned: Buffer | null): ICertificateStore {
  const isPinned = (given: Buffer | readonly Buffer[]): boolean => {
    const bytes = Buffer.isBuffer(given) ? given : Buffer.concat([...given]);
    return pinned !== null && readChain(bytes)[0]?.thumbprint === readChain(pinned)[0]?.thumbprint;
  };
  const verdict = (given: Buffer | readonly Buffer[]) =>
    isPinned(given) ? StatusCodes.Good : StatusCodes.BadCertificateUntrusted;
  const nothing = async (): Promise<void> => {};
  return {
    referenceCounter: 0,
    initialize: nothing,
    dispose: nothing,
    checkCertificate: async (certificate) => verdict(certificate),
    verifyCertificate: async (certificate) => (isPinned(certificate) ? 'Good' : 'BadCertificateUntrusted'),
    getTrustStatus: async (certificate) => verdict(certificate),
    trustCertificate: nothing,
    rejectCertificate: nothing,
    addIssuer: nothing,
    addRevocationList: nothing,
  };
}

/** PEM or DER. */
function derOf(bytes: Buffer): Buffer {
  const pem = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END/.exec(bytes.toString('latin1'));
  return pem ? Buffer.from(pem[1] ?? '', 'base64') : bytes;
}
