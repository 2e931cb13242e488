import { readFileSync } from 'node:fs';
import { SourceError } from '#edge/core/source.ts';

export interface MqttOptions {
  readonly url: URL;
  readonly format: 'json' | 'sparkplug';
  readonly userName: string | null;
  readonly password: string | null;
  readonly clientId: string | null;
  readonly qos: 0 | 1;
  /** MQTT 5 is tried first, then 3.1.1, where the plant file does not say. */
  readonly versions: readonly (5 | 4)[];
  readonly keepAliveSeconds: number;
  /** Sparkplug: may ask a node for a new birth, which publishes a command. */
  readonly rebirth: boolean;
  /** Sparkplug: longest keep-alive of the nodes; a broker speaks for a dead one after one and a half of it. */
  readonly nodeKeepAliveSeconds: number;
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

const VERSIONS: Readonly<Record<string, readonly (5 | 4)[]>> = { '5': [5], '3.1.1': [4] };
const DEFAULT_KEEP_ALIVE_SECONDS = 10;
const DEFAULT_NODE_KEEP_ALIVE_SECONDS = 60;

/** Reads the `sources:` entry of a broker and its key files; throws SourceError('badConfig') that names the key. */
export function readMqttOptions(id: string, options: Readonly<Record<string, unknown>>): MqttOptions {
  const wrong = (key: string, what: string) =>
    new SourceError('badConfig', `sources.${id}.${key} ${what}`, { retryable: false });
  const url = typeof options.url === 'string' ? URL.parse(options.url) : null;
  if (!url || !/^mqtts?:$/.test(url.protocol)) throw wrong('url', 'must be an address like mqtts://broker:8883');
  const format = options.format ?? 'json';
  if (format !== 'json' && format !== 'sparkplug') throw wrong('format', 'must be json or sparkplug');
  const qos = options.qos ?? 1;
  if (qos !== 0 && qos !== 1) throw wrong('qos', 'must be 0 or 1');
  const versions = options.mqttVersion === undefined ? ([5, 4] as const) : VERSIONS[String(options.mqttVersion)];
  if (!versions) throw wrong('mqttVersion', 'must be 5 or 3.1.1');
  const seconds = (key: string, fallback: number) => {
    const value = options[key] ?? fallback;
    if (typeof value !== 'number' || !(value >= 1 && value <= 65_535)) throw wrong(key, 'must be from 1 to 65535');
    return value;
  };
  const file = (key: string) => {
    const path = options[key];
    if (path === undefined) return undefined;
    try {
      return readFileSync(String(path));
    } catch (error) {
      throw wrong(key, `cannot be read (${(error as Error).message})`);
    }
  };
  const [ca, cert, key] = [file('caFile'), file('certFile'), file('keyFile')];
  if ((cert === undefined) !== (key === undefined)) {
    throw wrong(cert ? 'keyFile' : 'certFile', 'is missing; a client certificate needs both certFile and keyFile');
  }
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
  return {
    url,
    format,
    userName: text('userName'),
    password: text('password'),
    clientId: text('clientId'),
    qos,
    versions,
    keepAliveSeconds: seconds('keepAliveSeconds', DEFAULT_KEEP_ALIVE_SECONDS),
    rebirth: options.rebirth === true,
    nodeKeepAliveSeconds: seconds('nodeKeepAliveSeconds', DEFAULT_NODE_KEEP_ALIVE_SECONDS),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  };
}
