import type { FastifyRequest } from 'fastify';
import type { MeAnswer } from '#shared/contract/account-answers.ts';
import type { ApiDeps } from '../deps.ts';
import { administers, decides, entersEntry, ofNothing, reads } from './access.ts';
import { credentialsOf } from './gate.ts';
import { mayUse } from './may.ts';
import type { Principal } from './principal.ts';

/** The tablet that this request came from, where it is one that many share, whoever is signed in on it. */
export async function sharedTablet(
  { auth, cookies }: Pick<ApiDeps, 'auth' | 'cookies'>,
  request: FastifyRequest,
): Promise<Principal | null> {
  const { kiosk } = credentialsOf(request, cookies);
  if (kiosk === undefined) return null;
  const thing = await auth.principal({ session: undefined, kiosk, authorization: undefined });
  return thing?.kind === 'tablet' ? thing : null;
}

/** Who is asking, and what their page may offer. */
export async function me(
  deps: Pick<ApiDeps, 'auth' | 'singleSignOn' | 'cookies'>,
  request: FastifyRequest,
): Promise<MeAnswer> {
  const { auth, singleSignOn } = deps;
  const { principal } = request;
  const mode = await auth.mode();
  const known = principal && principal.kind !== 'anyone' && principal.kind !== 'visitor' ? principal : null;
  const session = known?.session ? await auth.sessions.byId(known.session) : null;
  const isShort = session?.via === 'pin' || session?.via === 'badge';
  return {
    mode,
    who: known && {
      kind: known.kind as 'user' | 'demo' | 'kiosk' | 'tablet',
      id: known.id ?? '',
      name: known.name,
      role: known.role,
      scopes: known.scopes,
      session: known.session,
    },
    may: {
      read: mayUse(principal, reads(ofNothing), 'GET').ok,
      enter: mayUse(principal, entersEntry, 'POST').ok,
      decide: mayUse(principal, decides(ofNothing), 'POST').ok,
      administer: mayUse(principal, administers, 'POST').ok,
    },
    first: !(await auth.accounts.anyAdmin()),
    demoPeople: auth.demoPeople().map(({ id, name, role }) => ({ id, name, role })),
    singleSignOn: singleSignOn && { name: singleSignOn.name },
    sharedTablet: (await sharedTablet(deps, request)) !== null,
    tabletMinutes: isShort ? auth.limits.tabletMinutes : null,
  };
}
