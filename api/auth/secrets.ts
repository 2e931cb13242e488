import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';

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
    writePrivate(file, `${JSON.stringify(made)}\n`);
    return made;
  }
  try {
    // A copy or an archive may have widened it.
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UserError(`the secrets in ${file} cannot be read; put back the file of your last backup`);
  }
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
