import { connect } from 'mqtt';
import type { LedgerMessage } from '#shared/contract/mqtt.ts';
import { ledgerTopic, siteFilter, type TopicPlant } from '#shared/plant/topics.ts';
import type { BrokerTls } from '#shared/store/broker-tls.ts';
import type { Counters } from '../metrics/counters.ts';
import type { LiveStore } from './store.ts';

/*
 * The api as a client of the broker, ours or another: it listens to its site and says only that the ledger has grown.
 * The library reconnects for ever; after each reconnect whatever was cached is doubtful (`gap`).
 */
export interface NamespaceLink {
  readonly connected: boolean;
  readonly message: string | null;
  publishLedger(message: LedgerMessage): void;
  /** Resolves when the broker has it. @throws Error at once while there is no link, and where no answer comes. */
  publish(topic: string, body: string): Promise<void>;
  /** Called when somebody, perhaps ourselves, said how far the ledger has grown; and after a reconnect, without a seq. */
  onLedger(listener: (message: Partial<LedgerMessage>) => void): void;
  close(): Promise<void>;
}

export interface NamespaceOptions {
  readonly url: string;
  readonly plant: TopicPlant;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly tls?: BrokerTls;
}

const PUBLISH_MS = 10_000;

/** Returns at once; the first connection may come later. */
export function linkNamespace(
  { url, plant, credentials, tls }: NamespaceOptions,
  live: LiveStore,
  counters: Counters,
  log: (line: string) => void,
): NamespaceLink {
  let message: string | null = `connecting to the broker ${url}`;
  let connects = 0;
  const ledgerListeners: ((message: Partial<LedgerMessage>) => void)[] = [];
  const tellLedger = (body: Partial<LedgerMessage>): void => {
    for (const listener of ledgerListeners) listener(body);
  };
  const client = connect(url, {
    ...credentials,
    ...tls,
    rejectUnauthorized: true,
    clean: true,
    reconnectPeriod: 1000,
    reconnectOnConnackError: true,
    connectTimeout: 5000,
    keepalive: 10,
    resubscribe: true,
    protocolVersion: 4,
  });
  client.on('connect', () => {
    message = null;
    connects += 1;
    client.subscribe(siteFilter(plant), { qos: 1 });
    if (connects > 1) {
      counters.count('broker_reconnects');
      live.gap();
      tellLedger({});
    }
  });
  client.on('error', (error) => {
    if (message !== error.message) log(`broker ${url}: ${error.message}`);
    message = error.message;
  });
  client.on('close', () => {
    message ??= `the link to the broker ${url} is closed; trying again`;
  });
  client.on('message', (topic, payload) => {
    if (topic === ledgerTopic(plant)) tellLedger(ledgerMessage(payload));
    else live.apply(topic, payload);
  });
  return {
    get connected() {
      return client.connected;
    },
    get message() {
      return client.connected ? null : message;
    },
    publishLedger: (body) => void client.publish(ledgerTopic(plant), JSON.stringify(body), { qos: 1 }),
    async publish(topic, body) {
      if (!client.connected) throw new Error(message ?? 'no link to the broker');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer from the broker')), PUBLISH_MS);
      });
      try {
        await Promise.race([client.publishAsync(topic, body, { qos: 1 }), late]);
      } finally {
        clearTimeout(timer);
      }
    },
    onLedger: (listener) => void ledgerListeners.push(listener),
    close: async () => {
      await client.endAsync(true);
    },
  };
}

/** A broken message is a reason to look, like any other. */
function ledgerMessage(payload: Uint8Array): Partial<LedgerMessage> {
  try {
    const body: unknown = JSON.parse(Buffer.from(payload).toString());
    if (typeof body === 'object' && body !== null && 'seq' in body && typeof body.seq === 'number') {
      return { seq: body.seq };
    }
  } catch {
    return {};
  }
  return {};
}
