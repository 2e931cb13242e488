import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type IClientOptions, MqttClient } from 'mqtt';
import { holdAcks } from './held-acks.ts';
import type { MqttOptions } from './options.ts';
import { isUnsupportedVersion } from './refusal.ts';

/*
 * One connection to a broker, not made again by itself: the supervisor does that.
 *
 * - MQTT 5 is tried first. A broker that does not know it says so, or just hangs up; then 3.1.1 is tried.
 * - With TLS the broker's certificate is always checked, against caFile or the machine's own list.
 */

const CONNECT_TIMEOUT_MS = 5000;
const CLOSE_PATIENCE_MS = 1000;
/** The broker keeps what we missed this long; longer outages are the plant's own history to fill. */
const SESSION_EXPIRY_SECONDS = 7 * 24 * 3600;
const MOST_PACKET_BYTES = 8 * 1024 * 1024;
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

export interface Link {
  readonly client: MqttClient;
  readonly socket: Socket | null;
  /** The broker still had our session: what came meanwhile follows. */
  readonly resumed: boolean;
}

export interface LinkAsk {
  readonly options: MqttOptions;
  readonly clientId: string;
  readonly persistent: boolean;
  kept(): Promise<void>;
  /** Called for each client made, before it connects: messages of a resumed session come with the first packet. */
  prepare(client: MqttClient): void;
}

/** Rejects with what the broker or the network said. */
export async function openLink(ask: LinkAsk): Promise<Link> {
  const [first = 4, second] = ask.options.versions;
  try {
    return await tryVersion(ask, first);
  } catch (error) {
    if (second === undefined || !(isUnsupportedVersion(error) || isHangUp(error))) throw error;
    return tryVersion(ask, second);
  }
}

export async function closeLink(client: MqttClient): Promise<void> {
  const polite = client.endAsync(false);
  polite.catch(() => {});
  await Promise.race([polite, new Promise((done) => setTimeout(done, CLOSE_PATIENCE_MS).unref())]);
  // A second `end` does nothing while the first waits for what is under way.
  client.stream?.destroy();
}

/** The other side took the connection and closed it without a word. */
class HangUp extends Error {}

function isHangUp(error: unknown): boolean {
  return error instanceof HangUp;
}

async function tryVersion(ask: LinkAsk, version: 5 | 4): Promise<Link> {
  let socket: Socket | null = null;
  const client = new MqttClient(
    () => {
      socket = openSocket(ask.options);
      return holdAcks(socket, ask.kept);
    },
    settings(ask, version),
  );
  // Without a listener an error would end the process.
  client.on('error', () => {});
  ask.prepare(client);
  try {
    const resumed = await new Promise<boolean>((resolve, reject) => {
      client.once('connect', ({ sessionPresent }) => resolve(sessionPresent));
      client.once('error', reject);
      client.once('close', () => reject(new HangUp('the connection was closed at once')));
    });
    return { client, socket, resumed };
  } catch (error) {
    client.end(true);
    throw error;
  }
}

function settings({ options, clientId, persistent }: LinkAsk, version: 5 | 4): IClientOptions {
  return {
    protocolVersion: version,
    clientId,
    clean: !persistent,
    ...(options.userName !== null && { username: options.userName }),
    ...(options.password !== null && { password: options.password }),
    keepalive: options.keepAliveSeconds,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(version === 5 && {
      properties: {
        maximumPacketSize: MOST_PACKET_BYTES,
        ...(persistent && { sessionExpiryInterval: SESSION_EXPIRY_SECONDS }),
      },
    }),
  };
}

function openSocket({ url, tls }: MqttOptions): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || PORTS[url.protocol] || 1883;
  if (url.protocol === 'mqtt:') return connectTcp({ host, port, noDelay: true });
  // A bare address cannot be a server name; its certificate is checked against the address.
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return connectTls({ host, port, ...name, ...tls, minVersion: 'TLSv1.2', rejectUnauthorized: true });
}
