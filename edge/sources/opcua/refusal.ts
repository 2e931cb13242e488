import { join } from 'node:path';
import { SourceError } from '#edge/core/source.ts';
import type { OpcuaOptions } from './options.ts';

/** Turns what the client library throws into one sentence that says what to do. */
export function explain(id: string, options: OpcuaOptions, pki: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const where = `${id} (${options.endpoint})`;
  if (/Certificate/i.test(text)) {
    const folders = `move its certificate from ${join(pki, 'rejected')} to ${join(pki, 'trusted', 'certs')}`;
    const message = `${where}: a certificate was refused (${word(text)}); ${folders}, or trust ours on the server`;
    return new SourceError('refused', message, { retryable: true, cause: error });
  }
  if (/IdentityToken|UserAccessDenied/i.test(text)) {
    const message = `${where}: the server refused the user (${word(text)}); check userName and password`;
    return new SourceError('refused', message, { retryable: true, cause: error });
  }
  if (/SecurityPolicy|SecurityMode|endpoint.*(not|cannot)/i.test(text)) {
    const asked = `${options.securityMode} with ${options.securityPolicy}`;
    const message = `${where}: the server does not offer ${asked}; check securityMode and securityPolicy`;
    return new SourceError('refused', message, { retryable: true, cause: error });
  }
  if (
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ECONNRESET|ETIMEDOUT|timeout|no answer|refused/i.test(
      text,
    )
  ) {
    const message = `${where}: cannot be reached (${word(text)}); check that it runs and that the network lets us through`;
    return new SourceError('unreachable', message, { retryable: true, cause: error });
  }
  return new SourceError('protocol', `${where}: ${firstLine(text)}`, { retryable: true, cause: error });
}

function word(text: string): string {
  return /E[A-Z_]{5,}|Bad[A-Za-z]+/.exec(text)?.[0] ?? firstLine(text);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').trim().slice(0, 160);
}
