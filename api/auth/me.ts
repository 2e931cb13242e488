import type { FastifyRequest } from 'fastify';
import type { MeAnswer } from '#shared/contract/account-answers.ts';
import type { ApiDeps } from '../deps.ts';
import { administers, decides, entersEntry, ofNothing, reads } from './access.ts';
import { mayUse } from './may.ts';

/** Who is asking, and what their page may offer. */
export async function me(
  deps: Pick<ApiDeps, 'auth' | 'singleSignOn'>,
  { principal }: FastifyRequest,
): Promise<MeAnswer> {
  const { auth, singleSignOn } = deps;
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
    tabletMinutes: isShort ? auth.limits.tabletMinutes : null,
  };
}
