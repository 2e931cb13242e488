import type { FastifyInstance } from 'fastify';
import { MINUTE } from '#shared/time/instant.ts';
import { everyone } from '../auth/access.ts';
import { AccountProblem } from '../auth/accounts.ts';
import { cookieOptions, startSession } from '../auth/cookies.ts';
import { fromOf } from '../auth/gate.ts';
import { CALLBACK, type Identity } from '../auth/oidc.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../problem.ts';

const COOKIE = 'linewatt-sso';

/**
 * Single sign-on: to the provider and back. What went wrong comes back to the sign-in page as words. The cookie of the way there
 * is SameSite=Lax, because the provider's page leads back here; it lives ten minutes and is good for nothing else.
 */
export function ssoRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { auth, singleSignOn } = deps;
  const config = { access: everyone, rateLimit: { max: auth.limits.signInsPerMinute, timeWindow: MINUTE } };
  const wayThere = () => ({ ...cookieOptions(deps, 600), sameSite: 'lax' as const, path: CALLBACK });

  app.get(
    '/api/v1/auth/sso',
    { config, schema: { summary: 'Sign in at the identity provider' } },
    async (_q, reply) => {
      if (!singleSignOn) throw notFound('There is no single sign-on here; server.yaml may name a provider.');
      try {
        const { url, kept } = await singleSignOn.start();
        reply.setCookie(COOKIE, kept, wayThere());
        return reply.redirect(url.href);
      } catch (error) {
        return reply.redirect(
          failed(`${singleSignOn.name} does not answer (${messageOf(error)}); try again, or ask its people`),
        );
      }
    },
  );
  app.get(
    CALLBACK,
    { config, schema: { summary: 'Where the provider sends people back to' } },
    async (request, reply) => {
      if (!singleSignOn) throw notFound('There is no single sign-on here; server.yaml may name a provider.');
      const kept = request.cookies[COOKIE];
      reply.clearCookie(COOKIE, wayThere());
      const refuse = async (why: string) => {
        const { address, device } = fromOf(request);
        await auth.audit.note({
          kind: 'signInRefused',
          actor: null,
          name: 'single sign-on',
          address,
          details: { via: 'singleSignOn', reason: why.slice(0, 200), device },
        });
        return reply.redirect(failed(why));
      };
      if (kept === undefined) return refuse('signing in took longer than ten minutes; begin again');
      try {
        const identity = await singleSignOn.finish(new URL(request.url, deps.publicUrl()), kept);
        if ('refused' in identity) return refuse(identity.refused);
        const account = await accountOf(identity);
        if (account.disabled || (account.endsAt !== null && account.endsAt <= deps.clock())) {
          return refuse(`the account ${account.name} has ended here`);
        }
        await startSession(deps, request, reply, account, 'singleSignOn');
        return reply.redirect('/');
      } catch (error) {
        return refuse(messageOf(error));
      }
    },
  );

  /** The account of an identity, with the role that the provider gives it today. */
  async function accountOf({ subject, name, role, scopes }: Identity) {
    const held = await auth.accounts.bySubject(subject);
    const onRecord = (kind: 'accountAdded' | 'accountChanged') => (inside: Parameters<typeof auth.audit.recordIn>[0]) =>
      auth.audit.recordIn(inside, {
        kind,
        actor: null,
        name: 'linewatt',
        address: null,
        details: { account: held?.name ?? name, role, scopes, by: singleSignOn?.name },
      });
    if (!held) return auth.accounts.add({ name, role, scopes, subject }, onRecord('accountAdded'));
    if (held.role === role && JSON.stringify(held.scopes) === JSON.stringify(scopes)) return held;
    return auth.accounts.change(held.id, { role, scopes }, onRecord('accountChanged'));
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AccountProblem) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** The sign-in page reads it from behind the `#`. */
function failed(why: string): string {
  return `/signin#${encodeURIComponent(why.slice(0, 300))}`;
}
