import { randomBytes } from 'node:crypto';
import type { Instant } from '#shared/time/instant.ts';
import { digestOf, randomToken } from './secrets.ts';
import { column, instantIn, type Row, type Sql, textIn } from './sql.ts';

/*
 * Tokens of things, not of people: a wall screen, a shared tablet, a program that reads figures.
 *
 * - Read-only, one scope, revocable; the database keeps a hash, and the token is told once.
 * - A tablet's token also lets people say who they are with a PIN or a badge; by itself it only reads.
 */
export const KIOSK_KINDS = ['wall', 'tablet', 'program'] as const;
export type KioskKind = (typeof KIOSK_KINDS)[number];

export interface Kiosk {
  readonly id: string;
  readonly name: string;
  readonly kind: KioskKind;
  /** Scope text, as `line:filling`. */
  readonly scope: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly endsAt: Instant | null;
  readonly revokedAt: Instant | null;
  readonly seenAt: Instant | null;
  readonly address: string | null;
}

export interface NewKiosk {
  readonly name: string;
  readonly kind: KioskKind;
  readonly scope: string;
  readonly createdBy: string;
  readonly endsAt: Instant | null;
}

export interface Kiosks {
  add(
    kiosk: NewKiosk,
    also?: (inside: Sql, kiosk: Kiosk) => Promise<unknown>,
  ): Promise<{ readonly kiosk: Kiosk; readonly token: string }>;
  /** Null for one that is revoked, over or unknown. */
  byToken(token: string): Promise<Kiosk | null>;
  list(): Promise<readonly Kiosk[]>;
  alive(ids: readonly string[]): Promise<ReadonlySet<string>>;
  seen(kiosk: Kiosk, address: string): Promise<void>;
  /** Null where it was revoked before or never was. */
  revoke(id: string): Promise<Kiosk | null>;
}

const SEEN_EVERY_MS = 60_000;
/** So that a token that lies about is known for what it is. */
const PREFIX = 'lwk_';

export function createKiosks(sql: Sql, clock: () => Instant): Kiosks {
  const isAlive = ({ endsAt, revokedAt }: Kiosk): boolean =>
    revokedAt === null && (endsAt === null || endsAt > clock());
  const byId = async (id: string): Promise<Kiosk | null> => {
    const [row] = await sql.all('SELECT * FROM kiosk WHERE id = ?', [id]);
    return row ? kioskOf(row) : null;
  };
  return {
    async add({ name, kind, scope, createdBy, endsAt }, also) {
      const token = PREFIX + randomToken();
      const kiosk: Kiosk = {
        id: randomBytes(8).toString('hex'),
        name: name.trim().slice(0, 100) || scope,
        kind,
        scope,
        createdAt: clock(),
        createdBy,
        endsAt,
        revokedAt: null,
        seenAt: null,
        address: null,
      };
      await sql.transaction(async (inside) => {
        await inside.run(
          `INSERT INTO kiosk (id, name, kind, scope, digest, createdAt, createdBy, endsAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          [kiosk.id, kiosk.name, kind, scope, digestOf(token), kiosk.createdAt, createdBy, endsAt],
        );
        await also?.(inside, kiosk);
      });
      return { kiosk, token };
    },
    async byToken(token) {
      if (!token.startsWith(PREFIX)) return null;
      const [row] = await sql.all('SELECT * FROM kiosk WHERE digest = ?', [digestOf(token)]);
      const kiosk = row ? kioskOf(row) : null;
      return kiosk && isAlive(kiosk) ? kiosk : null;
    },
    list: async () => (await sql.all('SELECT * FROM kiosk ORDER BY createdAt DESC')).map(kioskOf),
    async alive(ids) {
      if (ids.length === 0) return new Set();
      const rows = await sql.all(`SELECT * FROM kiosk WHERE id IN (${ids.map(() => '?').join(', ')})`, ids);
      return new Set(
        rows
          .map(kioskOf)
          .filter(isAlive)
          .map(({ id }) => id),
      );
    },
    async seen(kiosk, address) {
      const now = clock();
      if (kiosk.seenAt !== null && now - kiosk.seenAt < SEEN_EVERY_MS) return;
      await sql.run('UPDATE kiosk SET seenAt = ?, address = ? WHERE id = ?', [now, address.slice(0, 64), kiosk.id]);
    },
    async revoke(id) {
      const kiosk = await byId(id);
      if (!kiosk || kiosk.revokedAt !== null) return null;
      await sql.run('UPDATE kiosk SET revokedAt = ? WHERE id = ?', [clock(), id]);
      return byId(id);
    },
  };
}

function kioskOf(row: Row): Kiosk {
  const kind = column(row, 'kind');
  return {
    id: String(column(row, 'id')),
    name: String(column(row, 'name')),
    kind: KIOSK_KINDS.find((known) => known === kind) ?? 'wall',
    scope: String(column(row, 'scope')),
    createdAt: Number(column(row, 'createdAt')),
    createdBy: String(column(row, 'createdBy')),
    endsAt: instantIn(row, 'endsAt'),
    revokedAt: instantIn(row, 'revokedAt'),
    seenAt: instantIn(row, 'seenAt'),
    address: textIn(row, 'address'),
  };
}
