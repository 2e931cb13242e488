import type { Plant, SourceConfig } from '../plant/model.ts';
import { partOfEdge, signalsOf } from '../plant/signals.ts';
import { type Flow, LOOPBACK } from './flow.ts';

/*
 * Every connection of a site, from what is configured and nothing else: the plan that a firewall is set up by.
 *
 * - The edge opens all of its connections and listens on nothing.
 * - The api listens on one port, for browsers, and on the loopback address for the broker inside it.
 * - Files (SQLite) are no connections. What people open in a browser goes to the api alone.
 */
export interface Engines {
  /** `sqlite:...` or `http(s)://host:port/database`. */
  readonly historianUrl: string;
  /** `aedes:PORT` or `mqtt(s)://host:port`. */
  readonly brokerUrl: string;
  /** `sqlite:...` or `postgres://host:port/database`. */
  readonly ledgerUrl: string;
  /** Where the api listens. */
  readonly listen: { readonly host: string; readonly port: number; readonly tls: boolean };
  /** Names of accounts, where there are any. */
  readonly accounts: {
    readonly historian: string | null;
    readonly broker: string | null;
    readonly ledger: string | null;
  };
  readonly mail: {
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly user: string | null;
  } | null;
  readonly singleSignOn: string | null;
  /** Plain HTTP that only gives the CA to devices; null: none. */
  readonly enrolPort: number | null;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'opc.tcp:': 4840,
  'mqtt:': 1883,
  'mqtts:': 8883,
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
};

export function plannedFlows(plant: Plant, engines: Engines): Flow[] {
  const edges = plant.edges.size === 0 ? [null] : [...plant.edges.keys()];
  return [
    ...edges.flatMap((edge) => edgeFlows(plant, engines, edge)),
    ...apiFlows(plant, engines),
    {
      from: 'browsers',
      to: 'api',
      host: engines.listen.host,
      port: engines.listen.port,
      protocol: 'HTTP',
      encryption: engines.listen.tls ? 'TLS' : 'none',
      account: 'people, by their session',
      zone: '',
      why: 'screens, REST and live figures',
    },
    ...(engines.enrolPort === null ? [] : [enrolFlow(engines.listen.host, engines.enrolPort)]),
  ];
}

function edgeFlows(plant: Plant, engines: Engines, edge: string | null): Flow[] {
  const from = edge === null ? 'edge' : `edge ${edge}`;
  const part = partOfEdge(plant, edge);
  const own = new Set(
    signalsOf(plant)
      .filter(({ owner }) => part?.machines.has(owner) || part?.meters.has(owner))
      .map(({ source }) => source),
  );
  const sources = [...plant.sources.values()].filter(({ id }) => own.has(id)).map((source) => sourceFlow(from, source));
  return [
    ...sources,
    ...historianFlow(engines, from, 'facts of closed minutes'),
    brokerFlow(engines, from, 'live figures and facts'),
  ];
}

function apiFlows(plant: Plant, engines: Engines): Flow[] {
  const flows = [
    ...historianFlow(engines, 'api', 'reads facts'),
    brokerFlow(engines, 'api', 'hears the edges, tells of entries'),
  ];
  if (!engines.ledgerUrl.startsWith('sqlite:')) {
    flows.push({
      from: 'api',
      to: 'ledger',
      ...place(engines.ledgerUrl),
      protocol: 'PostgreSQL',
      encryption: /[?&]sslmode=(require|verify)/.test(engines.ledgerUrl) ? 'TLS' : 'none',
      account: engines.accounts.ledger ?? 'none',
      zone: '',
      why: "people's entries",
    });
  }
  const channels = plant.channels ?? [];
  for (const { id, type, url } of channels) {
    if (type === 'email' || url === null) continue;
    flows.push({
      from: 'api',
      to: id,
      ...place(url),
      protocol: type === 'mqtt' ? 'MQTT' : 'HTTP',
      encryption: encryptionOf(url),
      account: type === 'webhook' ? 'signed requests' : (engines.accounts.broker ?? 'none'),
      zone: '',
      why: 'alerts and reports',
    });
  }
  if (engines.mail && channels.some(({ type }) => type === 'email')) {
    const { host, port, tls, user } = engines.mail;
    flows.push({
      from: 'api',
      to: 'mail',
      host,
      port,
      protocol: 'SMTP',
      encryption: tls ? 'TLS' : 'none',
      account: user ?? 'none',
      zone: '',
      why: 'alerts and reports',
    });
  }
  if (engines.singleSignOn !== null) {
    flows.push({
      from: 'api',
      to: 'single sign-on',
      ...place(engines.singleSignOn),
      protocol: 'HTTP',
      encryption: encryptionOf(engines.singleSignOn),
      account: 'its client id',
      zone: '',
      why: 'signs people in',
    });
  }
  return flows;
}

function enrolFlow(host: string, port: number): Flow {
  return {
    from: 'browsers',
    to: 'api, enrolment',
    host,
    port,
    protocol: 'HTTP',
    encryption: 'none',
    account: 'nobody',
    zone: '',
    why: "gives the CA's certificate to devices, and nothing else",
  };
}

/** The connection that an edge opens to a source. */
export function sourceFlow(from: string, { id, type, zone, options }: SourceConfig): Flow {
  const base = { from, to: id, zone: zone ?? '', why: 'reads signals' };
  const user = typeof options['userName'] === 'string' ? options['userName'] : null;
  if (type === 'modbus') {
    const port = typeof options['port'] === 'number' ? options['port'] : 502;
    return {
      ...base,
      host: String(options['host']),
      port,
      protocol: 'Modbus TCP',
      encryption: 'none',
      account: 'none',
    };
  }
  if (type === 'mqtt') {
    const url = String(options['url']);
    return { ...base, ...place(url), protocol: 'MQTT', encryption: encryptionOf(url), account: user ?? 'none' };
  }
  const mode = String(options['securityMode'] ?? 'SignAndEncrypt');
  const policy = String(options['securityPolicy'] ?? 'Basic256Sha256');
  return {
    ...base,
    ...place(String(options['endpoint'])),
    protocol: 'OPC UA',
    encryption: mode === 'None' ? 'none' : `${mode}, ${policy}`,
    account: user ?? 'anonymous',
  };
}

function historianFlow({ historianUrl, accounts }: Engines, from: string, why: string): Flow[] {
  if (historianUrl.startsWith('sqlite:')) return [];
  return [
    {
      from,
      to: 'historian',
      ...place(historianUrl),
      protocol: 'HTTP',
      encryption: encryptionOf(historianUrl),
      account: accounts.historian ?? 'none',
      zone: '',
      why,
    },
  ];
}

function brokerFlow({ brokerUrl, accounts }: Engines, from: string, why: string): Flow {
  const embedded = /^aedes:(\d*)$/.exec(brokerUrl);
  const where = embedded ? { host: LOOPBACK, port: Number(embedded[1] || 18830) } : place(brokerUrl);
  return {
    from,
    to: 'broker',
    ...where,
    protocol: 'MQTT',
    encryption: embedded ? 'none' : encryptionOf(brokerUrl),
    account: accounts.broker ?? 'none',
    zone: '',
    why,
  };
}

/** Host and port of a URL; a host that is not written out (an environment variable) stays as it is. */
function place(url: string): { host: string; port: number } {
  const found = /^([a-z][a-z.+]*:)\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?/i.exec(url);
  if (!found) return { host: url, port: 0 };
  const [, scheme = '', host = '', port] = found;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? (DEFAULT_PORTS[scheme] ?? 0) : Number(port) };
}

function encryptionOf(url: string): string {
  return /^(mqtts|https|wss):/.test(url) ? 'TLS' : 'none';
}
