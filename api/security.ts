import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Counters } from './metrics/counters.ts';
import { Problem, sendProblem } from './problem.ts';

/*
 * - A Host that is neither this server's name nor an address is a rebound DNS name: refused. An address cannot be rebound.
 * - A page of another origin may not talk to it: not by POST, not by websocket. No CORS header is ever sent.
 * - Only GET and HEAD, and POST where a route offers it.
 * - Pages run no inline script and no inline style; both come from files of this server.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

export interface SecurityRules {
  readonly isOwnHost: (host: string | undefined) => boolean;
  /** Over TLS: browsers shall never come back without. */
  readonly tls: boolean;
}

export function secure(app: FastifyInstance, counters: Counters, { isOwnHost, tls }: SecurityRules): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
    if (tls) reply.header('strict-transport-security', 'max-age=31536000');
    const refuse = (status: number, title: string, detail: string, reason: string) => {
      counters.count('requests_refused', reason);
      return sendProblem(reply, new Problem(status, title, detail));
    };
    if (!isOwnHost(request.headers.host)) {
      const detail =
        'This server does not go by that name; open it by its own, or add the name to names in server.yaml.';
      return refuse(421, 'Misdirected request', detail, 'host');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') {
      reply.header('allow', 'GET, HEAD, POST');
      return refuse(
        405,
        'Method not allowed',
        'Only GET and HEAD are answered, and POST where /api/docs says so.',
        'method',
      );
    }
    if (!isSameOrigin(request.headers.origin, request.headers.host)) {
      return refuse(403, 'Foreign origin', 'A page of another origin may not use this server.', 'origin');
    }
    return undefined;
  });
}

export interface HostNames {
  /** Names that this server goes by, without port. */
  readonly names: readonly string[];
  /** True where only the loopback address is listened on: no other address then either. */
  readonly loopbackOnly?: boolean;
}

export function createHostRule({ names, loopbackOnly = true }: HostNames): (host: string | undefined) => boolean {
  const own = new Set(names.map((name) => name.toLowerCase()));
  return (host) => {
    if (host === undefined) return false;
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (name === 'localhost' || name === '127.0.0.1' || name === '[::1]' || own.has(name)) return true;
    return !loopbackOnly && isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  };
}

/** True without an Origin (not a browser's cross-site request) and where it names the host that was asked. */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}
