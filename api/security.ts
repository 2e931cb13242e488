import type { FastifyInstance } from 'fastify';
import type { Counters } from './metrics/counters.ts';
import { Problem, sendProblem } from './problem.ts';

/*
 * - The api listens on the loopback address only, so a Host that names anything else is a rebound DNS name: refused.
 * - A page of another origin may not talk to it: not by POST, not by websocket. No CORS header is ever sent.
 * - Only GET and HEAD, and POST where a route offers it.
 */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

export function secure(app: FastifyInstance, counters: Counters): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
    const refuse = (status: number, title: string, detail: string, reason: string): void => {
      counters.count('requests_refused', reason);
      sendProblem(reply, new Problem(status, title, detail));
    };
    if (!isLoopbackHost(request.headers.host)) {
      refuse(421, 'Misdirected request', 'This server answers only to localhost; open it by that name.', 'host');
    } else if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') {
      reply.header('allow', 'GET, HEAD, POST');
      refuse(405, 'Method not allowed', 'Only GET and HEAD are answered, and POST of /api/v1/entries.', 'method');
    } else if (!isSameOrigin(request.headers.origin, request.headers.host)) {
      refuse(403, 'Foreign origin', 'A page of another origin may not use this server.', 'origin');
    }
  });
}

export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.has(host.replace(/:\d+$/, '').toLowerCase());
}

/** True without an Origin (not a browser's cross-site request) and where it names the host that was asked. */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}
