import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../contract/command.ts';
import type { Entry } from '../ledger/entry.ts';

/** Every entry of a ledger file, in order of seq; none where there is no file yet. @throws UserError when it cannot be read. */
export function readLedgerFile(file: string): Entry[] {
  if (!existsSync(file)) return [];
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    try {
      // Accounts stand in the same file and may have come first.
      const [table] = db.prepare(`SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'entry'`).all();
      if (!table) return [];
      return db.prepare('SELECT seq, id, recordedAt, writer, content FROM entry ORDER BY seq').all().map(entryOfRow);
    } finally {
      db.close();
    }
  } catch (error) {
    throw new UserError(`the ledger ${file} cannot be read (${error instanceof Error ? error.message : error})`);
  }
}

/** A row of the table `entry`: the header in columns, the rest as JSON. */
export function entryOfRow(row: Readonly<Record<string, unknown>>): Entry {
  const { id, seq, recordedAt, writer, content } = row;
  return { id, seq, recordedAt, by: writer, ...(JSON.parse(String(content)) as object) } as Entry;
}
