import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import type { Account } from './accounts.ts';
import type { Via } from './auth.ts';
import type { DemoPerson } from './demo-people.ts';
import { credentialsOf, fromOf } from './gate.ts';

/*
 * Sessions in the browser: HttpOnly, so that no script reads them; SameSite=Strict, so that no other page uses them; over TLS
 * with the `__Host-` prefix. What a browser brought along is never kept: signing in makes a new token and ends the old one.
 */
export const cookieOptions = ({ cookies }: Pick<ApiDeps, 'cookies'>, maxAge: number) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: cookies.secure, maxAge }) as const;

export async function startSession(
  deps: ApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  who: Account | DemoPerson,
  via: Via,
): Promise<void> {
  const { auth, cookies } = deps;
  const { session, token } = await auth.start(who, via, fromOf(request));
  const before = request.principal?.session;
  if (before) await auth.end(before);
  reply.setCookie(cookies.session, token, cookieOptions(deps, auth.limits.sessionHours * 3600));
  request.principal = {
    kind: session.kind,
    id: who.id,
    name: who.name,
    role: who.role,
    scopes: who.scopes,
    session: session.id,
  };
}

/** Ends the session of the request, if it has one, and forgets the cookie. */
export async function endSession(deps: ApiDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { auth, cookies } = deps;
  const { principal } = request;
  if (principal?.session) {
    await auth.end(principal.session);
    await auth.audit.note({
      kind: 'signOut',
      actor: principal.id,
      name: principal.name,
      address: request.ip,
      details: {},
    });
  }
  reply.clearCookie(cookies.session, cookieOptions(deps, 0));
  request.principal = await auth.principal({ ...credentialsOf(request, cookies), session: undefined });
}
