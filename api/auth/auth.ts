import { timingSafeEqual } from 'node:crypto';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type Audit, createAudit } from '../audit/audit.ts';
import type { Counters } from '../metrics/counters.ts';
import { type Account, type Accounts, type Also, createAccounts, type NewAccount } from './accounts.ts';
import { DEMO_PEOPLE } from './demo-people.ts';
import { createKiosks, type Kiosk, type Kiosks } from './kiosks.ts';
import { ANYONE, type Principal, VISITOR } from './principal.ts';
import { digestOf, randomToken, type Secrets } from './secrets.ts';
import { createSessions, type Session, type Sessions } from './sessions.ts';
import type { Sql } from './sql.ts';

/*
 * Who is asking. Three ways in which the server answers somebody who has not signed in:
 *
 * - `open`: no account exists, and the address is the loopback one (or the start said in words that it may be open). Everything
 *   is read and entered as before there were accounts; nothing is administered.
 * - `demo`: accounts exist and the demo plant is served on the loopback address. Everything may be looked at.
 * - `closed`: accounts exist. Nothing without signing in.
 */
export type Mode = 'open' | 'demo' | 'closed';

export interface Credentials {
  readonly session: string | undefined;
  readonly kiosk: string | undefined;
  /** The Authorization header. */
  readonly authorization: string | undefined;
}

export interface AuthOptions {
  readonly sql: Sql;
  readonly secrets: Secrets;
  readonly plant: () => Plant;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly loopback: boolean;
  /** The start said in words that the network may use it without accounts and TLS. */
  readonly unprotected?: boolean;
  readonly limits?: Partial<AuthLimits>;
}

export interface AuthLimits {
  readonly sessionHours: number;
  readonly idleMinutes: number;
  /** Without an entry, a person on a shared tablet is signed out after this. */
  readonly tabletMinutes: number;
  /** Attempts to sign in from one address in a minute. */
  readonly signInsPerMinute: number;
}

export const AUTH_LIMITS: AuthLimits = { sessionHours: 12, idleMinutes: 60, tabletMinutes: 10, signInsPerMinute: 20 };

export type Via = 'password' | 'singleSignOn' | 'pin' | 'badge' | 'link' | 'demo';

export interface Auth {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly kiosks: Kiosks;
  readonly audit: Audit;
  readonly limits: AuthLimits;
  readonly demoPeople: () => typeof DEMO_PEOPLE;
  mode(): Promise<Mode>;
  /** Null: nobody the server knows. */
  principal(credentials: Credentials): Promise<Principal | null>;
  start(
    who: Account | (typeof DEMO_PEOPLE)[number],
    via: Via,
    from: From,
  ): Promise<{ session: Session; token: string }>;
  /** Ends a session; its sockets close within two seconds wherever they are. */
  end(session: string): Promise<Session | null>;
  endOf(account: string, but?: string | null): Promise<number>;
  revoke(kiosk: string): Promise<Kiosk | null>;
  /** Told at once of what ended here; replicas notice by `stillValid`. */
  onEnded(listener: (ids: readonly string[]) => void): void;
  /** Of sessions and tokens. */
  stillValid(sessions: readonly string[], kiosks: readonly string[]): Promise<ReadonlySet<string>>;
  /** The one-time token of the first administrator; good while there is none, until the next start. */
  readonly firstToken: string;
  isFirstToken(token: string): boolean;
  addFirst(account: NewAccount, also?: Also): Promise<Account | null>;
}

export interface From {
  readonly address: string;
  readonly device: string;
}

export function createAuth(options: AuthOptions): Auth {
  const { sql, secrets, plant, clock, counters, loopback, unprotected = false } = options;
  const limits = { ...AUTH_LIMITS, ...options.limits };
  const accounts = createAccounts(sql, secrets.pepper, clock);
  const sessions = createSessions(sql, clock);
  const kiosks = createKiosks(sql, clock);
  const audit = createAudit(sql, secrets.audit, clock, counters);
  const listeners: ((ids: readonly string[]) => void)[] = [];
  const tell = (ids: readonly string[]): void => {
    if (ids.length > 0) for (const listener of listeners) listener(ids);
  };
  const firstToken = randomToken();
  const firstDigest = Buffer.from(digestOf(firstToken));
  // Accounts are never deleted, so once there is one there always is.
  let anyAccount = false;
  const isDemo = (): boolean => plant().demo !== null && loopback;

  const mode = async (): Promise<Mode> => {
    anyAccount ||= await accounts.any();
    if (!anyAccount) return loopback || unprotected ? 'open' : 'closed';
    return isDemo() ? 'demo' : 'closed';
  };

  const ofSession = async (token: string): Promise<Principal | null> => {
    const session = await sessions.byToken(token);
    if (!session) return null;
    if (session.kind === 'demo') {
      const person = isDemo() ? DEMO_PEOPLE.find(({ id }) => id === session.account) : undefined;
      if (!person) return null;
      await sessions.seen(session);
      return { ...person, kind: 'demo', session: session.id };
    }
    const account = await accounts.byId(session.account);
    if (!account || account.disabled || (account.endsAt !== null && account.endsAt <= clock())) return null;
    // On a shared tablet only an entry shows that the person is still there; its gate calls `seen`.
    if (session.via !== 'pin' && session.via !== 'badge') await sessions.seen(session);
    const { id, name, role, scopes } = account;
    return { kind: 'user', id, name, role, scopes, session: session.id };
  };

  const ofToken = async (token: string): Promise<Principal | null> => {
    const kiosk = await kiosks.byToken(token);
    if (!kiosk) return null;
    const kind = kiosk.kind === 'tablet' ? ('tablet' as const) : ('kiosk' as const);
    const scopes = kiosk.scope === 'site' ? ('all' as const) : [kiosk.scope];
    return { kind, id: kiosk.id, name: kiosk.name, role: 'viewer', scopes, session: null };
  };

  return {
    accounts,
    sessions,
    kiosks,
    audit,
    limits,
    demoPeople: () => (isDemo() ? DEMO_PEOPLE : []),
    mode,
    async principal({ session, kiosk, authorization }) {
      if (authorization !== undefined) {
        const bearer = /^Bearer ([\w-]{20,100})$/i.exec(authorization)?.[1];
        return bearer === undefined ? null : ofToken(bearer);
      }
      const person = session === undefined ? null : await ofSession(session);
      if (person) return person;
      const thing = kiosk === undefined ? null : await ofToken(kiosk);
      if (thing) return thing;
      const now = await mode();
      return now === 'open' ? ANYONE : now === 'demo' ? VISITOR : null;
    },
    async start(who, via, from) {
      const isPerson = 'createdAt' in who;
      const isShort = via === 'pin' || via === 'badge';
      await audit.record({
        kind: 'signIn',
        actor: who.id,
        name: who.name,
        address: from.address,
        details: { via, role: who.role, device: from.device },
      });
      const started = await sessions.start({
        account: who.id,
        kind: isPerson ? 'user' : 'demo',
        via,
        lifeMs: limits.sessionHours * 3_600_000,
        idleMs: (isShort ? limits.tabletMinutes : limits.idleMinutes) * 60_000,
        ...from,
      });
      if (isPerson) await accounts.noteSignIn(who.id);
      return started;
    },
    async end(id) {
      const ended = await sessions.end(id);
      tell([id]);
      return ended;
    },
    async endOf(account, but) {
      const ended = await sessions.endOf(account, but);
      tell(ended);
      return ended.length;
    },
    async revoke(id) {
      const revoked = await kiosks.revoke(id);
      tell([id]);
      return revoked;
    },
    onEnded: (listener) => void listeners.push(listener),
    async stillValid(sessionIds, kioskIds) {
      const [people, things] = [await sessions.alive(sessionIds), await kiosks.alive(kioskIds)];
      return new Set([...people, ...things]);
    },
    firstToken,
    isFirstToken(token) {
      const given = Buffer.from(digestOf(token));
      return given.length === firstDigest.length && timingSafeEqual(given, firstDigest);
    },
    async addFirst(account, also) {
      const made = await accounts.addFirst(account, also);
      if (made) anyAccount = true;
      return made;
    },
  };
}
