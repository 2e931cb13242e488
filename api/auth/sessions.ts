import { randomBytes } from 'node:crypto';
import type { Instant } from '#shared/time/instant.ts';
import { digestOf, randomToken } from './secrets.ts';
import { column, type Row, type Sql, textIn } from './sql.ts';

/*
 * - The browser keeps a random token; the database keeps its hash. A new sign-in is a new token, never one that came in.
 * - A session ends by itself: at `endsAt` whatever happens, and after `idleMs` without a request.
 * - An account has at most ten; the one that was seen longest ago makes room.
 * - A session that ended is deleted; the audit log remembers it.
 */
export interface Session {
  readonly id: string;
  /** Account or demo person. */
  readonly account: string;
  readonly kind: 'user' | 'demo';
  /** How: password, singleSignOn, pin, badge, link, demo. */
  readonly via: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly endsAt: Instant;
  readonly idleMs: number;
  readonly address: string;
  /** Browser or tablet, in words. */
  readonly device: string;
}

export interface NewSession {
  readonly account: string;
  readonly kind: 'user' | 'demo';
  readonly via: string;
  readonly lifeMs: number;
  readonly idleMs: number;
  readonly address: string;
  readonly device: string;
}

export interface Sessions {
  /** The token is for the cookie, and told only here. */
  start(session: NewSession): Promise<{ readonly session: Session; readonly token: string }>;
  byToken(token: string): Promise<Session | null>;
  byId(id: string): Promise<Session | null>;
  list(): Promise<readonly Session[]>;
  /** Those of the ids that have not ended. */
  alive(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Moves `seenAt`; at most once in a while, so that a read is not a write each time. */
  seen(session: Session): Promise<void>;
  /** The person has just done something. */
  touch(id: string): Promise<void>;
  /** Null where it had ended already. */
  end(id: string): Promise<Session | null>;
  /** All of an account but one. */
  endOf(account: string, but?: string | null): Promise<readonly string[]>;
  endAll(): Promise<void>;
  /** Removes what ended by time. */
  sweep(): Promise<readonly Session[]>;
}

const MOST_PER_ACCOUNT = 10;
const SEEN_EVERY_MS = 20_000;

export function createSessions(sql: Sql, clock: () => Instant): Sessions {
  const self: Sessions = {
    async start(wish) {
      const token = randomToken();
      const now = clock();
      const session: Session = {
        id: randomBytes(8).toString('hex'),
        account: wish.account,
        kind: wish.kind,
        via: wish.via,
        createdAt: now,
        seenAt: now,
        endsAt: now + wish.lifeMs,
        idleMs: wish.idleMs,
        address: wish.address.slice(0, 64),
        device: wish.device.slice(0, 120),
      };
      await sql.transaction(async (inside) => {
        const held = await inside.all('SELECT id FROM session WHERE account = ? ORDER BY seenAt', [wish.account]);
        for (const row of held.slice(0, Math.max(0, held.length - MOST_PER_ACCOUNT + 1))) {
          await inside.run('DELETE FROM session WHERE id = ?', [textIn(row, 'id')]);
        }
        await inside.run(
          `INSERT INTO session (id, account, kind, via, createdAt, seenAt, endsAt, idleMs, address, device, digest)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            session.id,
            session.account,
            session.kind,
            session.via,
            session.createdAt,
            session.seenAt,
            session.endsAt,
            session.idleMs,
            session.address,
            session.device,
            digestOf(token),
          ],
        );
      });
      return { session, token };
    },
    async byToken(token) {
      const [row] = await sql.all('SELECT * FROM session WHERE digest = ?', [digestOf(token)]);
      const session = row ? sessionOf(row) : null;
      return session && isAlive(session, clock()) ? session : null;
    },
    async byId(id) {
      const [row] = await sql.all('SELECT * FROM session WHERE id = ?', [id]);
      return row ? sessionOf(row) : null;
    },
    async list() {
      const now = clock();
      const rows = await sql.all('SELECT * FROM session ORDER BY seenAt DESC');
      return rows.map(sessionOf).filter((session) => isAlive(session, now));
    },
    async alive(ids) {
      if (ids.length === 0) return new Set();
      const marks = ids.map(() => '?').join(', ');
      const now = clock();
      const rows = await sql.all(`SELECT * FROM session WHERE id IN (${marks})`, ids);
      return new Set(
        rows
          .map(sessionOf)
          .filter((session) => isAlive(session, now))
          .map(({ id }) => id),
      );
    },
    async seen(session) {
      const now = clock();
      if (now - session.seenAt < Math.min(SEEN_EVERY_MS, session.idleMs / 4)) return;
      await sql.run('UPDATE session SET seenAt = ? WHERE id = ?', [now, session.id]);
    },
    async touch(id) {
      await sql.run('UPDATE session SET seenAt = ? WHERE id = ?', [clock(), id]);
    },
    async end(id) {
      const [row] = await sql.all('SELECT * FROM session WHERE id = ?', [id]);
      const changed = await sql.run('DELETE FROM session WHERE id = ?', [id]);
      return row && changed > 0 ? sessionOf(row) : null;
    },
    async endOf(account, but = null) {
      const rows = await sql.all('SELECT id FROM session WHERE account = ?', [account]);
      const ids = rows.map((row) => String(column(row, 'id'))).filter((id) => id !== but);
      for (const id of ids) await sql.run('DELETE FROM session WHERE id = ?', [id]);
      return ids;
    },
    async endAll() {
      await sql.run('DELETE FROM session');
    },
    async sweep() {
      const now = clock();
      const over = (await sql.all('SELECT * FROM session')).map(sessionOf).filter((s) => !isAlive(s, now));
      for (const { id } of over) await sql.run('DELETE FROM session WHERE id = ?', [id]);
      return over;
    },
  };
  return self;
}

function isAlive({ endsAt, seenAt, idleMs }: Session, now: Instant): boolean {
  return now < endsAt && now - seenAt < idleMs;
}

function sessionOf(row: Row): Session {
  return {
    id: String(column(row, 'id')),
    account: String(column(row, 'account')),
    kind: column(row, 'kind') === 'demo' ? 'demo' : 'user',
    via: String(column(row, 'via')),
    createdAt: Number(column(row, 'createdAt')),
    seenAt: Number(column(row, 'seenAt')),
    endsAt: Number(column(row, 'endsAt')),
    idleMs: Number(column(row, 'idleMs')),
    address: String(column(row, 'address')),
    device: String(column(row, 'device')),
  };
}
