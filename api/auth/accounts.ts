import { randomBytes } from 'node:crypto';
import type { Instant } from '#shared/time/instant.ts';
import type { Role } from './access.ts';
import { hashPassword, verifyPassword, weakness, weakPin } from './passwords.ts';
import { peppered } from './secrets.ts';
import { column, instantIn, type Row, type Sql, textIn, type Value } from './sql.ts';

/*
 * People who may sign in.
 *
 * - A name is unique whatever its case, and is what the ledger and the audit log write: it is never given to someone else.
 *   So accounts are never deleted; they end or are switched off.
 * - There is always one administrator who can sign in: the last one cannot be switched off, ended or changed to another role.
 * - Five wrong passwords or PINs in a row lock the account for a minute, and each further one for twice as long, up to an hour.
 */
export interface Account {
  readonly id: string;
  /** What one signs in with, and what the ledger writes. */
  readonly name: string;
  readonly display: string;
  readonly role: Role;
  readonly scopes: 'all' | readonly string[];
  readonly hasPassword: boolean;
  readonly hasPin: boolean;
  readonly hasBadge: boolean;
  /** Signs in through the company's identity provider. */
  readonly singleSignOn: boolean;
  /** Who answers for a guest. */
  readonly sponsor: string | null;
  readonly endsAt: Instant | null;
  readonly disabled: boolean;
  readonly lockedUntil: Instant | null;
  readonly createdAt: Instant;
  readonly lastSignIn: Instant | null;
}

export interface AccountChange {
  readonly display?: string | undefined;
  readonly role?: Role | undefined;
  readonly scopes?: 'all' | readonly string[] | undefined;
  readonly password?: string | undefined;
  /** Null takes it away. */
  readonly pin?: string | null | undefined;
  readonly badge?: string | null | undefined;
  readonly sponsor?: string | null | undefined;
  readonly endsAt?: Instant | null | undefined;
  readonly disabled?: boolean | undefined;
}

export interface NewAccount extends AccountChange {
  readonly name: string;
  readonly role: Role;
  /** Given by the identity provider. */
  readonly subject?: string;
}

/** A wish that cannot be granted, in one sentence. */
export class AccountProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccountProblem';
  }
}

export type SignInResult =
  | { readonly account: Account }
  | { readonly refused: 'unknown' | 'wrong' | 'locked' | 'ended'; readonly until: Instant | null };

/** What belongs to the same transaction, such as its record in the audit log: both are kept or none. */
export type Also = (inside: Sql, account: Account) => Promise<unknown>;

export interface Accounts {
  any(): Promise<boolean>;
  anyAdmin(): Promise<boolean>;
  list(): Promise<readonly Account[]>;
  byId(id: string): Promise<Account | null>;
  byName(name: string): Promise<Account | null>;
  bySubject(subject: string): Promise<Account | null>;
  /** @throws AccountProblem */
  add(account: NewAccount, also?: Also): Promise<Account>;
  /** Adds only while there is no administrator: who comes second with the same link gets null. @throws AccountProblem */
  addFirst(account: NewAccount, also?: Also): Promise<Account | null>;
  /** @throws AccountProblem */
  change(id: string, change: AccountChange, also?: Also): Promise<Account>;
  withPassword(name: string, password: string): Promise<SignInResult>;
  withPin(id: string, pin: string): Promise<SignInResult>;
  withBadge(badge: string): Promise<SignInResult>;
  noteSignIn(id: string): Promise<void>;
  /** Takes a lock-out away. */
  unlock(id: string): Promise<void>;
}

const FREE_TRIES = 5;
const FIRST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 3_600_000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@ '-]{0,63}$/u;
/** Names that the ledger writes where nobody is signed in. */
const TAKEN = new Set(['unnamed', 'visitor', 'linewatt']);

export function createAccounts(sql: Sql, pepper: string, clock: () => Instant): Accounts {
  const one = async (text: string, value: Value): Promise<Row | null> => (await sql.all(text, [value]))[0] ?? null;
  const read = (row: Row | null): Account | null => row && accountOf(row);
  const byId = (id: string) => one('SELECT * FROM account WHERE id = ?', id);
  const badgeKey = (badge: string): string => peppered(pepper, 'badge', badge.trim().toLowerCase());

  const usable = (row: Row, now: Instant): SignInResult | null => {
    const { disabled, endsAt, lockedUntil } = accountOf(row);
    if (disabled || (endsAt !== null && endsAt <= now)) return { refused: 'ended', until: null };
    if (lockedUntil !== null && lockedUntil > now) return { refused: 'locked', until: lockedUntil };
    return null;
  };

  /** Counts a wrong secret in one statement, so that tries at the same time all count. */
  const failed = async (id: string): Promise<SignInResult> => {
    await sql.run('UPDATE account SET failures = failures + 1 WHERE id = ?', [id]);
    const row = await byId(id);
    const over = Number(row?.['failures'] ?? 0) - FREE_TRIES;
    if (over < 0) return { refused: 'wrong', until: null };
    const until = clock() + Math.min(FIRST_LOCK_MS * 2 ** over, LONGEST_LOCK_MS);
    await sql.run('UPDATE account SET lockedUntil = ? WHERE id = ?', [until, id]);
    return { refused: 'locked', until };
  };

  const verify = async (row: Row | null, kept: 'password' | 'pin', given: string): Promise<SignInResult> => {
    const now = clock();
    const stopped = row && usable(row, now);
    // A locked account is not even tried, and answers as fast whatever was given.
    if (stopped && 'refused' in stopped && stopped.refused === 'locked') return stopped;
    const right = await verifyPassword(row && textIn(row, kept), given);
    if (!row) return { refused: 'unknown', until: null };
    if (!right) return stopped ?? failed(String(row['id']));
    return stopped ?? { account: accountOf(row) };
  };

  const columnsOf = async (name: string, change: AccountChange): Promise<Record<string, Value>> => {
    const columns: Record<string, Value> = {};
    if (change.display !== undefined) columns['display'] = change.display.trim().slice(0, 100) || name;
    if (change.role !== undefined) columns['role'] = change.role;
    if (change.scopes !== undefined) columns['scopes'] = JSON.stringify(change.scopes);
    if (change.sponsor !== undefined) columns['sponsor'] = change.sponsor;
    if (change.endsAt !== undefined) columns['endsAt'] = change.endsAt;
    if (change.disabled !== undefined) columns['disabled'] = change.disabled ? 1 : 0;
    if (change.badge !== undefined) columns['badge'] = change.badge === null ? null : badgeKey(change.badge);
    if (change.password !== undefined) {
      const weak = weakness(change.password, name);
      if (weak) throw new AccountProblem(weak);
      Object.assign(columns, { password: await hashPassword(change.password), failures: 0, lockedUntil: null });
    }
    if (change.pin !== undefined) {
      const weak = change.pin === null ? null : weakPin(change.pin);
      if (weak) throw new AccountProblem(weak);
      columns['pin'] = change.pin === null ? null : await hashPassword(peppered(pepper, 'pin', change.pin));
      Object.assign(columns, { failures: 0, lockedUntil: null });
    }
    return columns;
  };

  const requireFreeBadge = async (inside: Sql, badge: Value | undefined, id: string): Promise<void> => {
    if (typeof badge !== 'string') return;
    const [held] = await inside.all('SELECT id, name FROM account WHERE badge = ?', [badge]);
    if (held && held['id'] !== id) throw new AccountProblem(`that badge already belongs to ${held['name']}`);
  };

  const insert = async (inside: Sql, account: NewAccount, columns: Record<string, Value>): Promise<Account> => {
    const name = account.name.trim();
    const id = randomBytes(8).toString('hex');
    const [same] = await inside.all('SELECT name FROM account WHERE LOWER(name) = ?', [name.toLowerCase()]);
    if (same) throw new AccountProblem(`there is already an account named ${same['name']}; take another name`);
    await requireFreeBadge(inside, columns['badge'], id);
    const row: Record<string, Value> = {
      id,
      name,
      display: name,
      role: account.role,
      scopes: JSON.stringify('all'),
      subject: account.subject ?? null,
      disabled: 0,
      failures: 0,
      createdAt: clock(),
      ...columns,
    };
    const keys = Object.keys(row);
    await inside.run(
      `INSERT INTO account (${keys.join(', ')}) VALUES (${keys.map(() => '?').join(', ')})`,
      Object.values(row),
    );
    const [made] = await inside.all('SELECT * FROM account WHERE id = ?', [id]);
    if (!made) throw new AccountProblem(`the account ${name} could not be kept; try again`);
    return accountOf(made);
  };

  const checkName = (name: string): void => {
    if (!NAME.test(name.trim()) || TAKEN.has(name.trim().toLowerCase())) {
      throw new AccountProblem(
        `"${name.slice(0, 64)}" cannot be the name of an account; take letters and digits, like user-17 or kim.lee`,
      );
    }
  };

  const self: Accounts = {
    any: async () => (await sql.all('SELECT 1 AS found FROM account LIMIT 1')).length > 0,
    anyAdmin: async () => (await sql.all(`SELECT 1 AS found FROM account WHERE role = 'admin' LIMIT 1`)).length > 0,
    list: async () => (await sql.all('SELECT * FROM account ORDER BY LOWER(name)')).map(accountOf),
    byId: async (id) => read(await byId(id)),
    byName: async (name) => read(await one('SELECT * FROM account WHERE LOWER(name) = ?', name.trim().toLowerCase())),
    bySubject: async (subject) => read(await one('SELECT * FROM account WHERE subject = ?', subject)),
    async add(account, also) {
      checkName(account.name);
      const columns = await columnsOf(account.name.trim(), account);
      return sql.transaction(async (inside) => {
        const made = await insert(inside, account, columns);
        await also?.(inside, made);
        return made;
      });
    },
    async addFirst(account, also) {
      checkName(account.name);
      const columns = await columnsOf(account.name.trim(), account);
      return sql.transaction(async (inside) => {
        const [held] = await inside.all(`SELECT 1 AS found FROM account WHERE role = 'admin' LIMIT 1`);
        if (held) return null;
        const made = await insert(inside, account, columns);
        await also?.(inside, made);
        return made;
      });
    },
    async change(id, change, also) {
      const held = await self.byId(id);
      if (!held) throw new AccountProblem('there is no such account');
      const columns = await columnsOf(held.name, change);
      return sql.transaction(async (inside) => {
        await requireFreeBadge(inside, columns['badge'], id);
        const keys = Object.keys(columns);
        if (keys.length > 0) {
          await inside.run(`UPDATE account SET ${keys.map((key) => `${key} = ?`).join(', ')} WHERE id = ?`, [
            ...Object.values(columns),
            id,
          ]);
        }
        const rows = (await inside.all('SELECT * FROM account')).map(accountOf);
        const now = clock();
        const isHeld = (a: Account) => a.role === 'admin' && !a.disabled && a.endsAt === null && a.scopes === 'all';
        if (isHeld(held) && !rows.some(isHeld)) {
          throw new AccountProblem(`${held.name} is the only administrator without an end; make another one first`);
        }
        const changed = rows.find((a) => a.id === id);
        if (!changed) throw new AccountProblem(`the account ${held.name} is gone`);
        if (changed.endsAt !== null && changed.endsAt <= now && change.endsAt !== undefined && change.endsAt !== null) {
          throw new AccountProblem('an end date lies in the future; to end an account now, switch it off');
        }
        await also?.(inside, changed);
        return changed;
      });
    },
    async withPassword(name, password) {
      return verify(
        await one('SELECT * FROM account WHERE LOWER(name) = ?', name.trim().toLowerCase()),
        'password',
        password,
      );
    },
    withPin: async (id, pin) => verify(await byId(id), 'pin', peppered(pepper, 'pin', pin)),
    async withBadge(badge) {
      const row = await one('SELECT * FROM account WHERE badge = ?', badgeKey(badge));
      if (!row) return { refused: 'unknown', until: null };
      return usable(row, clock()) ?? { account: accountOf(row) };
    },
    async unlock(id) {
      await sql.run('UPDATE account SET failures = 0, lockedUntil = NULL WHERE id = ?', [id]);
    },
    async noteSignIn(id) {
      await sql.run('UPDATE account SET failures = 0, lockedUntil = NULL, lastSignIn = ? WHERE id = ?', [clock(), id]);
    },
  };
  return self;
}

function accountOf(row: Row): Account {
  return {
    id: String(column(row, 'id')),
    name: String(column(row, 'name')),
    display: String(column(row, 'display')),
    role: String(column(row, 'role')) as Role,
    scopes: JSON.parse(String(column(row, 'scopes'))) as Account['scopes'],
    hasPassword: column(row, 'password') !== null,
    hasPin: column(row, 'pin') !== null,
    hasBadge: column(row, 'badge') !== null,
    singleSignOn: column(row, 'subject') !== null,
    sponsor: textIn(row, 'sponsor'),
    endsAt: instantIn(row, 'endsAt'),
    disabled: Number(column(row, 'disabled')) !== 0,
    lockedUntil: instantIn(row, 'lockedUntil'),
    createdAt: Number(column(row, 'createdAt')),
    lastSignIn: instantIn(row, 'lastSignIn'),
  };
}
