import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type AccountAnswer,
  accountAnswer,
  accountList,
  changeAccountBody,
  idParams,
  newAccountBody,
  type SessionAnswer,
  sessionList,
} from '#shared/contract/account-answers.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { administers, ofNothing, reads } from '../auth/access.ts';
import { type Account, type AccountChange, AccountProblem, type Also } from '../auth/accounts.ts';
import { DEMO_PEOPLE } from '../auth/demo-people.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, Problem } from '../problem.ts';
import { scopeOf } from '../scope.ts';

/** Accounts and the sessions that are open on them, for administrators; one's own sessions for everybody. */
export function userRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { auth } = deps;

  app.get(
    '/api/v1/users',
    { config: { access: administers }, schema: { summary: 'Accounts', response: { 200: accountList } } },
    async () => ({ items: (await auth.accounts.list()).map(asAnswer) }),
  );
  app.post<{ Body: z.output<typeof newAccountBody> }>(
    '/api/v1/users',
    {
      config: { access: administers },
      schema: { summary: 'Add an account', body: newAccountBody, response: { 201: accountAnswer } },
    },
    async (request, reply) => {
      const { name, role, ...rest } = request.body;
      checkScopes(rest.scopes);
      const change = changeOf(rest);
      const also = onRecord(request, 'accountAdded', { role, ...shown(change) });
      const made = await granted(auth.accounts.add({ ...change, name, role }, also));
      return reply.code(201).send(asAnswer(made));
    },
  );
  app.post<{ Params: z.output<typeof idParams>; Body: z.output<typeof changeAccountBody> }>(
    '/api/v1/users/:id',
    {
      config: { access: administers },
      schema: {
        summary: 'Change an account; its sessions end where it may do less or signs in otherwise',
        params: idParams,
        body: changeAccountBody,
        response: { 200: accountAnswer },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (!(await auth.accounts.byId(id))) throw notFound('There is no such account.');
      checkScopes(request.body.scopes);
      const change = changeOf(request.body);
      const changed = await granted(
        auth.accounts.change(id, change, onRecord(request, 'accountChanged', shown(change))),
      );
      const { role, scopes, password, disabled, endsAt } = change;
      if ([role, scopes, password, disabled, endsAt].some((value) => value !== undefined)) {
        await auth.endOf(id, request.principal?.session ?? null);
      }
      return asAnswer(changed);
    },
  );
  app.get(
    '/api/v1/sessions',
    {
      config: { access: reads(ofNothing) },
      schema: {
        summary: 'Who is signed in now; administrators see all, others their own',
        response: { 200: sessionList },
      },
    },
    async ({ principal }) => {
      const isAdmin = principal?.role === 'admin';
      const people = new Map<string, { readonly name: string; readonly role: string }>();
      for (const person of [...DEMO_PEOPLE, ...(await auth.accounts.list())]) people.set(person.id, person);
      const items = (await auth.sessions.list())
        .filter((session) => isAdmin || (principal?.session !== null && session.account === principal?.id))
        .map(
          ({ id, account, via, address, device, createdAt, seenAt, endsAt }): SessionAnswer => ({
            id,
            account,
            name: people.get(account)?.name ?? 'gone',
            role: people.get(account)?.role ?? 'viewer',
            via,
            address,
            device,
            createdAt: toIso(createdAt),
            seenAt: toIso(seenAt),
            endsAt: toIso(endsAt),
            screens: deps.screensOf(id),
            own: id === principal?.session,
          }),
        );
      return { items };
    },
  );
  app.post<{ Params: z.output<typeof idParams> }>(
    '/api/v1/sessions/:id/end',
    {
      config: { access: reads(ofNothing) },
      schema: {
        summary: 'End a session now; administrators any, others their own',
        params: idParams,
        response: { 200: z.object({ ended: z.boolean() }) },
      },
    },
    async ({ params, principal, ip }) => {
      const session = await auth.sessions.byId(params.id);
      const isOwn = session !== null && principal?.session !== null && session.account === principal?.id;
      // Who may not end it learns as little as who asks for one that is not there.
      if (!isOwn && principal?.role !== 'admin') throw new Problem(403, 'Not allowed', 'That is no session of yours.');
      if (!session) throw notFound('That session has ended already.');
      await auth.audit.record({
        kind: 'sessionEnded',
        actor: principal?.id ?? null,
        name: principal?.name ?? '',
        address: ip,
        details: { session: session.id, account: session.account, device: session.device },
      });
      await auth.end(session.id);
      return { ended: true };
    },
  );

  function onRecord(
    request: FastifyRequest,
    kind: 'accountAdded' | 'accountChanged',
    details: Record<string, unknown>,
  ): Also {
    const { principal, ip } = request;
    return (inside, account) =>
      auth.audit.recordIn(inside, {
        kind,
        actor: principal?.id ?? null,
        name: principal?.name ?? '',
        address: ip,
        details: { account: account.name, ...details },
      });
  }

  function checkScopes(scopes: 'all' | readonly string[] | undefined): void {
    if (scopes === undefined || scopes === 'all') return;
    const missing = scopes.find((scope) => !scopeOf(deps.plant.current, scope));
    if (missing !== undefined) {
      throw new Problem(422, 'Cannot be done', `This plant has no ${missing}; /api/v1/plant lists what there is.`);
    }
  }
}

function changeOf(body: z.output<typeof changeAccountBody>): AccountChange {
  const { endsAt, ...rest } = body;
  return { ...rest, ...(endsAt !== undefined && { endsAt: endsAt === null ? null : Date.parse(endsAt) }) };
}

/** What the audit log says of a change: never a secret, only that there is a new one. */
function shown({ password, pin, badge, endsAt, ...open }: AccountChange): Record<string, unknown> {
  const secret = (value: unknown): string | undefined =>
    value === undefined ? undefined : value === null ? 'taken away' : 'new';
  return {
    ...open,
    ...(endsAt !== undefined && { endsAt: isoOrNull(endsAt) }),
    password: secret(password),
    pin: secret(pin),
    badge: secret(badge),
  };
}

async function granted<T>(wish: Promise<T>): Promise<T> {
  try {
    return await wish;
  } catch (error) {
    if (error instanceof AccountProblem) throw new Problem(422, 'Cannot be done', `${error.message}.`);
    throw error;
  }
}

const isoOrNull = (t: Instant | null): string | null => (t === null ? null : toIso(t));

function asAnswer(account: Account): AccountAnswer {
  return {
    ...account,
    endsAt: isoOrNull(account.endsAt),
    lockedUntil: isoOrNull(account.lockedUntil),
    createdAt: toIso(account.createdAt),
    lastSignIn: isoOrNull(account.lastSignIn),
  };
}
