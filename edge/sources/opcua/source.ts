import { join } from 'node:path';
import {
  type ClientSession,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  type SecurityPolicy,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua';
import { SourceError, type SourceHost, type SourceType } from '#edge/core/source.ts';
import { type OpcuaOptions, readOpcuaOptions } from './options.ts';
import { explain } from './refusal.ts';
import { type Subscribed, subscribe } from './subscribe.ts';

/*
 * OPC UA, reading only: no Write and no Call leaves this folder.
 *
 * - One client, one session, one subscription per connection. The library's own reconnection is off: it forgets to say what
 *   was lost. On any doubt this connection ends, says when it last heard the server, and the supervisor makes a new one.
 * - Silence is measured here, on publish responses and keep-alives: a half-open link looks "connected" to the library for 25 s.
 * - Certificates are trusted by a person only: unknown ones land in `rejected` and the message says where.
 */

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1500;
const SESSION_TIMEOUT_MS = 60_000;

export function createOpcuaSource(dataDir: string): SourceType {
  return {
    type: 'opcua',
    async start(source, items, host) {
      const options = readOpcuaOptions(source.id, source.options);
      const pki = join(dataDir, 'pki', 'opcua');
      const client = await createClient(options, pki);
      let settle: (error: SourceError | null) => void = () => {};
      const closed = new Promise<SourceError | null>((resolve) => {
        settle = resolve;
      });
      const link = createLink(source.id, host, (error) => {
        void disconnect(client);
        settle(error);
      });
      client.on('connection_lost', () => link.end('the connection was closed by the server or the network'));
      client.on('close', () => link.end('the connection was closed'));
      try {
        const { silenceMs, subscription } = await withDeadline(
          open(client, source.id, options, items, host, link),
          CONNECT_TIMEOUT_MS,
        );
        if (link.ended)
          throw new SourceError('lost', `${source.id}: the link broke while subscribing`, { retryable: true });
        subscription.on('status_changed', (status) => link.end(`the server ended the subscription (${status.name})`));
        subscription.on('terminated', () => link.end('the subscription ended'));
        subscription.on('internal_error', (error) => link.end(`the subscription failed (${error.message})`));
        link.watch(silenceMs);
      } catch (error) {
        link.release();
        void disconnect(client);
        throw explain(source.id, options, pki, error);
      }
      return {
        closed,
        async stop() {
          link.release();
          await disconnect(client);
          settle(null);
        },
      };
    },
  };
}

async function createClient(options: OpcuaOptions, pki: string): Promise<OPCUAClient> {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: pki,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await clientCertificateManager.initialize();
  return OPCUAClient.create({
    applicationName: 'Linewatt',
    clientName: 'Linewatt edge',
    clientCertificateManager,
    securityMode: MessageSecurityMode[options.securityMode],
    securityPolicy: options.securityPolicy as SecurityPolicy,
    endpointMustExist: false,
    keepSessionAlive: false,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    transportTimeout: CONNECT_TIMEOUT_MS,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
  });
}

async function open(
  client: OPCUAClient,
  id: string,
  options: OpcuaOptions,
  items: Parameters<SourceType['start']>[1],
  host: SourceHost,
  link: Link,
): Promise<Subscribed> {
  await client.connect(options.endpoint);
  const session: ClientSession = await client.createSession(identity(options));
  session.on('session_closed', (status) => link.end(`the server closed the session (${status.name})`));
  return subscribe(session, id, options, items, host, link.heard);
}

function identity(options: OpcuaOptions): UserIdentityInfo {
  if (options.userName === null) return { type: UserTokenType.Anonymous };
  return { type: UserTokenType.UserName, userName: options.userName, password: options.password ?? '' };
}

interface Link {
  readonly ended: boolean;
  heard(): void;
  /** From now on a silence longer than this ends the link. */
  watch(silenceMs: number): void;
  end(why: string): void;
  /** Ends quietly, by our own wish. */
  release(): void;
}

function createLink(id: string, host: SourceHost, onEnd: (error: SourceError) => void): Link {
  let lastContact = host.now();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    ended = true;
    clearInterval(timer);
  };
  const end = (why: string) => {
    if (ended) return;
    release();
    host.lost(lastContact, why);
    onEnd(new SourceError('lost', `${id}: ${why}`, { retryable: true }));
  };
  return {
    get ended() {
      return ended;
    },
    heard() {
      lastContact = host.now();
    },
    watch(silenceMs) {
      if (ended) return;
      timer = setInterval(() => {
        if (host.now() - lastContact > silenceMs) end(`nothing heard for ${(silenceMs / 1000).toFixed(1)} s`);
      }, 250);
    },
    end,
    release,
  };
}

/** Asks politely, and does not wait for an answer from a server that is gone. */
async function disconnect(client: OPCUAClient): Promise<void> {
  const polite = client.disconnect().catch(() => {});
  await Promise.race([polite, new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())]);
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
