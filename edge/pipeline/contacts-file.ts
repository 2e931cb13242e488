import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '#shared/time/instant.ts';

/*
 * When each source was last heard, beside the journal: a source that says nothing because nothing changes leaves no samples,
 * and yet its machines were known. Written whole and renamed, once a second; losing it only makes more time unknown.
 */
const FILE = 'contacts.json';

export function readContacts(dataDir: string): Map<string, Instant> {
  try {
    const kept: unknown = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'));
    if (typeof kept !== 'object' || kept === null) return new Map();
    return new Map(Object.entries(kept).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return new Map();
  }
}

/** Throws what the disk says. */
export function writeContacts(dataDir: string, contacts: ReadonlyMap<string, Instant>): void {
  const file = join(dataDir, FILE);
  writeFileSync(`${file}.part`, JSON.stringify(Object.fromEntries(contacts)));
  renameSync(`${file}.part`, file);
}
