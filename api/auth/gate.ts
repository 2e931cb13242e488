import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditKind } from '../audit/audit.ts';
import type { ApiDeps } from '../deps.ts';
import { Problem, sendProblem } from '../problem.ts';
import type { Auth, From } from './auth.ts';
import { mayTouch, mayUse, type Verdict } from './may.ts';
import type { Principal } from './principal.ts';
import { createThrottle } from './throttle.ts';

/*
 * Before every handler: who asks, whether their role may use the route, and whether the object that they name is theirs.
 *
 * - The role is checked before the body is read, the object once query, parameters and body are valid.
 * - Every refusal is counted and on record; the same one again within a minute only counts.
 */
declare module 'fastify' {
  interface FastifyRequest {
    /** Null: not signed in, and the route is for everyone. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** What a good answer of this route is on record as. */
    audit?: AuditKind;
  }
}

export interface Cookies {
  readonly session: string;
  readonly kiosk: string;
  readonly secure: boolean;
}

/** `__Host-` cookies cannot be set by another name of the same domain; browsers take them over TLS only. */
export function cookieNames(secure: boolean): Cookies {
  const prefix = secure ? '__Host-' : '';
  return { session: `${prefix}linewatt-session`, kiosk: `${prefix}linewatt-kiosk`, secure };
}

export async function guard(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { auth, counters } = deps;
  const throttle = createThrottle(deps.clock, 60_000, 2000);
  await app.register(fastifyCookie);
  app.decorateRequest('principal', null);

  const refuse = async (request: FastifyRequest, reply: FastifyReply, verdict: Verdict & { ok: false }) => {
    counters.count('requests_refused', verdict.reason);
    const route = request.routeOptions.url ?? 'unknown address';
    const who = request.principal;
    const times = throttle(`${who?.id ?? ''} ${request.ip} ${request.method} ${route}`);
    if (times !== null) {
      await auth.audit.note({
        kind: 'refused',
        actor: who?.id ?? null,
        name: who?.name ?? 'not signed in',
        address: request.ip,
        details: { method: request.method, route, reason: verdict.reason, before: times },
      });
    }
    const title = verdict.status === 401 ? 'Sign in' : 'Not allowed';
    return sendProblem(
      reply,
      new Problem(verdict.status, title, verdict.detail, {
        code: verdict.reason === 'signIn' ? 'signInNeeded' : 'mayNot',
      }),
    );
  };

  app.addHook('onRequest', async (request, reply) => {
    request.principal = await auth.principal(credentialsOf(request, deps.cookies));
    if (request.is404) return;
    const verdict = mayUse(request.principal, request.routeOptions.config.access, request.method);
    return verdict.ok ? undefined : refuse(request, reply, verdict);
  });
  app.addHook('preHandler', async (request, reply) => {
    const access = request.routeOptions.config.access;
    if (request.is404 || !access || access.roles === 'everyone') return;
    const world = { plant: deps.plant.current, entries: () => deps.ledger.entries() };
    const verdict = mayTouch(request.principal, access.object, request, world);
    return verdict.ok ? undefined : refuse(request, reply, verdict);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { principal } = request;
    if (reply.statusCode >= 400) return;
    if (request.method === 'POST' && principal?.session) await auth.sessions.touch(principal.session);
    const url = request.routeOptions.url ?? '';
    const kind = request.routeOptions.config.audit ?? (url.startsWith('/api/v1/reports/') ? 'export' : null);
    if (!kind || request.method === 'HEAD') return;
    await auth.audit.note({
      kind,
      actor: principal?.id ?? null,
      name: principal?.name ?? 'not signed in',
      address: request.ip,
      details: { method: request.method, url: request.url.slice(0, 500) },
    });
  });
}

export function credentialsOf(
  request: Pick<FastifyRequest, 'cookies' | 'headers'>,
  cookies: Cookies,
): Parameters<Auth['principal']>[0] {
  return {
    session: request.cookies[cookies.session],
    kiosk: request.cookies[cookies.kiosk],
    authorization: request.headers.authorization,
  };
}

/** The value of one cookie in a Cookie header: what a websocket's handshake brings, where no plugin has read it. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '').split(';').find((part) => part.trimStart().startsWith(`${name}=`));
  return found?.trim().slice(name.length + 1);
}

export function fromOf(request: FastifyRequest): From {
  return { address: request.ip, device: deviceOf(request.headers['user-agent']) };
}

/** A browser in words: enough to know one's own in a list. */
export function deviceOf(agent: string | undefined): string {
  if (agent === undefined) return 'unknown';
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)/.exec(agent)?.[1] ?? agent.slice(0, 40);
  const system = /(Android|iPad|iPhone|Windows|Mac OS X|CrOS|Linux)/.exec(agent)?.[1];
  const named = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system === undefined ? named : `${named} on ${system === 'Mac OS X' ? 'Mac' : system}`;
}

/** Name of whoever signed in; null where nobody did, and the body may say who it was. */
export function signedInName(request: FastifyRequest): string | null {
  const { principal } = request;
  return principal && (principal.kind === 'user' || principal.kind === 'demo') ? principal.name : null;
}
