import { DatabaseSync } from 'node:sqlite';
import type { SourceDetails } from '#shared/contract/source-details.ts';
import { SOURCE_IDENTITY } from '#shared/contract/source-identity.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * What each connected thing was, and since when: a certificate, a firmware or an address that changed without anybody having
 * said so is the first sign of trouble.
 *
 * - A member that is not told now keeps its last value: a source that is away has not changed.
 * - The first sight of a thing is a change too, from nothing.
 */
export interface InventoryChange {
  readonly source: string;
  readonly at: Instant;
  readonly what: string;
  readonly from: string | null;
  readonly to: string;
}

export interface Inventory {
  observe(source: string, endpoint: string | null, details: SourceDetails | undefined, at: Instant): void;
  changes(since: Instant): InventoryChange[];
  close(): void;
}

/** @throws Error where the file cannot be written. */
export function openInventory(file: string): Inventory {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS change (
      source TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL, "from" TEXT, "to" TEXT NOT NULL,
      PRIMARY KEY (source, what, at)
    ) WITHOUT ROWID;
  `);
  const insert = db.prepare('INSERT OR IGNORE INTO change (source, what, at, "from", "to") VALUES (?,?,?,?,?)');
  const known = new Map<string, string>();
  for (const row of db.prepare('SELECT source, what, "to" FROM change ORDER BY at').all()) {
    known.set(`${row['source']} ${row['what']}`, String(row['to']));
  }
  return {
    observe(source, endpoint, details, at) {
      const told: [string, unknown][] = [
        ['endpoint', endpoint],
        ...SOURCE_IDENTITY.map((k) => [k, details?.[k]] as [string, unknown]),
      ];
      for (const [what, value] of told) {
        if (typeof value !== 'string' || value === '') continue;
        const key = `${source} ${what}`;
        const before = known.get(key) ?? null;
        if (before === value) continue;
        insert.run(source, what, at, before, value);
        known.set(key, value);
      }
    },
    changes: (since) =>
      db
        .prepare('SELECT source, what, at, "from", "to" FROM change WHERE at >= ? ORDER BY at DESC')
        .all(since)
        .map((row) => ({
          source: String(row['source']),
          at: Number(row['at']),
          what: String(row['what']),
          from: row['from'] === null ? null : String(row['from']),
          to: String(row['to']),
        })),
    close: () => db.close(),
  };
}
