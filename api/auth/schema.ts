import { UserError } from '#shared/contract/command.ts';
import type { Sql } from './sql.ts';

const VERSION = 1;

/** Instants are epoch ms; lists are JSON; secrets are hashes. */
const TABLES = [
  'CREATE TABLE IF NOT EXISTS account_schema (version BIGINT NOT NULL)',
  `CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, display TEXT NOT NULL, role TEXT NOT NULL, scopes TEXT NOT NULL,
    password TEXT, pin TEXT, badge TEXT UNIQUE, subject TEXT UNIQUE, sponsor TEXT, endsAt BIGINT, disabled BIGINT NOT NULL,
    failures BIGINT NOT NULL, lockedUntil BIGINT, createdAt BIGINT NOT NULL, lastSignIn BIGINT)`,
  `CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL, via TEXT NOT NULL,
    createdAt BIGINT NOT NULL, seenAt BIGINT NOT NULL, endsAt BIGINT NOT NULL, idleMs BIGINT NOT NULL, address TEXT NOT NULL,
    device TEXT NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS session_account ON session (account)',
  `CREATE TABLE IF NOT EXISTS kiosk (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
    createdAt BIGINT NOT NULL, createdBy TEXT NOT NULL, endsAt BIGINT, revokedAt BIGINT, seenAt BIGINT, address TEXT)`,
  `CREATE TABLE IF NOT EXISTS audit (
    seq BIGINT PRIMARY KEY, recordedAt BIGINT NOT NULL, kind TEXT NOT NULL, actor TEXT, name TEXT NOT NULL, address TEXT,
    details TEXT NOT NULL, hash TEXT NOT NULL)`,
];

/** SQLite itself refuses a change of the log; on PostgreSQL the grants of the role do (docs/security.md). */
const SQLITE_GUARDS = [
  `CREATE TRIGGER IF NOT EXISTS audit_keep_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
  `CREATE TRIGGER IF NOT EXISTS audit_keep_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
];

/** Makes what is missing. @throws UserError for tables that a newer Linewatt wrote. */
export function prepareAccounts(sql: Sql): Promise<void> {
  // In one step, because two replicas may start at the same time.
  return sql.transaction(async (inside) => {
    for (const table of TABLES) await inside.run(table);
    if (inside.engine === 'sqlite') for (const guard of SQLITE_GUARDS) await inside.run(guard);
    const [held] = await inside.all('SELECT version FROM account_schema');
    if (!held) await inside.run('INSERT INTO account_schema (version) VALUES (?)', [VERSION]);
    else if (Number(held['version']) > VERSION) {
      throw new UserError(
        `the accounts were written by a newer Linewatt (schema ${held['version']}); start that version`,
      );
    }
  });
}
