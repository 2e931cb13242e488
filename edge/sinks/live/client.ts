import { connect, type IClientOptions } from 'mqtt';
import type { EdgeBirth, EdgeHealth, Envelope } from '#shared/contract/mqtt.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * The edge's one connection to the broker, opened by us; nothing is subscribed to.
 *
 * - Every message carries {edge, epoch, revision}; the revision rises with each, so a reader can drop what comes late.
 * - The last will says `offline` on the health topic: the broker speaks for us when we cannot. It must come after all that
 *   this connection said and before all that the next one says, so each connection has a range of revisions, whose last is
 *   the will's.
 * - What is retained goes with QoS 1: a change of state must arrive, and some brokers (aedes 1.2) lose a retained QoS 0 message
 *   that is overtaken by the next one.
 * - MQTT 5 is tried first, because only there a broker says that its access list refused a message; in 3.1.1 it acknowledges
 *   what it drops. One that does not know MQTT 5 gets 3.1.1.
 * - While the broker is away nothing is queued here: states and figures are sent anew on connect, facts wait in the outbox.
 */
export interface LiveClient {
  readonly connected: boolean;
  /** Why there is no connection, as a sentence; null while there is one. */
  readonly message: string | null;
  /** The same body without its place in time; false when it could not be sent. */
  publish(topic: string, body: object, options?: { retain?: boolean }): boolean;
  /** Resolves with the broker's acknowledgement. Rejects while there is no connection. */
  deliver(topic: string, body: object): Promise<void>;
  /** Called after each connect, first of all others. */
  onConnect(listener: () => void): void;
  close(): Promise<void>;
}

export interface LiveClientOptions {
  readonly url: string;
  readonly credentials: { readonly username?: string; readonly password?: string };
  /** Files for mqtts: whom to believe, and our own certificate. The broker's is always checked. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Protocol level; without it 5 is tried, then 4, which is MQTT 3.1.1. */
  readonly mqttVersion?: 4 | 5;
  readonly edge: string;
  /** Start of this edge process. */
  readonly epoch: Instant;
  readonly clientId: string;
  readonly healthTopic: string;
  readonly birthTopic: string;
  birth(): Omit<EdgeBirth, keyof Envelope>;
  /** The broker sent what nobody asked for: a message, or more bytes than acknowledgements need. It has no other effect. */
  unasked?(): void;
}

/** CONNACK of 3.1.1, reason code of 5. */
const UNSUPPORTED_VERSION = new Set([1, 132]);
const REVISIONS_PER_CONNECTION = 2 ** 32;
/** Acknowledgements of a busy edge take a few kilobytes a second; a broker that sends more than this in a minute is hung up on. */
const MOST_BYTES_A_MINUTE = 4 * 1024 * 1024;
const ACKNOWLEDGE_MS = 10_000;
const CLOSE_PATIENCE_MS = 1000;

export function createLiveClient(options: LiveClientOptions, log: (line: string) => void): LiveClient {
  const { edge, epoch } = options;
  let connections = 0;
  let revision = 0;
  let message: string | null = `connecting to the broker ${options.url}`;
  const listeners: (() => void)[] = [];
  const envelope = (): Envelope => {
    revision += 1;
    return { version: 1, edge, epoch, revision };
  };
  const settings: IClientOptions = {
    ...options.credentials,
    ...options.tls,
    rejectUnauthorized: true,
    clientId: options.clientId,
    clean: true,
    protocolVersion: options.mqttVersion ?? 5,
    keepalive: 5,
    reconnectPeriod: 1000,
    // A refusal passes too: the user is made later, the server was only busy, the version is the next one.
    reconnectOnConnackError: true,
    connectTimeout: 5000,
    queueQoSZero: false,
    will: will(options, REVISIONS_PER_CONNECTION - 1),
  };
  const client = connect(options.url, settings);
  client.on('reconnect', () => {
    connections += 1;
    revision = connections * REVISIONS_PER_CONNECTION;
    client.options.will = will(options, revision + REVISIONS_PER_CONNECTION - 1);
  });
  client.on('connect', () => {
    if (message !== null) log(`broker ${options.url}: connected`);
    message = null;
    send(options.birthTopic, options.birth(), true);
    for (const listener of listeners) listener();
  });
  // Nothing is subscribed to, so nothing has to come.
  client.on('message', () => options.unasked?.());
  client.on('connect', () => {
    let since = performance.now();
    let bytes = 0;
    const { stream } = client;
    stream.on('data', (chunk: Uint8Array) => {
      const now = performance.now();
      if (now - since > 60_000) {
        since = now;
        bytes = 0;
      }
      bytes += chunk.length;
      if (bytes <= MOST_BYTES_A_MINUTE) return;
      options.unasked?.();
      stream.destroy(new Error('it sends far more than it was asked for'));
    });
  });
  let everConnected = false;
  let failedWith: Error | null = null;
  client.on('connect', () => {
    everConnected = true;
  });
  /** Refused for its version, or hung up on without a word, as old brokers do. */
  client.on('close', () => {
    const why = failedWith;
    failedWith = null;
    if (everConnected || options.mqttVersion !== undefined) return;
    if (why === null || UNSUPPORTED_VERSION.has(codeOf(why))) client.options.protocolVersion = 4;
  });
  client.on('error', (error) => {
    failedWith = error;
    const text = `broker ${options.url}: ${error.message || 'cannot be reached'}`;
    if (text !== message) log(text);
    message = text;
  });
  client.on('close', () => {
    message ??= `broker ${options.url}: the connection was closed; trying again`;
  });

  function send(topic: string, body: object, retain: boolean): boolean {
    if (!client.connected) return false;
    client.publish(topic, JSON.stringify({ ...envelope(), ...body }), { qos: retain ? 1 : 0, retain });
    return true;
  }

  return {
    get connected() {
      return client.connected;
    },
    get message() {
      return client.connected ? null : message;
    },
    publish: (topic, body, { retain = false } = {}) => send(topic, body, retain),
    async deliver(topic, body) {
      if (!client.connected) throw new Error(message ?? `broker ${options.url}: not connected`);
      const sent = client.publishAsync(topic, JSON.stringify({ ...envelope(), ...body }), { qos: 1 });
      sent.catch(() => {});
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`broker ${options.url}: no acknowledgement`)), ACKNOWLEDGE_MS);
      });
      await Promise.race([sent, late]).finally(() => clearTimeout(timer));
    },
    onConnect: (listener) => void listeners.push(listener),
    async close() {
      if (client.connected) send(options.healthTopic, { t: epoch, ...offline }, true);
      const polite = client.endAsync(false);
      polite.catch(() => {});
      await Promise.race([polite, new Promise((done) => setTimeout(done, CLOSE_PATIENCE_MS).unref())]);
      // A second `end` does nothing while the first waits for acknowledgements, and the process would live as long as the broker.
      client.stream?.destroy();
    },
  };
}

function codeOf(error: Error): number {
  return 'code' in error && typeof error.code === 'number' ? error.code : -1;
}

const offline: Omit<EdgeHealth, keyof Envelope | 't'> = { state: 'offline', sources: [], counters: {}, findings: [] };

function will({ edge, epoch, healthTopic }: LiveClientOptions, revision: number) {
  const body: EdgeHealth = { version: 1, edge, epoch, revision, t: epoch, ...offline };
  return { topic: healthTopic, payload: Buffer.from(JSON.stringify(body)), qos: 1 as const, retain: true };
}
