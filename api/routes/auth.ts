import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  demoBody,
  firstBody,
  kioskSignInBody,
  type MeAnswer,
  meAnswer,
  passwordBody,
  signInBody,
  switchBody,
} from '#shared/contract/account-answers.ts';
import { MINUTE, toIso } from '#shared/time/instant.ts';
import { everyone, ofNothing, reads } from '../auth/access.ts';
import { AccountProblem, type SignInResult } from '../auth/accounts.ts';
import { cookieOptions, endSession, startSession } from '../auth/cookies.ts';
import { fromOf } from '../auth/gate.ts';
import { me, sharedTablet } from '../auth/me.ts';
import { type Principal, visibleTo } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { Problem } from '../problem.ts';

/** Signing in and out, in every way but single sign-on. */
export function authRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { auth, cookies } = deps;
  const rateLimit = { max: auth.limits.signInsPerMinute, timeWindow: MINUTE };
  const open = { access: everyone, rateLimit };

  app.get(
    '/api/v1/auth/me',
    { config: { access: everyone }, schema: { summary: 'Who is asking', response: { 200: meAnswer } } },
    async (request) => me(deps, request),
  );
  app.post<{ Body: z.output<typeof signInBody> }>(
    '/api/v1/auth/sign-in',
    { config: open, schema: { summary: 'Sign in with a password', body: signInBody } },
    async (request, reply) => {
      const { name, password } = request.body;
      return finish(request, reply, name, 'password', await auth.accounts.withPassword(name, password));
    },
  );
  app.post<{ Body: z.output<typeof switchBody> }>(
    '/api/v1/auth/switch',
    { config: open, schema: { summary: 'Say who one is on a shared tablet, by badge or PIN', body: switchBody } },
    async (request, reply) => {
      if (!(await sharedTablet(deps, request))) {
        throw new Problem(403, 'Not allowed', 'A badge or a PIN counts only on a tablet that was enrolled as shared.');
      }
      const { body } = request;
      if ('badge' in body) {
        return finish(request, reply, 'a badge', 'badge', await auth.accounts.withBadge(body.badge));
      }
      const account = await auth.accounts.byId(body.account);
      const result = await auth.accounts.withPin(body.account, body.pin);
      return finish(request, reply, account?.name ?? 'unknown', 'pin', result);
    },
  );
  app.get(
    '/api/v1/auth/people',
    { config: { access: reads(ofNothing) }, schema: { summary: 'Who may say their PIN on this shared tablet' } },
    async (request) => {
      const tablet = await sharedTablet(deps, request);
      if (!tablet) return { items: [] };
      const plant = deps.plant.current;
      const now = deps.clock();
      const lines = linesOf(tablet, plant);
      const items = (await auth.accounts.list())
        .filter((a) => a.hasPin && !a.disabled && (a.endsAt === null || a.endsAt > now))
        .filter((a) => visibleTo(a, plant).all || lines.some((line) => linesOf(a, plant).includes(line)))
        .map(({ id, display }) => ({ id, name: display }));
      return { items };
    },
  );
  app.post<{ Body: z.output<typeof demoBody> }>(
    '/api/v1/auth/demo',
    { config: open, schema: { summary: 'Be one of the people of the demo plant', body: demoBody } },
    async (request, reply) => {
      const person = auth.demoPeople().find(({ id }) => id === request.body.person);
      if (!person) throw new Problem(403, 'Not allowed', 'There are demo people only on the demo plant, on localhost.');
      await startSession(deps, request, reply, person, 'demo');
      return me(deps, request);
    },
  );
  app.post<{ Body: z.output<typeof firstBody> }>(
    '/api/v1/auth/first',
    {
      config: open,
      schema: { summary: 'Make the first administrator, with the link of the console', body: firstBody },
    },
    async (request, reply) => {
      const { token, name, password } = request.body;
      if (!auth.isFirstToken(token)) {
        throw new Problem(403, 'Not allowed', 'That link is not the one of this start; the console shows it.');
      }
      const { address } = fromOf(request);
      const made = await granted(
        auth.addFirst({ name, password, role: 'admin' }, (inside, { id }) =>
          auth.audit.recordIn(inside, {
            kind: 'accountAdded',
            actor: id,
            name,
            address,
            details: { account: name, role: 'admin', by: 'the one-time link' },
          }),
        ),
      );
      if (!made) throw new Problem(409, 'Conflict', 'There is an administrator already; sign in, or ask them.');
      await startSession(deps, request, reply, made, 'link');
      return me(deps, request);
    },
  );
  app.post<{ Body: z.output<typeof kioskSignInBody> }>(
    '/api/v1/auth/kiosk',
    { config: open, schema: { summary: 'Give the token of a wall screen or tablet once', body: kioskSignInBody } },
    async (request, reply) => {
      const from = fromOf(request);
      const kiosk = await auth.kiosks.byToken(request.body.token);
      if (!kiosk) {
        throw new Problem(
          403,
          'Not allowed',
          'That token is revoked, over or unknown; an administrator makes a new one.',
        );
      }
      await auth.audit.record({
        kind: 'tokenEnrolled',
        actor: kiosk.id,
        name: kiosk.name,
        address: from.address,
        details: { scope: kiosk.scope, kind: kiosk.kind, device: from.device },
      });
      await auth.kiosks.seen(kiosk, from.address);
      reply.setCookie(cookies.kiosk, request.body.token, cookieOptions(deps, 400 * 86_400));
      return { kind: kiosk.kind, scope: kiosk.scope, name: kiosk.name };
    },
  );
  app.post(
    '/api/v1/auth/sign-out',
    { config: { access: everyone }, schema: { summary: 'End this session' } },
    async (request, reply) => {
      await endSession(deps, request, reply);
      return me(deps, request);
    },
  );
  app.post<{ Body: z.output<typeof passwordBody> }>(
    '/api/v1/auth/password',
    {
      config: { access: reads(ofNothing), rateLimit },
      schema: { summary: 'Take another password; every other session of mine ends', body: passwordBody },
    },
    async (request) => {
      const { principal } = request;
      const account = principal?.kind === 'user' && principal.id ? await auth.accounts.byId(principal.id) : null;
      if (!account) throw new Problem(403, 'Not allowed', 'Only somebody with an account has a password.');
      const result = await auth.accounts.withPassword(account.name, request.body.current);
      if ('refused' in result) throw refusal(result);
      const { address } = fromOf(request);
      const { id, name } = account;
      await granted(
        auth.accounts.change(id, { password: request.body.next }, (inside) =>
          auth.audit.recordIn(inside, {
            kind: 'accountChanged',
            actor: id,
            name,
            address,
            details: { account: name, changed: ['password'] },
          }),
        ),
      );
      await auth.endOf(id, principal?.session ?? null);
      return { changed: true };
    },
  );

  async function finish(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    via: 'password' | 'pin' | 'badge',
    result: SignInResult,
  ): Promise<MeAnswer> {
    if ('refused' in result) {
      const { address, device } = fromOf(request);
      await auth.audit.note({
        kind: result.refused === 'locked' ? 'locked' : 'signInRefused',
        actor: null,
        name: name.slice(0, 64),
        address,
        details: { via, reason: result.refused, device },
      });
      deps.counters.count('sign_ins_refused', result.refused);
      const problem = refusal(result, via);
      if (result.until !== null) {
        reply.header('retry-after', Math.ceil((result.until - deps.clock()) / 1000));
      }
      throw problem;
    }
    await startSession(deps, request, reply, result.account, via);
    return me(deps, request);
  }
}

/** The same words for an unknown name and a wrong password; only who has the right one learns that an account is over. */
function refusal(result: Extract<SignInResult, { refused: string }>, via = 'password'): Problem {
  if (result.refused === 'locked') {
    const until = result.until === null ? '' : ` until ${toIso(result.until).slice(11, 16)} UTC`;
    return new Problem(
      429,
      'Locked',
      `Too many wrong tries: this account is locked${until}. An administrator can help.`,
      { code: 'locked', ...(result.until !== null && { until: toIso(result.until) }) },
    );
  }
  const detail = {
    password: 'The name or the password is wrong, or the account has ended.',
    pin: 'The PIN is wrong.',
    badge: 'This badge is not known here.',
  }[via];
  const code = { password: 'wrongPassword', pin: 'wrongPin', badge: 'unknownBadge' }[via];
  return new Problem(401, 'Sign in', detail ?? 'That was not right.', code === undefined ? {} : { code });
}

async function granted<T>(wish: Promise<T>): Promise<T> {
  try {
    return await wish;
  } catch (error) {
    if (error instanceof AccountProblem) throw new Problem(422, 'Cannot be done', `${error.message}.`);
    throw error;
  }
}

function linesOf(of: Pick<Principal, 'scopes'>, plant: ApiDeps['plant']['current']): string[] {
  const visible = visibleTo(of, plant);
  if (visible.all) return [...plant.lines.keys()];
  const ofMachines = [...visible.machines].map((id) => plant.machines.get(id)?.line ?? '');
  return [...new Set([...visible.lines, ...ofMachines])];
}
