import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type CommandIo, UserError } from '#shared/contract/command.ts';
import { type Audit, type AuditEvent, type AuditKind, createAudit } from '../audit/audit.ts';
import { type Accounts, createAccounts } from '../auth/accounts.ts';
import { createKiosks, type Kiosks } from '../auth/kiosks.ts';
import { accountsFile } from '../auth/open.ts';
import { openPostgresSql } from '../auth/postgres.ts';
import { prepareAccounts } from '../auth/schema.ts';
import { agreeOnSecrets, openSecrets, secretsFile } from '../auth/secrets.ts';
import { createSessions, type Sessions } from '../auth/sessions.ts';
import { openSqliteSql, type Sql } from '../auth/sql.ts';

/** Accounts, tokens and audit log of a data directory, beside a server that runs or without one. */
export interface Store {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly kiosks: Kiosks;
  readonly audit: Audit;
  /** Something done at this console, by whoever is signed in to this machine. */
  event(kind: AuditKind, details: Readonly<Record<string, unknown>>): AuditEvent;
}

export interface StorePlace {
  readonly data: string;
  readonly ledger: string | undefined;
}

export const STORE_OPTIONS = {
  data: { type: 'string', default: './data' },
  ledger: { type: 'string' },
} as const;

export const STORE_USAGE = `  --data DIR     data directory of the api (default ./data)
  --ledger URL   sqlite: (in the data directory), sqlite:FILE, or postgres://host:5432/database; LINEWATT_LEDGER_URL stands in`;

/** Opens the store, does the work, closes it. @throws UserError */
export async function withStore<T>(place: StorePlace, io: CommandIo, work: (store: Store) => Promise<T>): Promise<T> {
  const { env } = io;
  const ledgerUrl = place.ledger ?? env['LINEWATT_LEDGER_URL'] ?? 'sqlite:';
  mkdirSync(place.data, { recursive: true });
  const { LINEWATT_LEDGER_USER: user, LINEWATT_LEDGER_PASSWORD: password } = env;
  const credentials = { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  const sql = /^postgres(ql)?:/.test(ledgerUrl)
    ? openPostgresSql({ url: ledgerUrl, credentials }, (line) => io.err(`${line}\n`))
    : openSqliteSql(accountsFile(ledgerUrl, place.data));
  try {
    await prepareAccounts(sql);
    const kept = env['LINEWATT_SECRETS_FILE'] ?? secretsFile(place.data);
    const secrets = openSecrets(kept);
    await agreeOnSecrets(sql, secrets, kept);
    return await work({
      sql,
      accounts: createAccounts(sql, secrets.pepper, Date.now),
      sessions: createSessions(sql, Date.now),
      kiosks: createKiosks(sql, Date.now),
      audit: createAudit(sql, secrets.audit, Date.now),
      event: (kind, details) => ({
        kind,
        actor: null,
        name: `console: ${userInfo().username}`,
        address: null,
        details,
      }),
    });
  } finally {
    await sql.close();
  }
}

/** @throws UserError for anything but a day or an instant that has not come yet. */
export function readEnd(text: string | undefined): number | null {
  if (text === undefined) return null;
  const t = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text);
  if (Number.isNaN(t) || t <= Date.now()) {
    throw new UserError(`--until ${text} must be a day that has not passed, as 2027-03-31`, 2);
  }
  return t;
}
