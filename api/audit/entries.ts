import type { Entry } from '#shared/ledger/entry.ts';
import type { Audit } from './audit.ts';
import { entryDigest } from './digest.ts';

const PAGE = 1000;

/**
 * Holds the ledger against the audit log, in which every entry left a digest. Entries from before there was an audit log have
 * none. Returns sentences, at most twenty.
 */
export async function checkEntries(audit: Audit, entries: readonly Entry[]): Promise<string[]> {
  const held = new Map(entries.map((entry) => [entry.id, entry]));
  const faults: string[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await audit.list({ before, limit: PAGE, kind: 'entry' });
    for (const { details, name } of page) {
      const id = String(details['entry']);
      const entry = held.get(id);
      if (!entry) faults.push(`entry ${id} (seq ${String(details['seq'])}, by ${name}) is gone from the ledger`);
      else if (entryDigest(entry) !== details['digest'])
        faults.push(`entry ${id} (by ${name}) is not what was entered`);
    }
    before = page.at(-1)?.seq;
    if (before === undefined || faults.length > 20) return faults.slice(0, 20);
  }
}
