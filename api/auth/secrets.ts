import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import type { Sql } from './sql.ts';

/*
 * - Made at random at the first start, in a file that only its owner reads; there is no default to forget to change.
 * - `audit` keys the chain of the audit log, `pepper` goes into PINs and badges, which are too short to stand alone.
 */
export interface Secrets {
  readonly audit: string;
  readonly pepper: string;
}

const schema = z.object({ audit: z.string().min(32), pepper: z.string().min(32) });

export const secretsFile = (dataDir: string): string => join(dataDir, 'secrets.json');

/** Reads the secrets of a data directory, or makes them. @throws UserError when they cannot be read. */
export function openSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const made: Secrets = { audit: randomToken(), pepper: randomToken() };
    mkdirSync(dirname(file), { recursive: true });
    writeFirst(file, `${JSON.stringify(made)}\n`);
  }
  try {
    // A copy or an archive may have widened it.
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UserError(`the secrets in ${file} cannot be read; put back the file of your last backup`);
  }
}

/**
 * Servers on one database must have the same secrets: a second audit key breaks the chain, another pepper every PIN. The first one
 * leaves a digest of its secrets there. @throws UserError for a server whose secrets are others.
 */
export async function agreeOnSecrets(sql: Sql, secrets: Secrets, file: string): Promise<void> {
  if (sql.engine !== 'postgres') return;
  const digest = digestOf(JSON.stringify([secrets.audit, secrets.pepper]));
  const held = await sql.transaction(async (inside) => {
    await inside.run('CREATE TABLE IF NOT EXISTS secrets_of (digest TEXT NOT NULL)');
    const [row] = await inside.all('SELECT digest FROM secrets_of');
    if (!row) await inside.run('INSERT INTO secrets_of (digest) VALUES (?)', [digest]);
    return row ? String(row['digest']) : digest;
  });
  if (held === digest) return;
  throw new UserError(
    `the secrets in ${file} are not those that this database is used with. Copy secrets.json of the first server here, or name ` +
      'one file for all of them in LINEWATT_SECRETS_FILE',
  );
}

/** Of two servers that start at once with one file, the first one makes it and the other reads it. */
function writeFirst(file: string, text: string): void {
  const next = `${file}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(next, text, { mode: 0o600, flush: true, flag: 'wx' });
  try {
    linkSync(next, file);
  } catch {
    // There is one by now, or this file system knows no links.
    if (!existsSync(file)) renameSync(next, file);
  }
  rmSync(next, { force: true });
}

/** Writes a file that only its owner reads, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  const next = `${file}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(next, text, { mode: 0o600, flush: true, flag: 'wx' });
  renameSync(next, file);
}

/** 256 bits, as it may stand in a link or a header. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token. It is random, so a plain hash is enough. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A short secret, made useless without the pepper. */
export function peppered(pepper: string, kind: 'pin' | 'badge', text: string): string {
  return createHmac('sha256', pepper).update(`${kind}\n${text}`).digest('base64url');
}
