import { SourceError } from '#edge/core/source.ts';
import type { OpcuaOptions } from './options.ts';

/** Turns what the client library throws into one sentence that says what to do. */
export function explain(id: string, options: OpcuaOptions, pki: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const name = statusName(error);
  const refused = (what: string) =>
    new SourceError('refused', `${id} (${options.endpoint}): ${what}`, { retryable: true, cause: error });
  const soon = (code: 'unreachable' | 'protocol', what: string) =>
    new SourceError(code, `${id} (${options.endpoint}): ${what}`, { retryable: true, cause: error });
  switch (name) {
    case 'BadIdentityTokenRejected':
    case 'BadIdentityTokenInvalid':
    case 'BadUserAccessDenied':
    case 'BadUserSignatureInvalid':
      return refused(
        `the server refused the user (${name}); check ${loginKeys(options)}, and what this user may do there`,
      );
    case 'BadTooManySessions':
      return soon(
        'protocol',
        `the server has no session left (${name}); close another client, or wait until an old one times out`,
      );
    case 'BadInvalidTimestamp':
      return soon(
        'protocol',
        `the server finds our clock wrong (${name}); set the clock of the server or of this machine`,
      );
    case 'BadServerHalted':
    case 'BadShutdown':
      return soon('unreachable', `the server is shutting down (${name})`);
    default:
  }
  if (/^Bad(Certificate|SecurityChecksFailed|ApplicationSignature)/.test(name) || /certificate/i.test(text)) {
    const own = `${pki}/own/certs/client_certificate.pem`;
    return refused(`the server does not take our certificate (${name}); trust ${own} on the server`);
  }
  if (/SecurityPolicy|SecurityMode|endpoint.*(not|cannot|must exist)/i.test(text)) {
    const asked = `${options.securityMode} with ${options.securityPolicy}`;
    return refused(`the server does not offer ${asked}; check securityMode and securityPolicy`);
  }
  if (UNREACHABLE.test(text)) {
    return soon('unreachable', `cannot be reached (${name}); check that it runs and that the network lets us through`);
  }
  return soon('protocol', firstLine(text));
}

const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ECONNRESET|ETIMEDOUT|EPIPE|BadConnection|timeout|no answer|refused|not reachable/i;

/** `BadTimeout`, `ECONNREFUSED`: the one word that a search engine knows; else the first line. */
export function statusName(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/timed? ?out/i.test(text) && !/Bad[A-Z]/.test(text)) return 'BadTimeout';
  return /Bad[A-Z][A-Za-z]+|E[A-Z_]{5,}/.exec(text)?.[0] ?? firstLine(text);
}

function loginKeys({ identity }: OpcuaOptions): string {
  if (identity.kind === 'userName') return 'userName and password';
  return identity.kind === 'certificate' ? 'userCertFile and userKeyFile' : 'whether it wants a userName';
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').trim().slice(0, 160);
}
