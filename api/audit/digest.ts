import { createHash } from 'node:crypto';
import type { Entry } from '#shared/ledger/entry.ts';

/** Of everything that an entry says, in an order that does not depend on how it was read. */
export function entryDigest(entry: Entry): string {
  const sorted = Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}
