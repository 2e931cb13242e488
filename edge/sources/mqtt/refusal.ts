import { SourceError } from '#edge/core/source.ts';
import type { MqttOptions } from './options.ts';

/** CONNACK codes of MQTT 3.1.1 and reason codes of MQTT 5. */
const UNSUPPORTED_VERSION = new Set([1, 132]);
const BAD_LOGIN = new Set([4, 5, 134, 135, 138, 140]);
const BAD_CLIENT_ID = new Set([2, 133]);

export function codeOf(error: unknown): number | null {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : null;
  return typeof code === 'number' ? code : null;
}

export function isUnsupportedVersion(error: unknown): boolean {
  return UNSUPPORTED_VERSION.has(codeOf(error) ?? -1);
}

/** One sentence that says where and what to do. */
export function explain(id: string, options: MqttOptions, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const where = `${id} (${options.url.protocol}//${options.url.host})`;
  const code = codeOf(error) ?? -1;
  const refused = (why: string) =>
    new SourceError('refused', `${where}: ${why} (${text})`, { retryable: true, cause: error });
  if (BAD_LOGIN.has(code)) return refused('the broker refused us; check userName, password or certificate');
  if (BAD_CLIENT_ID.has(code)) return refused('the broker refused our client id; set another clientId');
  if (UNSUPPORTED_VERSION.has(code)) return refused('the broker does not speak this version of MQTT; set mqttVersion');
  if (/alert|certificate_required/i.test(text)) {
    return refused('the broker refused our certificate, or wants one; check certFile and keyFile');
  }
  if (/certificate|self.signed|issuer|altnames/i.test(text)) {
    return refused("the broker's certificate is not trusted; check caFile and the name in url");
  }
  if (/wrong version number|packet length too long|EPROTO/i.test(text)) {
    return refused('no TLS at this port; check url (mqtt:// or mqtts://, and the port)');
  }
  const message = `${where}: cannot be reached (${text}); check that it runs and that the network lets us through`;
  return new SourceError('unreachable', message, { retryable: true, cause: error });
}
